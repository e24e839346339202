"""A table that is read in blocks, summed up as it comes: a few rows stay, with weights.

Each block is checked and reduced as a table of its own; few rows of few rows have the same
likelihood again. So no more than some blocks are ever in memory. Beside the sums some of the
rows are kept, evenly spaced: what is asked of rows one by one, for a figure or how well each
is predicted, is asked of these. Where no sums tell all of the likelihood, what asks for all rows
passes over the file again: see `bayesbench.passes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayesbench.data import Data
from bayesbench.layout import Bound, Levels, Terms
from bayesbench.model import Model
from bayesbench.passes import Passes, joined
from bayesbench.sufficient import LEAST, few_rows
from bayesbench.tables.columns import coded
from bayesbench.tables.missing import counted_gaps, missing
from bayesbench.tables.streamed import blocks_of, check_at_hand

SAMPLE = 10_000  # rows that are kept as they are
TOGETHER = 4096  # rows of several blocks, which are then reduced once more


def summed(model: type[Model], data: Data) -> Bound:
    """The model with all rows of a table that is read in blocks; kept, for the next who asks.

    Raises
    ------
    BadInput
        As `bind`; and if the likelihood is no sum over the rows, or needs all for its inputs.
    """
    assert data.stream is not None
    asked = (model, tuple(data.names.items()), data.drop_missing, data.reading)
    if asked not in data.stream.kept:
        data.stream.kept[asked] = _summed(model, data)
    made: Bound = data.stream.kept[asked]
    return made


def _summed(model: type[Model], data: Data) -> Bound:
    from bayesbench.binding import inputs_of, reads

    assert data.stream is not None
    declared = inputs_of(model)
    if any(isinstance(how, Terms) for how in declared.values()):
        check_at_hand(data, "a formula, which is read from all of them together")
    read = reads(model, replace(data, stream=None))
    labels = {k: _levels(data, k) for k, how in declared.items() if isinstance(how, Levels)}
    passes = Passes(model, data, read, labels)
    every = -(-data.stream.n // SAMPLE)
    some, lost, count = list[Bound](), dict[str, int](), 0
    parts: list[Bound] | None = []  # None where no sums tell all of a block
    for block in blocks_of(data, read):
        _check_complete(data, block, read)
        bound = passes.bound(block)
        if bound is None:
            continue
        count += bound.n
        for name, gaps in bound.table.missing.items():
            lost[name] = lost.get(name, 0) + gaps
        parts = _and(parts, bound)
        if parts is None:
            passes.check_rows(bound)
        seen = bound.table.rows
        assert seen is not None
        some.append(_kept(bound, np.flatnonzero(seen % every == 0), read))
    sample = joined(some)
    rows = np.concatenate([each.table.rows for each in some if each.table.rows is not None])
    columns = {name: _stacked([each.table.columns[name] for each in some]) for name in read}
    table = replace(data, columns=columns, rows=rows, of=data.stream.n, summed=count, missing=lost)
    whole = None
    if parts is not None:
        whole = replace(few_rows(joined(parts), least=0), table=table)
    return replace(sample, table=table, weights=None, whole=whole, passes=passes)


def _and(parts: list[Bound] | None, block: Bound) -> list[Bound] | None:
    """The sums with those of a block more; None where it has none."""
    few = few_rows(block)
    if parts is None or (few is block and block.n >= LEAST):
        return None
    return _gathered([*parts, replace(few, table=Data({}))])  # without the block's columns


def _levels(data: Data, column: str) -> tuple[str, ...]:
    """All levels of a column, in order: a pass of its own over that column alone."""
    import pandas as pd

    met: Any = None
    for block in blocks_of(data, [column]):
        new = pd.Series(block.columns[column]).dropna().drop_duplicates()
        met = new if met is None else pd.concat([met, new]).drop_duplicates()
    return coded(Data({column: met.array}), column)[0]


def _kept(bound: Bound, which: np.ndarray, read: Iterable[str]) -> Bound:
    """Some of a block's rows with their part of the table."""
    table, rows = bound.table, bound.table.rows
    assert rows is not None
    columns = {name: table.columns[name][which] for name in read}
    table = replace(table, columns=columns, rows=rows[which])
    return replace(bound.only(which), table=table, fitted=None)


def _gathered(parts: list[Bound]) -> list[Bound]:
    """The parts, or what they come to together, where they have become many rows."""
    many = sum(part.n for part in parts) >= TOGETHER
    return [few_rows(joined(parts))] if many else parts


def _stacked(columns: Sequence[Any]) -> Any:
    import pandas as pd

    if all(isinstance(column, np.ndarray) for column in columns):
        return np.concatenate(columns)
    return pd.concat([pd.Series(column) for column in columns], ignore_index=True).array


def _check_complete(data: Data, block: Data, read: Sequence[str]) -> None:
    """Refuse missing values in a block with those of all blocks, if rows are not left out."""
    if data.drop_missing or not any(missing(block.columns[name]).any() for name in read):
        return
    raise counted_gaps(data, blocks_of(data, read), read)
