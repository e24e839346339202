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

ITERATIONS = 1000
SETTLED = 1e-12  # change of the log of the integral


@dataclass(frozen=True)
class Bridge:
    """An integral by bridge sampling.

    Attributes
    ----------
    log : float
        The logarithm of the integral.
    error : float
        Its standard error: the relative root mean squared error of the integral.
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
        Of that density.
    seed : int
        Of the draws from the Normal.
    """
    size, half = draws.shape[-1], draws.shape[1] // 2
    fitted, kept = draws[:, :half].reshape(-1, size), draws[:, half:]
    normal = _Normal.fitted_to(fitted)
    own = kept.reshape(-1, size)
    other = normal.draw(len(own), seed)
    # How much higher the density is than the Normal, at the draws of each.
    at_own = log_density(own) - normal.log_density(own)
    at_other = log_density(other) - normal.log_density(other)
    ess = _effective(at_own.reshape(kept.shape[:2]))
    log_shares = np.log([ess, len(other)]) - np.log(ess + len(other))
    log = _iterated(at_own, at_other, log_shares)
    return Bridge(
        log, _error(at_own - log, at_other - log, log_shares, kept.shape[:2]), len(own), ess
    )


@dataclass(frozen=True)
class _Normal:
    mean: np.ndarray
    root: np.ndarray  # lower triangular; its square is the covariance

    @staticmethod
    def fitted_to(points: np.ndarray) -> _Normal:
        covariance = np.atleast_2d(np.cov(points, rowvar=False))
        return _Normal(points.mean(axis=0), np.linalg.cholesky(covariance))

    def draw(self, count: int, seed: int) -> np.ndarray:
        standard = np.random.default_rng([seed, 5]).normal(size=(count, len(self.mean)))
        return self.mean + standard @ self.root.T

    def log_density(self, at: np.ndarray) -> np.ndarray:
        standard = np.linalg.solve(self.root, (at - self.mean).T)
        height = np.log(np.diag(self.root)).sum() + len(self.mean) / 2 * np.log(2 * np.pi)
        return -0.5 * (standard**2).sum(axis=0) - height


def _iterated(own: np.ndarray, other: np.ndarray, log_shares: np.ndarray) -> float:
    """Meng and Wong's fixed point, in logarithms: it converges from any start."""
    log = float(np.median(own))
    for _ in range(ITERATIONS):
        above = logsumexp(other - _mixed(other, log, log_shares)) - np.log(len(other))
        below = logsumexp(-_mixed(own, log, log_shares)) - np.log(len(own))
        log, before = float(above - below), log
        if abs(log - before) <= SETTLED * max(1.0, abs(log)):
            break
    return log


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
