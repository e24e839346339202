"""The mean of a series that has forgotten its start, with its Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST, MOST = 5, 20  # blocks
LONG = 5  # correlation times that a block lasts at least
JUDGED = 8  # blocks from which on it can be told whether they rise or fall
APART, TREND = 4, 3  # standard errors: of the two halves, and of the rank correlation with time


@dataclass(frozen=True)
class Level:
    """A mean, and its Monte Carlo standard error."""

    mean: float
    error: float


def level(series: np.ndarray, first: float, memory: float = 0.0, period: int = 1) -> Level | None:
    """The mean from the step `first` on, with its error by batch means.

    The series is cut into blocks that are longer than its memory, so that their means are
    next to independent (Law and Kelton 2000, section 9.5.3).

    Parameters
    ----------
    series : array, shape (steps,)
        NaN where it is not known.
    first : float
        From where on it is looked at.
    memory : float
        Its correlation time, in steps, where it is known.
    period : int
        Of its mean, in steps: blocks hold whole periods.

    Returns
    -------
    Level or None
        None if fewer than five such blocks are left, or if they rise or fall by more than
        their scatter explains: then the series is not stationary.
    """
    if not np.isfinite(first) or not np.isfinite(memory):
        return None
    begin = period * int(np.ceil(max(first, 0) / period))
    left = max(0, len(series) - begin)
    length = period * max(int(np.ceil(max(LONG * memory, left / MOST) / period)), 1)
    count = left // length
    if count < FEWEST:
        return None
    blocks = series[begin : begin + count * length].reshape(count, length)
    known = np.isfinite(blocks)
    if not (known.all() if period > 1 else known.any(axis=1).all()):
        return None
    means = np.nanmean(blocks, axis=1)
    if count >= JUDGED and _moves(means):
        return None
    return Level(float(means.mean()), float(means.std(ddof=1) / np.sqrt(count)))


def _moves(means: np.ndarray) -> bool:
    """Whether the blocks' means differ by halves, or are ordered in time, beyond chance."""
    if np.ptp(means) == 0:
        return False
    half = len(means) // 2
    early, late = means[:half], means[-half:]
    error = np.sqrt((early.var(ddof=1) + late.var(ddof=1)) / half)
    ranks = np.argsort(np.argsort(means))
    correlation = np.corrcoef(ranks, np.arange(len(means)))[0, 1]  # Spearman's
    trend = abs(correlation) * np.sqrt(len(means) - 1)
    return bool(abs(early.mean() - late.mean()) > APART * error or trend > TREND)
