"""A batch cut into blocks of one size, so that one compiled program does for any number.

The size is a power of two and never depends on what is in the data sets; a last block that
is not full is filled with copies of its last data set, whose answers are thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.cores import cores

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


def by_block(
    function: Callable[[np.ndarray, Callable[[], None]], Made], datasets: int, size: int
) -> list[Made]:
    """What a function of places gives for each block; the blocks share the processor's cores.

    Parameters
    ----------
    function : callable
        Of the places in a block, and of what it may call as soon as it has compiled all that
        the other blocks use. They begin then, or when the first is done: what several threads
        ask for at once, each would compile for itself.
    datasets, size : int
        How many data sets there are, and how many in a block.
    """
    compiled = threading.Event()
    first, *others = blocks(datasets, size)
    if not others or cores() == 1:
        return [function(block, compiled.set) for block in (first, *others)]

    def of_first() -> Made:
        try:
            return function(first, compiled.set)
        finally:
            compiled.set()

    with ThreadPoolExecutor(cores()) as pool:
        begun = [pool.submit(of_first)]
        compiled.wait()
        begun += [pool.submit(function, block, compiled.set) for block in others]
        return [each.result() for each in begun]
