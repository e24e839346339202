"""The log-likelihood of a table that is read in blocks: each new place takes a pass over the file.

Its value, gradient and Hessian are sums of those of the blocks. What the rows at hand suffice
for, as the coordinates, is left to them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from operator import add
from typing import Any

import numpy as np
import torch

from bayesbench.density import Pins
from bayesbench.fit.batches import batches_a_pass
from bayesbench.fit.objective import Batch, Objective
from bayesbench.fit.starts import Found
from bayesbench.layout import Bound
from bayesbench.passes import Passes, rows_at_hand

PART = 2**14  # rows whose derivatives are computed at once: they stay in the cache
CURVED = 50  # entries up to which a pass for the gradient brings the curvature along
PLACES = 16  # of which what the passes gave is kept

Of = Callable[[Bound], Objective]


def over_passes(bound: Bound, of: Of) -> Objective:
    """The objective of all rows of a file that no few rows stand for.

    Parameters
    ----------
    bound : Bound
        With `passes`.
    of : function
        The objective of rows that are in memory.
    """
    assert bound.passes is not None
    passes, some = bound.passes, of(_alone(rows_at_hand(bound)))
    known: OrderedDict[tuple[bytes, ...], tuple[Any, ...]] = OrderedDict()

    def parts() -> Iterator[Objective]:
        for block in passes.blocks():
            for first in range(0, block.n, PART):
                yield of(_alone(block.only(slice(first, first + PART))))

    def at(z: np.ndarray, pins: Pins, order: int) -> tuple[Any, ...]:
        """The value and its first derivatives of so many orders, as known or by a pass."""
        key = tuple(each.tobytes() for each in (z, pins.held, pins.values))
        if len(known.get(key, ())) <= order:
            known[key] = _added(_seen(part, z, pins, order) for part in parts())
            if len(known) > PLACES:
                known.popitem(last=False)
        return known[key]

    first = 2 if bound.layout.size <= CURVED else 1

    def tensor(z: torch.Tensor, pins: Pins) -> torch.Tensor:
        height: torch.Tensor = _Pass.apply(z, lambda here: at(here, pins, first))
        return height

    def derivatives(z: np.ndarray) -> Found:
        return _found(_added(_given(part.derivatives, z) for part in parts()))

    def holding(z: np.ndarray, held: np.ndarray, values: np.ndarray) -> Found:
        return _found(_added(_given(part.holding, z, held, values) for part in parts()))

    return replace(
        some,
        bound=bound,
        value=lambda z, pins: float(at(z, pins, 0)[0]),
        gradient=lambda z, pins: at(z, pins, first)[1],
        hessian=lambda z, pins: at(z, pins, 2)[2],
        tensor=tensor,
        derivatives=derivatives,
        holding=holding,
    )


def drawn_from(passes: Passes, n: int, of: Of) -> Callable[[int, int], Callable[[int], Batch]]:
    """The batches of a run's steps, by their size and the seed, as the file is read for them.

    A step's batch depends on its number alone; they come one after another without reading a
    row twice, and any other takes its pass from the beginning.
    """

    def drawn(size: int, seed: int) -> Callable[[int], Batch]:
        many = batches_a_pass(size, n)
        coming, due = iter(()), -1  # type: Iterator[Bound], int

        def batch(step: int) -> Batch:
            nonlocal coming, due
            number, place = divmod(step, many)
            if step != due or place == 0:
                coming = passes.batches(size, seed, number)
                for _ in range(place):
                    next(coming)
            due = step + 1
            rows = next(coming)
            height = of(_alone(rows)).tensor
            assert height is not None
            return Batch(partial(_free, height), rows.n)

        return batch

    return drawn


class _Pass(torch.autograd.Function):
    """A value with its slope, which were computed together."""

    @staticmethod
    def forward(ctx: Any, z: torch.Tensor, look: Callable[[np.ndarray], tuple[Any, ...]]) -> Any:
        with torch.enable_grad():  # torch has it off here, and the parts differentiate
            value, ctx.slope, *_ = look(z.detach().numpy())
        return z.new_tensor(value)

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> Any:
        return upstream[0] * torch.from_numpy(ctx.slope), None


def _free(height: Callable[[Any, Pins], Any], z: torch.Tensor) -> Any:
    return height(z, Pins.none(z.shape[-1]))


def _alone(rows: Bound) -> Bound:
    """Rows that stand for themselves: no fewer are looked for."""
    return replace(rows, whole=rows)


def _seen(part: Objective, z: np.ndarray, pins: Pins, order: int) -> tuple[Any, ...]:
    if order == 0:
        return (part.value(z, pins),)
    if order == 1:
        return part.value(z, pins), part.gradient(z, pins)
    if pins.held.any():
        given = _given(part.holding, z[None], pins.held[None], pins.values[None])
    else:
        given = _given(part.derivatives, z[None])
    return tuple(each[0] for each in given)


def _given(function: Callable[..., Found] | None, *at: np.ndarray) -> Found:
    assert function is not None
    return function(*at)


def _added(parts: Iterator[tuple[Any, ...]]) -> tuple[Any, ...]:
    total = next(parts)
    for part in parts:
        total = tuple(map(add, total, part))
    return total


def _found(total: tuple[Any, ...]) -> Found:
    value, slope, curved = total
    return value, slope, curved
