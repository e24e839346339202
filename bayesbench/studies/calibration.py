"""Simulation-based calibration: whether the truths rank among the draws as they should.

If parameters are drawn from the prior, data from the likelihood and draws from the posterior,
the rank of the truth among L independent draws is uniform on 0 ... L (Talts et al. 2018,
theorem 1; Cook, Gelman and Rubin 2006). The ranks of many data sets are held against that by
their distribution function, with a band for all its points together (Säilynoja, Bürkner and
Vehtari 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import binom

DRAWS = 99  # of which there is a rank among: a hundred ranks are possible
BAND = 0.95
SIMULATIONS = 10_000
CLEAR = 3.0  # standard errors


@dataclass(frozen=True)
class Calibration:
    """The ranks of the truths among L draws, and how far they are from uniform.

    Attributes
    ----------
    ranks : array of int, shape (datasets,)
        How many of the draws lie below the truth.
    draws : int
        L.
    at : array, shape (L,)
        The points k / (L + 1) at which the distribution function is looked at.
    difference : array, shape (L,)
        The share of the ranks that are below k, less k / (L + 1).
    low, high : array, shape (L,)
        The band that holds 95% of such curves, all of their points together, if the ranks
        are uniform.
    p : float
        The probability that uniform ranks would come so near to the edge of some band, or
        nearer.
    """

    ranks: np.ndarray
    draws: int
    at: np.ndarray
    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: float

    @property
    def inside(self) -> bool:
        """Whether the curve stays inside of the band."""
        return bool(((self.difference >= self.low) & (self.difference <= self.high)).all())

    @property
    def shape(self) -> str:
        """In which way the ranks are not uniform, if it is a plain one: see the sentences.

        `narrow` if the truths lie in the draws' tails more often than they should, `wide` if
        less often; `low` if the draws lie below the truths, `high` if above.
        """
        u = (self.ranks + 0.5) / (self.draws + 1) - 0.5
        n, variance = len(u), 1 / 12 - 1 / (12 * (self.draws + 1) ** 2)
        spread = (np.mean(u**2) / variance - 1) / np.sqrt(0.8 / n)  # the kurtosis of a uniform
        place = np.mean(u) / np.sqrt(variance / n)
        if max(abs(spread), abs(place)) < CLEAR:
            return ""
        if abs(spread) >= abs(place):
            return "narrow" if spread > 0 else "wide"
        return "low" if place > 0 else "high"


def ranks_of(truth: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The number of draws below the truth.

    Parameters
    ----------
    truth : array, shape (datasets, entries)
    draws : array, shape (datasets, draws, entries)

    Returns
    -------
    array of int, shape (datasets, entries)
    """
    return (draws < truth[:, None, :]).sum(axis=1)


def calibration(ranks: np.ndarray, draws: int = DRAWS) -> Calibration:
    """Hold ranks against the uniform distribution on 0 ... draws.

    Parameters
    ----------
    ranks : array of int, shape (datasets,)
    draws : int
        Among how many draws each is the rank.
    """
    n, at = len(ranks), np.arange(1, draws + 1) / (draws + 1)
    counts = np.cumsum(np.bincount(ranks, minlength=draws + 1))[:-1]
    nulls = _nearest_edges(n, draws)
    level = np.quantile(nulls, 1 - BAND, method="lower") * (1 - 1e-9)  # what is met is inside
    low, high = binom.ppf(level, n, at), binom.isf(level, n, at)
    p = float((nulls <= _nearest_edge(counts[None], n, draws)[0]).mean())
    return Calibration(ranks, draws, at, counts / n - at, low / n - at, high / n - at, p)


def _nearest_edge(counts: np.ndarray, n: int, draws: int) -> np.ndarray:
    """The smallest tail probability among the points of each curve of counts, (curves, L)."""
    return _tails(n, draws)[counts, np.arange(draws)].min(axis=1)


@lru_cache(maxsize=8)
def _tails(n: int, draws: int) -> np.ndarray:
    """The smaller tail probability of each count at each point, shape (n + 1, L)."""
    counts, at = np.arange(n + 1)[:, None], np.arange(1, draws + 1) / (draws + 1)
    return np.minimum(binom.cdf(counts, n, at), binom.sf(counts - 1, n, at))


@lru_cache(maxsize=32)
def _nearest_edges(n: int, draws: int) -> np.ndarray:
    """The same for curves of uniform ranks, by simulation (seed 0)."""
    even = np.full(draws + 1, 1 / (draws + 1))
    ranks = np.random.default_rng(0).multinomial(n, even, SIMULATIONS)
    return _nearest_edge(np.cumsum(ranks, axis=1)[:, :-1], n, draws)
