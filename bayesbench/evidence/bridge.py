"""Bridge sampling: an integral from draws of its integrand and of a Normal beside it.

With the unnormalised density q of the draws, a normalised g that lies over them, and any
function h, ∫q = E_g[q h] / E_q[g h] (Meng and Wong 1996, equation 4.1 with normalised g).
The h whose error is smallest contains the integral itself, and is found by iterating.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bayesbench.fit.local_normals import LocalNormal

ITERATIONS = 1000
SETTLED = 1e-12  # change of the log of the integral


@dataclass(frozen=True)
class Bridge:
    """An integral by bridge sampling.

    Attributes
    ----------
    log : float
        The logarithm of the integral; NaN if the iteration did not settle.
    error : float
        Its standard error: the relative root mean squared error of the integral; NaN, too.
    draws : int
        How many draws were bridged from, beside those to which the Normal was fitted.
    ess : float
        How many independent ones these are worth.
    """

    log: float
    error: float
    draws: int
    ess: float


def bridge(
    log_density: Callable[[np.ndarray], np.ndarray], draws: np.ndarray, seed: int = 0
) -> Bridge:
    """Integrate a density of which there are draws.

    A Normal with mean and covariance of the first half of each chain is the density that
    the second halves are bridged to, with the optimal bridge (Meng and Wong 1996, equation
    4.1), the number of draws in it being the effective one (Gronau et al. 2017). The error
    is Frühwirth-Schnatter's (2004): what the draws of the Normal leave, and what those of
    the chains do, of which their autocorrelation leaves fewer.

    Parameters
    ----------
    log_density : function of points (count, size)
        The logarithm of the density without its constant, shape (count,); -inf where it is zero.
    draws : array, shape (chains, draws, size)
        Of that density; more in the first halves than there are dimensions.
    seed : int
        Of the draws from the Normal.
    """
    size, half = draws.shape[-1], draws.shape[1] // 2
    fitted, kept = draws[:, :half].reshape(-1, size), draws[:, half:]
    covariance = np.atleast_2d(np.cov(fitted, rowvar=False))
    normal = LocalNormal(fitted.mean(axis=0), np.linalg.cholesky(covariance))
    own = kept.reshape(-1, size)
    other = normal.at(np.random.default_rng([seed, 5]).normal(size=own.shape))
    # How much higher the density is than the Normal, at the draws of each.
    at_own = log_density(own) - normal.log_density(own)
    at_other = log_density(other) - normal.log_density(other)
    ess = _effective(at_own.reshape(kept.shape[:2]))
    log_shares = np.log([ess, len(other)]) - np.log(ess + len(other))
    log = _iterated(at_own, at_other, log_shares)
    if np.isnan(log):
        return Bridge(log, log, len(own), ess)
    error = _error(at_own - log, at_other - log, log_shares, kept.shape[:2])
    return Bridge(log, error, len(own), ess)


def _iterated(own: np.ndarray, other: np.ndarray, log_shares: np.ndarray) -> float:
    """Meng and Wong's fixed point, in logarithms; NaN if it has not settled by then.

    From any start it converges, but the less the Normal and the draws overlap, the slower.
    """
    log = float(np.median(own))
    for _ in range(ITERATIONS):
        above = logsumexp(other - _mixed(other, log, log_shares)) - np.log(len(other))
        below = logsumexp(-_mixed(own, log, log_shares)) - np.log(len(own))
        log, before = float(above - below), log
        if abs(log - before) <= SETTLED * max(1.0, abs(log)):
            return log
    return float("nan")


def _mixed(ratio: np.ndarray, log: float, log_shares: np.ndarray) -> np.ndarray:
    return np.logaddexp(log_shares[0] + ratio, log_shares[1] + log)


def _error(
    own: np.ndarray, other: np.ndarray, log_shares: np.ndarray, shape: tuple[int, ...]
) -> float:
    """The relative root mean squared error, given the ratios of the normalised densities."""
    of_normal = np.exp(other - _mixed(other, 0.0, log_shares))
    of_chains = np.exp(-_mixed(own, 0.0, log_shares))
    ess = _effective(of_chains.reshape(shape))
    terms = (
        np.var(of_normal, ddof=1) / np.mean(of_normal) ** 2 / len(other),
        np.var(of_chains, ddof=1) / np.mean(of_chains) ** 2 / ess,
    )
    return float(np.sqrt(sum(terms)))


def _effective(values: np.ndarray) -> float:
    """How many independent draws a series (chains, draws) is worth; no more than it has."""
    from arviz_stats.base import array_stats

    if np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())):
        return float(values.size)  # the Normal is the density itself: nothing is left to chance
    ess = float(array_stats.ess(values, chain_axis=0, draw_axis=1, method="mean"))
    return min(ess, float(values.size))
