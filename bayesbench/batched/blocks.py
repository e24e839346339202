"""A batch cut into blocks of one size, so that one compiled program does for any number.

The size is a power of two and never depends on what is in the data sets; a last block that
is not full is filled with copies of its last data set, whose answers are thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from bayesbench.batched.batch import Batch

Made = TypeVar("Made")

LEAST = 8  # data sets a block: whole vectors of any processor, so that places do not matter


def block_size(batch: Batch, most: int, work: int) -> int:
    """How many data sets a program takes at once: a power of two from 8 up to `most`.

    No more than there are data sets, and `work` rows altogether at most.
    """
    wanted = min(batch.datasets, most, max(1, work // batch.rows))
    whole = 1 << (wanted - 1).bit_length()
    return max(LEAST, min(whole, most))


def blocks(datasets: int, size: int) -> Iterator[np.ndarray]:
    """The places of the data sets in each block; the last place stands for what is missing."""
    for first in range(0, datasets, size):
        yield np.minimum(np.arange(first, first + size), datasets - 1)


def by_block(function: Callable[[np.ndarray], Made], datasets: int, size: int) -> list[Made]:
    """What a function of places gives for each block; the blocks share the processor's cores.

    The first runs by itself: it compiles what the others use.
    """
    first, *others = blocks(datasets, size)
    made = [function(first)]
    if len(others) < 2 or cores() == 1:
        return made + [function(block) for block in others]
    with ThreadPoolExecutor(cores()) as pool:
        return made + list(pool.map(function, others))


def cores() -> int:
    """How many cores this process may use."""
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known is not None else os.cpu_count() or 1
