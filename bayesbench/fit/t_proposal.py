"""Moments of a density by importance sampling from a t distribution at its mode.

The proposal has heavier tails than the Normal of a Laplace approximation (Geweke
1989), and its points are a scrambled Sobol sequence (Owen 1997); what their weights are
worth tells `importance.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesbench.fit.importance import USABLE, importance

DF = 7.0  # of the proposal
POWER = 11  # two to it points
TRIES = 3  # the proposal is placed anew where the weights were poor
LEAST = 200.0  # effective draws


@dataclass(frozen=True)
class Weighted:
    """Points z, shape (m, size), with weights that sum to one, and what they are worth."""

    z: np.ndarray
    weights: np.ndarray
    pareto_k: float
    ess: float

    @property
    def good(self) -> bool:
        """Whether moments and quantiles of the points can be used."""
        return bool(self.pareto_k < USABLE and self.ess >= LEAST)


def importance_sample(
    log_density: Callable[[np.ndarray], np.ndarray],
    mode: np.ndarray,
    covariance: np.ndarray,
    seed: int,
) -> Weighted:
    """Points for a density that is known up to its constant, from its mode and its curvature.

    Where the first proposal's weights are poor, the next has the mean and the covariance of
    the points that they weigh (adaptive importance sampling, Bugallo et al. 2017).

    Parameters
    ----------
    log_density : function
        From points, shape (m, size), to (m,).
    mode : array, shape (size,)
    covariance : array, shape (size, size)
        The inverse of the negative Hessian there.
    seed : int
    """
    centre, spread = mode, covariance
    found = None
    for number in range(TRIES):
        made = _weighted(log_density, centre, spread, seed + number)
        if found is None or made.pareto_k < found.pareto_k:
            found = made
        if found.good or made.ess < 2 * len(mode):
            break
        centre = made.weights @ made.z
        away = made.z - centre
        spread = (made.weights[:, None] * away).T @ away
    assert found is not None
    return found


def _weighted(
    log_density: Callable[[np.ndarray], np.ndarray],
    centre: np.ndarray,
    covariance: np.ndarray,
    seed: int,
) -> Weighted:
    from scipy.stats import chi2, norm
    from scipy.stats.qmc import Sobol

    size = len(centre)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 1e-300))
    uniform = Sobol(size + 1, seed=np.random.default_rng([seed, 5])).random_base2(POWER)
    uniform = np.clip(uniform, 1e-12, 1 - 1e-12)
    normal = norm.ppf(uniform[:, :size])
    unit = normal / np.sqrt(chi2.ppf(uniform[:, size:], DF) / DF)
    z = centre + unit @ root.T
    log_proposal = -(DF + size) / 2 * np.log1p((unit**2).sum(axis=1) / DF)
    found = importance(log_density(z) - log_proposal, {})
    return Weighted(z, found.weights, found.pareto_k, found.ess)


def weighted_quantile(values: np.ndarray, weights: np.ndarray, level: float) -> np.ndarray:
    """The quantile of each column of values, shape (m, k), under weights that sum to one."""
    order = np.argsort(values, axis=0)
    ranked, shares = np.take_along_axis(values, order, axis=0), weights[order]
    below = np.cumsum(shares, axis=0) - shares / 2
    columns = range(values.shape[1])
    return np.array([np.interp(level, below[:, k], ranked[:, k]) for k in columns])
