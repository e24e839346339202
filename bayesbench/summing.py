"""A table that is read in blocks, summed up as it comes: a few rows stay, with weights.

Each block is checked and reduced as a table of its own; few rows of few rows have the same
likelihood again. So no more than some blocks are ever in memory. Beside the sums some of the
rows are kept, evenly spaced: what is asked of rows one by one, for a figure or how well each
is predicted, is asked of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayesbench.data import Data
from bayesbench.errors import BadInput
from bayesbench.layout import Bound, Layout, Levels, Terms
from bayesbench.model import Model
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
        As `bind`; and if the likelihood can't be summed up, or needs all rows for its inputs.
    """
    assert data.stream is not None
    asked = (model, tuple(data.names.items()), data.drop_missing, data.reading)
    if asked not in data.stream.kept:
        data.stream.kept[asked] = _summed(model, data)
    made: Bound = data.stream.kept[asked]
    return made


def _summed(model: type[Model], data: Data) -> Bound:
    from bayesbench.binding import bind, inputs_of, reads

    assert data.stream is not None
    declared = inputs_of(model)
    if any(isinstance(how, Terms) for how in declared.values()):
        check_at_hand(data, "a formula, which is read from all of them together")
    read = reads(model, replace(data, stream=None))
    labels = {k: _levels(data, k) for k, how in declared.items() if isinstance(how, Levels)}
    every = -(-data.stream.n // SAMPLE)
    parts, some, lost = list[Bound](), list[Bound](), dict[str, int]()
    for block in blocks_of(data, read):
        _check_complete(data, block, read)
        if np.logical_or.reduce([missing(block.columns[name]) for name in read]).all():
            continue
        bound = _relabelled(bind(model, block), labels)
        for name, count in bound.table.missing.items():
            lost[name] = lost.get(name, 0) + count
        few = few_rows(bound)
        if few is bound and bound.n >= LEAST:
            raise _no_sums(bound, data)
        parts = _gathered([*parts, replace(few, table=Data({}))])  # without the block's columns
        seen = bound.table.rows
        assert seen is not None
        some.append(_kept(bound, np.flatnonzero(seen % every == 0), read))
    whole = few_rows(_joined(parts), least=0)
    assert whole.weights is not None
    count = round(float(whole.weights.sum()))
    sample = _joined(some)
    rows = np.concatenate([each.table.rows for each in some if each.table.rows is not None])
    columns = {name: _stacked([each.table.columns[name] for each in some]) for name in read}
    table = replace(data, columns=columns, rows=rows, of=data.stream.n, summed=count, missing=lost)
    return replace(sample, table=table, weights=None, whole=replace(whole, table=table))


def _levels(data: Data, column: str) -> tuple[str, ...]:
    """All levels of a column, in order: a pass of its own over that column alone."""
    import pandas as pd

    met: Any = None
    for block in blocks_of(data, [column]):
        new = pd.Series(block.columns[column]).dropna().drop_duplicates()
        met = new if met is None else pd.concat([met, new]).drop_duplicates()
    return coded(Data({column: met.array}), column)[0]


def _relabelled(bound: Bound, labels: dict[str, tuple[str, ...]]) -> Bound:
    """The same rows with the levels of all blocks."""
    if not labels:
        return bound
    own, inputs = dict(bound.layout.labels), dict(bound.inputs)
    for name, known in labels.items():
        codes = np.array([known.index(level) for level in own[name]])
        inputs[name] = codes[inputs[name]]
    layout = Layout(bound.model, tuple((own | labels).items()))
    return replace(bound, layout=layout, inputs=inputs)


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
    return [few_rows(_joined(parts))] if many else parts


def _joined(parts: Sequence[Bound]) -> Bound:
    """Rows of several blocks below each other, as often as they count."""
    weights = [np.ones(part.n) if part.weights is None else part.weights for part in parts]
    names = parts[0].inputs
    return replace(
        parts[0],
        inputs={name: np.concatenate([part.inputs[name] for part in parts]) for name in names},
        outcome=np.concatenate([part.outcome for part in parts]),
        weights=np.concatenate(weights),
        fitted=None,
    )


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


def _no_sums(bound: Bound, data: Data) -> BadInput:
    return BadInput(
        data.source,
        found=f"a table that is read in blocks, and {bound.model.__name__}.likelihood, which is "
        "computed row by row",
        expected="a likelihood that sums tell all of: NormalLinear(x, slopes, intercept, scale) "
        "of a line, one Normal for all rows, or rows of few whole numbers",
        remedy="give a file with fewer rows, as a random sample of these",
    )
