"""Columns of texts that a formula would take for categories, and that look like none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bayesbench.data import Data
from bayesbench.errors import BadInput
from bayesbench.tables.columns import GROUPED, says_numbers

FEW = 10  # levels, which any category may have
SIGN = r"[$€£¥%]"
SIGNED = rf"\s*[+-]?\s*({SIGN}\s*[+-]?[\d.,]+|[\d.,]+\s*{SIGN})\s*"
DATE = r"\s*(\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}\W?[A-Za-z]{3,}\W?\d{2,4})\b.*"


def check_categories(parsed: Any, data: Data) -> None:
    """Refuse a text column with nearly a level a row, unless C() says that it is a category.

    Parameters
    ----------
    parsed : formulaic's formula
        Of its terms those are looked at that are a column as it stands.
    data : Data
        The rows of the fit, of which no value is missing.

    Raises
    ------
    BadInput
        With the first such column, if it has more than ten levels, and more than half as many
        as there are rows.
    """
    import pandas as pd

    bare = (each for term in parsed for each in term.factors if each.eval_method.value == "lookup")
    for name in dict.fromkeys(each.expr for each in bare):
        column = data.columns[name]
        if says_numbers(column) or isinstance(column.dtype, pd.CategoricalDtype):
            continue
        texts = [*map(str, pd.unique(column))]
        if len(texts) > max(FEW, data.n / 2):
            raise BadInput(
                f"{data.source}, column {data.named(name)}",
                found=f"{len(texts):,} different texts in {data.n:,} rows, as '{texts[0].strip()}'",
                expected="numbers, or a category with several rows for each level",
                remedy=_remedy(name, texts),
            )


def _remedy(name: str, texts: Sequence[str]) -> str:
    written = f"C({name})" if name.isidentifier() else f"C(`{name}`)"
    meant = f"write {written} if each is a category of its own"
    shapes = {
        SIGNED: "write the numbers alone, without % or the sign of a currency, and without commas "
        "between thousands",
        GROUPED: "write the numbers without commas between their thousands",
        DATE: "write all dates as 2024-03-01",
    }
    for shape, remedy in shapes.items():
        if sum(bool(re.fullmatch(shape, text)) for text in texts) > len(texts) / 2:
            return f"{remedy}, or {meant}"
    return f"leave the column out, or {meant}"
