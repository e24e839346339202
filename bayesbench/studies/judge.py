"""How often a method was right: bias, RMSE, coverage and width, each with its Monte Carlo error.

The formulas are those of Morris, White and Crowther (2019, table 6), over the data sets for
which there is a number; how many these are is part of each answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FOR_A_TAIL = 100  # values


@dataclass(frozen=True)
class Measured:
    """A number that many data sets gave: its Monte Carlo error, and over how many it is."""

    value: float
    error: float
    over: int


NOTHING = Measured(np.nan, np.nan, 0)


def average(values: np.ndarray) -> Measured:
    """The mean of what is not NaN, shape (datasets,), with its standard error."""
    known = values[~np.isnan(values)]
    if not len(known):
        return NOTHING
    if np.isinf(known).any():  # an outcome that was held impossible: the mean is no less than that
        return Measured(float(known.sum()), np.nan, len(known))
    error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
    return Measured(float(known.mean()), float(error), len(known))


def tail_of(values: np.ndarray) -> float:
    """The Pareto-k of the low values, shape (datasets,); NaN where that can't be told.

    It is the shape of a generalised Pareto distribution that is fitted to the tail: from 1 on
    there is no finite mean, from 0.5 on no finite variance, and above 0.7 a mean of so many
    values can't be trusted (Vehtari, Simpson, Gelman, Yao and Gabry 2024).
    """
    from arviz_stats.base import array_stats

    known = values[np.isfinite(values)]
    # Whole outcomes give few different scores: there is no density to have a tail.
    if len(known) < FOR_A_TAIL or 2 * len(np.unique(known)) < len(known):
        return float("nan")
    with np.errstate(all="ignore"):  # equal values at the end
        return float(array_stats.pareto_khat(known[None], r_eff=1.0, tail="left"))


def rmse(errors: np.ndarray) -> Measured:
    """The root of the mean squared error; its standard error is that of the mean, by the root's
    slope.
    """
    squared = average(errors**2)
    root = float(np.sqrt(squared.value))
    return Measured(root, squared.error / (2 * root) if root > 0 else squared.error, squared.over)


def share(hits: np.ndarray, known: np.ndarray) -> Measured:
    """The share of hits among what is known, both booleans of shape (datasets,).

    The error is √(p (1 - p) / n) at the share under Jeffreys' prior, so that it is not zero
    where all were hits.
    """
    count, over = int((hits & known).sum()), int(known.sum())
    if over == 0:
        return NOTHING
    p = (count + 0.5) / (over + 1)
    return Measured(count / over, float(np.sqrt(p * (1 - p) / over)), over)


def covered(truth: np.ndarray, low: np.ndarray, high: np.ndarray) -> Measured:
    """How often an interval held the truth, each (datasets,); NaN where there is none."""
    known = ~(np.isnan(low) | np.isnan(high))
    return share((low <= truth) & (truth <= high), known)


def within(pit: np.ndarray, level: float) -> Measured:
    """How often the central predictive interval held the new outcome.

    An outcome lies in the central interval of a continuous distribution if its distance from
    the middle, on the scale of the distribution function, is at most half of the level. With
    PIT values that are randomised the same holds of whole numbers, on average.

    Parameters
    ----------
    pit : array, shape (datasets, new)
        The distribution function at each new outcome; NaN where nothing was predicted.
    level : float
        The probability of the interval.

    Returns
    -------
    Measured
        Its error is that of the means of the data sets, whose outcomes share their fit.
    """
    inside = np.where(np.isnan(pit), np.nan, np.abs(pit - 0.5) <= level / 2)
    per_set = inside.mean(axis=1)
    found = average(per_set)
    if not found.over or found.error > 0:
        return found
    if found.value in (0.0, 1.0):  # none or all were inside
        return share(per_set == 1, ~np.isnan(per_set))
    # Few data sets that happen to agree: as if each were one outcome.
    return replace(found, error=float(np.sqrt(found.value * (1 - found.value) / found.over)))
