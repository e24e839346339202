"""Which rows a step of the optimiser sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from numbers import Integral

import numpy as np

from bayesbench.errors import BadInput, nearest

BATCHING = ("reshuffled", "independent")


def check_batching(batching: str) -> None:
    """Refuse a name that is none.

    Raises
    ------
    BadInput
        With the nearest one.
    """
    if batching not in BATCHING:
        raise BadInput(
            "batching",
            found=repr(batching),
            expected=" or ".join(map(repr, BATCHING)),
            remedy=nearest(str(batching), list(BATCHING)),
        )


def check_batch_size(size: int | None, n: int) -> None:
    """Refuse a batch that is empty, larger than the data, or no whole number.

    Raises
    ------
    BadInput
        If it is.
    """
    if size is not None and not isinstance(size, Integral):
        raise BadInput(
            "batch_size",
            found=repr(size),
            expected=f"a whole number from 1 to {n}, the number of rows",
            remedy="count rows, or leave it out for all of them",
        )
    if size is not None and not 1 <= size <= n:
        raise BadInput(
            "batch_size",
            found=str(size),
            expected=f"from 1 to {n}, the number of rows",
            remedy="leave it out for the full batch" if size > n else "take at least one row",
        )


def batches_a_pass(size: int | None, n: int) -> int:
    """How many batches make a pass over the data; the last one may be smaller."""
    return 1 if size is None else -(-n // size)


def batches(size: int | None, n: int, batching: str, seed: int) -> Callable[[int], np.ndarray]:
    """The rows that a step sees, as a function of the step alone, so that it can be repeated.

    `reshuffled` goes through all rows in an order that is drawn anew for each pass;
    `independent` draws each batch without regard to the others. Within a batch no row
    comes twice.
    """
    everything = np.arange(n)
    if size is None:
        return lambda step: everything
    many = batches_a_pass(size, n)

    @lru_cache(maxsize=2)
    def order(number: int) -> np.ndarray:
        return np.random.default_rng([seed, 4, number]).permutation(n)

    def reshuffled(step: int) -> np.ndarray:
        number, place = divmod(step, many)
        return order(number)[place * size : (place + 1) * size]

    def independent(step: int) -> np.ndarray:
        generator = np.random.default_rng([seed, 5, step])
        return generator.choice(n, size, replace=False, shuffle=False)

    return reshuffled if batching == "reshuffled" else independent
