"""Missing values: refused with their count and rows, or left out with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayesbench.data import Data, array
from bayesbench.errors import BadInput

SHOWN = 5  # rows that a sentence names

Gap = tuple[int, np.ndarray]  # how many values are missing, and the first rows of the source


def complete(data: Data, names: Iterable[str]) -> Data:
    """The rows in which none of these columns has a missing value.

    Raises
    ------
    BadInput
        If values are missing and the table is not one whose rows may be left out, or if no row
        would be left.
    """
    gaps = {name: missing(data.columns[name]) for name in names}
    gaps = {name: found for name, found in gaps.items() if found.any()}
    if not gaps:
        return data
    if not data.drop_missing:
        raise _refusal(data, {name: _gap(data, found) for name, found in gaps.items()})
    kept = np.flatnonzero(~np.logical_or.reduce(list(gaps.values())))
    if not len(kept):
        raise BadInput(
            data.source,
            found=f"a missing value in each of the {data.n} rows "
            f"({_counts(data, {name: _gap(data, found) for name, found in gaps.items()})})",
            expected="a row without any",
            remedy="use a model that does not read those columns",
        )
    return replace(
        data,
        columns={name: values[kept] for name, values in data.columns.items()},
        rows=kept if data.rows is None else data.rows[kept],
        missing=dict(data.missing) | {name: int(found.sum()) for name, found in gaps.items()},
        of=data.of if data.rows is not None else data.n,
    )


def counted_gaps(data: Data, blocks: Iterable[Data], names: Sequence[str]) -> BadInput:
    """What to say of a table that comes in blocks, with the missing values of all of them."""
    counts = dict.fromkeys(names, 0)
    rows: dict[str, list[int]] = {name: [] for name in names}
    for block in blocks:
        for name in names:
            count, first = _gap(block, missing(block.columns[name]))
            counts[name] += count
            rows[name] = [*rows[name], *first.tolist()][: SHOWN + 1]
    return _refusal(data, {k: (count, np.array(rows[k])) for k, count in counts.items() if count})


def marked(data: Data, marks: Sequence[str]) -> Data:
    """The table with missing values in place of these texts, or of the numbers they say."""
    if not marks:
        return data
    import pandas as pd

    figures = [float(mark) for mark in marks if re.fullmatch(r"[+-]?\d+(\.\d+)?", mark)]
    columns = {}
    for name, values in data.columns.items():
        series = pd.Series(values)
        there = series.isin([*marks, *figures])
        columns[name] = series.mask(there).array if there.any() else values
    return replace(data, columns={name: array(values) for name, values in columns.items()})


def missing(values: Any) -> np.ndarray:
    """Which of a column's values are missing, as booleans of shape (n,)."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "buifU":
        # Of whole numbers and NumPy's own texts none can be; infinity is a value, if no useful one.
        return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    import pandas as pd

    return np.asarray(pd.isna(values))


def left_out_in_words(data: Data) -> str:
    """How many rows were left out, and for which columns; nothing if none were."""
    if not data.left_out:
        return ""
    rows = f"{data.left_out:,} of {data.of:,} rows {'was' if data.left_out == 1 else 'were'}"
    each = ", ".join(f"{count:,} in {data.named(name)}" for name, count in data.missing.items())
    return f"{rows} left out for missing values: {each}."


def _refusal(data: Data, gaps: Mapping[str, Gap]) -> BadInput:
    name, (count, rows) = next(iter(gaps.items()))
    values = "a missing value" if count == 1 else f"{count:,} missing values"
    where = f", in rows {_listed(rows, 1)}"
    if data.first_line:
        where += f" (lines {_listed(rows, data.first_line)})"
    others = {k: v for k, v in gaps.items() if k != name}
    also = f", and {_counts(data, others)}" if others else ""
    place = f"{data.source}, column {data.named(name)}"
    if count == 1:
        place, where = replace(data, rows=rows).place(0, name), ""
    return BadInput(
        place,
        found=values + where + also,
        expected="a value in every row",
        remedy="fill it in, or leave such rows out with --drop-missing (drop_missing=True)",
    )


def _gap(data: Data, found: np.ndarray) -> Gap:
    rows = np.flatnonzero(found)
    first = rows[: SHOWN + 1]
    return len(rows), first if data.rows is None else data.rows[first]


def _counts(data: Data, gaps: Mapping[str, Gap]) -> str:
    return ", ".join(f"{count:,} in {data.named(k)}" for k, (count, _) in gaps.items())


def _listed(rows: np.ndarray, first: int) -> str:
    shown = [f"{row + first}" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        return ", ".join(shown) + ", ..."
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
