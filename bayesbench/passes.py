"""Passes over a table that is read in blocks: all rows in order, or in batches drawn anew.

No more than some blocks are in memory. Each is checked and bound as a table of its own, with
the levels of all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayesbench.data import Data
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput
from bayesbench.layout import Bound, Layout
from bayesbench.model import Model
from bayesbench.sufficient import TRIED, likelihood_at, somewhere
from bayesbench.tables.missing import missing
from bayesbench.tables.streamed import blocks_of

DRAWN = 6  # of a seed: what else is drawn from it has numbers of its own


@dataclass(frozen=True)
class Passes:
    """A model with all rows of a file, of which some are in memory at a time.

    Attributes
    ----------
    model : Model class
    data : Data
        The table, with its stream.
    read : tuple of str
        The columns that the model reads.
    labels : mapping of tuples of str
        The levels of each column of categories, of all blocks.
    """

    model: type[Model]
    data: Data
    read: tuple[str, ...]
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def blocks(self, generator: np.random.Generator | None = None) -> Iterator[Bound]:
        """All rows once, block by block; with a generator in an order of row groups that it draws.

        Rows are left out where values are missing and the table allows it.
        """
        for block in blocks_of(self.data, self.read, generator):
            bound = self.bound(block)
            if bound is not None:
                yield bound

    def bound(self, block: Data) -> Bound | None:
        """The model with a block of the table; None where each of its rows misses a value."""
        from bayesbench.binding import bind

        if np.logical_or.reduce([missing(block.columns[name]) for name in self.read]).all():
            return None
        return _relabelled(bind(self.model, block), self.labels)

    def batches(self, size: int, seed: int, epoch: int) -> Iterator[Bound]:
        """All rows once, in batches of so many rows, of which the last has what is left.

        Row groups come in an order that is drawn anew for each epoch, and the rows of a block
        are shuffled: a batch has rows that stood near each other in the file.
        """
        generator = np.random.default_rng([seed, DRAWN, epoch])
        left: Bound | None = None
        for block in self.blocks(generator):
            if left is not None:
                block = replace(joined([left, block]), weights=None)
            mixed = block.only(generator.permutation(block.n))
            del block
            whole = mixed.n // size * size
            for first in range(0, whole, size):
                yield mixed.only(slice(first, first + size))
            # A copy: as a part of the block it would keep all of that in memory.
            left = mixed.only(np.arange(whole, mixed.n)) if whole < mixed.n else None
            del mixed
        if left is not None:
            yield left

    @cached_property
    def sha256(self) -> str:
        """The hash of the columns in use, each by its own, whatever the blocks are: a pass."""
        each = dict[str, "hashlib._Hash"]()
        labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
        for block in self.blocks():
            labels = block.layout.labels
            for name, values in block.columns.items():
                part = np.ascontiguousarray(values, dtype="<f8")
                each.setdefault(name, hashlib.sha256()).update(part.data)
        told = repr(labels) + repr({name: digest.hexdigest() for name, digest in each.items()})
        return hashlib.sha256(told.encode()).hexdigest()

    def check_rows(self, block: Bound) -> None:
        """Refuse a likelihood that no sum over blocks is: try it on some rows without the others.

        Raises
        ------
        BadInput
            If latents tie rows together, an outcome has several columns, it is an energy, or a
            row's distribution depends on other rows.
        """
        if block.model.latents:
            found = f"groups of rows that share {', '.join(block.model.latents)}"
        elif block.outcome.ndim > 1 or not _each_alone(block):
            found = f"{self.model.__name__}.likelihood, which is not one distribution for each row"
        else:
            return
        raise BadInput(
            self.data.source,
            found=f"a table that is read in blocks, and {found}",
            expected="a likelihood in which a row's distribution depends on that row alone",
            remedy="leave --stream (stream=True) out if memory has room for the rows, or give a "
            "random sample of them without it",
        )

    def not_summed(self) -> BadInput:
        """What to raise where all rows together are asked for, and no sums stand for them."""
        return BadInput(
            self.data.source,
            found=f"a table that is read in blocks, and {self.model.__name__}.likelihood, which is "
            "computed row by row",
            expected="a likelihood that sums tell all of, for anything but maximum likelihood: a "
            "line, one Normal, Bernoulli or Poisson for all rows, or rows of few whole numbers",
            remedy="leave --stream (stream=True) out if memory has room for the rows, give a "
            "random sample of them without it, or ask for the fit by maximum likelihood alone, "
            "which passes over the file (bayesbench fit --method mle, fit_mle)",
        )


def rows_at_hand(bound: Bound) -> Bound:
    """The rows that were kept of a file, as if they were all."""
    return replace(bound, passes=None)


def check_summed(bound: Bound) -> None:
    """Refuse rows of a file that no sums stand for, where a search would take too many passes.

    Raises
    ------
    BadInput
        If they are such.
    """
    if bound.passes is not None and bound.by_passes:
        raise bound.passes.not_summed()


def _each_alone(block: Bound) -> bool:
    """Whether rows of one outcome are given the same without every other one."""
    tried = np.unique(np.linspace(0, block.n - 1, TRIED).astype(int))
    for values in somewhere(block.layout):
        some = {name: column[tried] for name, column in block.inputs.items()}
        half = {name: column[::2] for name, column in some.items()}
        made, again = (likelihood_at(block.layout, values, each) for each in (some, half))
        if not isinstance(made, Distribution) or not isinstance(again, Distribution):
            return False
        for name, value in made.plain.arguments.items():
            given = np.broadcast_to(value, len(tried))[::2]
            if not np.allclose(again.plain.arguments[name], given, rtol=1e-9, equal_nan=True):
                return False
    return True


def joined(parts: Sequence[Bound]) -> Bound:
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
