"""Drops: where a recorded log-likelihood falls notably below the best that it had reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOTABLE = 1.0  # of the total log-likelihood: the data are e times less probable


@dataclass(frozen=True)
class Drop:
    """An episode below the best so far: from the last row at the best until it is reached again.

    Attributes
    ----------
    step_before : int
        The row that holds the best: the step that is taken from there leads down.
    lowest : int
        The row where the log-likelihood is lowest before it has recovered.
    depth : float
        How much lower than the best.
    recovered_at : int or None
        The first row as high as the best again; None if there is none.
    worst_step : int
        The step of the episode with the largest fall from one row to the next.
    """

    step_before: int
    lowest: int
    depth: float
    recovered_at: int | None
    worst_step: int


def notable_drops(log_likelihood_total: np.ndarray) -> tuple[Drop, ...]:
    """The drops of more than 1 below the running best, in their order.

    The measure is the total log-likelihood whatever the number of rows: a drop of 1 makes
    the data e times less probable.

    Parameters
    ----------
    log_likelihood_total : array, shape (rows,)
        Of all the data, a row a step and one for the end. NaN stands where it was not
        computed: such rows are left out.
    """
    rows = np.flatnonzero(~np.isnan(log_likelihood_total))
    if not len(rows):
        return ()
    heights = np.asarray(log_likelihood_total, dtype=np.float64)[rows]
    best = np.maximum.accumulate(heights)
    below = np.concatenate([[False], heights < best, [False]])
    first, behind = np.flatnonzero(np.diff(below)).reshape(-1, 2).T
    found = []
    for begin, end in zip(first, behind, strict=True):
        low = begin + int(np.argmin(heights[begin:end]))
        depth = float(best[begin] - heights[low])
        if depth > NOTABLE:
            falls = heights[begin - 1 : low] - heights[begin : low + 1]
            recovered = int(rows[end]) if end < len(rows) else None
            worst = int(rows[begin - 1 + int(np.argmax(falls))])
            found.append(Drop(int(rows[begin - 1]), int(rows[low]), depth, recovered, worst))
    return tuple(found)


def losing_steps(log_likelihood_total: np.ndarray) -> int:
    """How many steps lost more than 1 by themselves, wherever the best was."""
    return int((np.diff(log_likelihood_total) < -NOTABLE).sum())
