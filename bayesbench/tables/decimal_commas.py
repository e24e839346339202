"""Numbers that are written with a comma before the tenths and points between the thousands."""

from __future__ import annotations

from typing import Any

NUMBER = r"\s*[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?\s*"  # 1,5 and 1.500 and 1.500,25


def with_decimal_commas(column: Any) -> Any:
    """A column of pandas, with numbers for its texts if at least half of them say such.

    What is no number stays as it is written, to be told of with its row.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    texts = column.map(lambda value: isinstance(value, str))
    says = texts & column.astype(str).str.fullmatch(NUMBER)
    if not says.any() or says.sum() < 0.5 * texts.sum():
        return column
    plain = column[says].str.replace(".", "").str.replace(",", ".")
    mixed = column.astype(object)
    mixed[says] = pd.to_numeric(plain).astype(float)
    return mixed if (texts & ~says).any() else pd.to_numeric(mixed)
