"""One column as the numbers, or the levels, that a model reads."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesbench.data import Data
from bayesbench.errors import BadInput

WHOLE = 2.0**53  # above it float64 has not every whole number
EPOCH = np.datetime64("1970-01-01")
# Dates that are read alike by all: ISO 8601, and the day first with points. With strokes the
# day is first here and the month there.
DATES = {
    r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?\s*": "ISO8601",
    r"\s*\d{1,2}\.\d{1,2}\.\d{4}\s*": "%d.%m.%Y",
}
STROKES = r"\s*\d{1,4}/\d{1,2}/\d{1,4}\b.*"
GROUPED = r"\s*[+-]?\d{1,3}(,\d{3})+(\.\d+)?\s*"


def numbers(data: Data, column: str) -> np.ndarray:
    """A column as float64, shape (n,).

    Booleans are 0 and 1. Dates are days since 1970-01-01, as in R, their times fractions of a
    day. Texts are what they say, if each of them says a number, or each a date as 2024-03-01.

    Raises
    ------
    BadInput
        With the first value that is no finite number.
    """
    raw = data.columns[column]
    place = f"{data.source}, column {data.named(column)}"
    if raw.dtype.kind in "mc":
        raise BadInput(
            place,
            found=f"values of the type {raw.dtype}",
            expected="real numbers",
            remedy="turn them into numbers first, as hours for instance",
        )
    values = _parsed(raw)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise _no_number(data, column, raw, bad)
    if raw.dtype.kind in "ui" and len(values) and np.abs(values).max() > WHOLE:
        row = int(np.argmax(np.abs(values)))
        raise BadInput(
            data.place(row, column),
            found=f"{raw[row]}, of which a number in double precision can't hold all digits",
            expected="whole numbers up to 2^53",
            remedy="an identifier is no number; subtract the smallest from a time",
        )
    return values


def own_numbers(data: Data, column: str) -> np.ndarray:
    """The same as an array that may be written to, as torch wants it: pandas' own may not."""
    values = numbers(data, column)
    return values if values.flags.writeable else values.copy()


def block_of_numbers(data: Data, columns: Sequence[str]) -> np.ndarray:
    """Several columns side by side, shape (n, k); each lies in one piece, as in the table."""
    block = np.empty((len(columns), data.n)).T
    for k, column in enumerate(columns):
        block[:, k] = numbers(data, column)
    return block


def coded(data: Data, column: str) -> tuple[tuple[str, ...], np.ndarray]:
    """The levels of a categorical column in order, and the place of each row's among them.

    The order is that of pandas' categories, if the column has such; else numbers stand by
    size and texts by the alphabet. Levels that no row has are no levels.
    """
    own = data.columns[column]
    if isinstance(own, np.ndarray) and own.dtype.kind in "buifU":
        seen, codes = np.unique(own, return_inverse=True)  # pandas would take longer to load
        return tuple(map(_label, seen.tolist())), codes.astype(np.int64)
    import pandas as pd

    raw = pd.Series(data.columns[column])
    if isinstance(raw.dtype, pd.CategoricalDtype):
        used = raw.cat.remove_unused_categories()
        return tuple(map(_label, used.cat.categories)), used.cat.codes.to_numpy(np.int64)
    try:
        codes, names = pd.factorize(raw, sort=True)
    except TypeError:  # texts and numbers have no common order
        codes, names = pd.factorize(raw.astype(str), sort=True)
    return tuple(map(_label, names)), codes.astype(np.int64)


def is_boolean(values: Any) -> bool:
    """Whether a column is one of true and false."""
    return str(values.dtype).lower() in ("bool", "boolean", "bool[pyarrow]")


def says_numbers(values: Any) -> bool:
    """Whether a column is one of numbers or dates: at least half of its texts say such."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "buifM":
        return True
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    return bool(np.isfinite(_parsed(values)).mean() >= 0.5) if len(values) else True


def _parsed(raw: Any) -> np.ndarray:
    """The values as float64; NaN for what is no number."""
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "buif":
        return raw.astype(np.float64, copy=False)
    import pandas as pd

    series = pd.Series(raw)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = pd.Series(np.asarray(raw))
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return _days(series)
    values = pd.to_numeric(series, errors="coerce")
    if values.isna().any() and not pd.api.types.is_numeric_dtype(series.dtype):
        texts = series.dropna()
        for written, form in DATES.items() if texts.map(type).eq(str).all() else ():
            if len(texts) and texts.str.fullmatch(written).all():
                return _days(pd.to_datetime(series.str.strip(), format=form, errors="coerce"))
    return np.array(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _days(series: Any) -> np.ndarray:
    """Days since 1970-01-01; of times with a zone, in UTC."""
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray((series.to_numpy() - EPOCH) / np.timedelta64(1, "D"), dtype=np.float64)


def _no_number(data: Data, column: str, raw: Any, bad: np.ndarray) -> BadInput:
    row = int(bad[0])
    more = f" (and {len(bad) - 1:,} more such row{'s' * (len(bad) > 2)})" if len(bad) > 1 else ""
    return BadInput(
        data.place(row, column),
        found=f"'{raw[row]}'{more}",
        expected="a finite number",
        remedy=_remedy(sorted({*map(str, raw[bad[:1000]])}), all_bad=len(bad) == len(raw)),
    )


def _remedy(texts: list[str], all_bad: bool) -> str:
    """What to do about these texts in a column of numbers, by what they look like."""
    if all(re.fullmatch(STROKES, text) for text in texts):
        return "write dates as 2024-03-01: with strokes the day may come first, or the month"
    if all(re.fullmatch(GROUPED, text) for text in texts):
        return "write numbers without commas between their thousands"
    if all_bad and len(texts) == 2:
        return f"write 0 and 1 for {' and '.join(map(repr, texts))}"
    if all_bad:
        return "is it a column of categories? An input `= levels()` reads those"
    if len(texts) == 1 and not re.search(r"inf", texts[0], re.IGNORECASE):
        mark = shlex.quote(texts[0])
        return f"correct it, or if it stands for a missing value, say so with --missing={mark}"
    return "correct it or leave the row out"


def _label(level: Any) -> str:
    """A level as text; 2.0 is 2, for a missing value in a table makes floats of its integers."""
    whole = isinstance(level, float | np.floating) and float(level).is_integer()
    return str(int(level) if whole else level)
