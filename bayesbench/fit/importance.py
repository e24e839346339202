"""Importance sampling: what draws of an approximation weigh, and whether to trust the weights.

Each draw is weighted by the ratio of the target's density to that of what it was drawn from
(Kahn and Marshall 1953). A few huge weights would rule the sum, so the tail of the weights is
replaced by that of a generalised Pareto distribution fitted to it, whose shape k says how much
such a sum can be relied on (Vehtari et al. 2024, "Pareto smoothed importance sampling").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import softmax

if TYPE_CHECKING:
    from bayesbench.fit.record import Fit

EQUAL = 1e-6  # log-ratios that differ by less make no difference, and may be rounding
FEWEST = 25  # draws, a fifth of which are a tail to fit
LOWEST = 700.0  # below the largest log-ratio: a weight of nothing, and still a number
WORK = 100_000_000  # rows times draws that are weighed
ENOUGH = 1000  # draws that are weighed however many rows there are
USABLE = 0.7  # k, for any number of draws (Vehtari et al. 2024)


@dataclass(frozen=True)
class Importance:
    """Draws corrected by their weights, and the light that says whether to trust that.

    Attributes
    ----------
    pareto_k : float
        The shape of the weights' tail: -inf where the largest are all equal, as those of an
        exact approximation are; NaN for fewer than 25 draws.
    ess : float
        The effective sample size, 1/Σw² (Kong 1992); as many as there are draws if all weigh
        the same.
    weights : array, shape (draws,)
        Smoothed, with sum one; of a large table's draws the first are weighed.
    mean, sd : mapping of arrays
        By parameter, in its shape; NaN where no draw has any weight.
    """

    pareto_k: float
    ess: float
    weights: np.ndarray
    mean: Mapping[str, np.ndarray]
    sd: Mapping[str, np.ndarray]

    @property
    def reliable_below(self) -> float:
        """The k up to which so many draws are enough: min(1 - 1/log10(draws), 0.7)."""
        return float(min(1 - 1 / np.log10(max(len(self.weights), 2)), USABLE))

    @property
    def word(self) -> str:
        """What k says (Vehtari et al. 2024), for programs and people.

        `exact` (all draws weigh the same), `good`, `rough` (k below one: the sum has a mean,
        and these draws are too few for it), `unusable` (it has none) or `unknown` (fewer than
        25 draws).
        """
        if np.isnan(self.pareto_k):
            return "unknown"
        if self.pareto_k == -np.inf and np.isclose(self.ess, len(self.weights)):
            return "exact"
        if self.pareto_k < self.reliable_below:
            return "good"
        return "rough" if self.pareto_k < 1 else "unusable"


def importance(log_ratios: np.ndarray, draws: Mapping[str, np.ndarray]) -> Importance:
    """Weight independent draws of an approximation so that they stand for the target.

    Parameters
    ----------
    log_ratios : array, shape (draws,)
        The log-density of the target less that of the approximation at each draw, both up to
        a constant. A draw where it is -inf or NaN has no weight; one where it is +inf has
        none either, and no k can be trusted then.
    draws : mapping of arrays
        By parameter, each (1, draws, ...), on the parameters' own scale.
    """
    log_ratios = np.asarray(log_ratios, dtype=np.float64)
    pareto_k, weights = _smoothed(log_ratios)
    total = np.sum(weights**2)
    ess = float(1 / total) if total else 0.0
    mean, sd = {}, {}
    for name, values in draws.items():
        flat = np.reshape(values, (len(weights), *np.shape(values)[2:]))
        mean[name], sd[name] = _moments(flat, weights, ess)
    return Importance(pareto_k, ess, weights, mean, sd)


def how_many(draws: int, rows: int) -> int:
    """How many of the draws to weigh: all, or of a large table as many as take seconds."""
    return min(draws, max(ENOUGH, WORK // rows))


def weighed(fit: Fit, log_ratios: np.ndarray) -> Fit:
    """An approximation with its draws weighted: see `importance`, which the record then has.

    There may be ratios of the first draws only; see `how_many`. The `diagnostics` have
    `pareto_k` and `importance_ess`.
    """
    if fit.draws is None:
        return fit
    some = {name: values[:, : len(log_ratios)] for name, values in fit.draws.values.items()}
    found = importance(log_ratios, some)
    light = {"pareto_k": found.pareto_k, "importance_ess": found.ess}
    return replace(fit, importance=found, diagnostics={**fit.diagnostics, **light})


def _smoothed(log_ratios: np.ndarray) -> tuple[float, np.ndarray]:
    """The shape k of the weights' tail, and the weights with that tail in place of their own."""
    from arviz_stats.base import array_stats

    known = np.isfinite(log_ratios)
    if not known.any():
        return np.inf, np.zeros(len(log_ratios))
    top = log_ratios[known].max()
    floored = np.where(known, np.maximum(log_ratios - top, -LOWEST), -LOWEST)
    if np.ptp(floored) < EQUAL:
        return -np.inf, np.full(len(log_ratios), 1 / len(log_ratios))
    pareto_k, smooth, tail = np.nan, floored, min(len(floored) / 5, 3 * len(floored) ** 0.5)
    if len(floored) >= FEWEST and np.sum(floored > -LOWEST) <= tail:
        pareto_k = np.inf  # a tail of nothing, but for some draws
    elif len(floored) >= FEWEST:
        try:
            smooth, k = array_stats.psislw(-floored)
            pareto_k = float(k)
        except ValueError:  # the largest weights are all the same: there is no tail
            pareto_k = -np.inf
    if (log_ratios == np.inf).any():
        pareto_k = np.inf
    weights = np.where(known, softmax(smooth), 0.0)
    return pareto_k, weights / weights.sum()


def _moments(values: np.ndarray, weights: np.ndarray, ess: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over the first axis; of equal weights those of the sample."""
    if not weights.any():
        absent = np.full(values.shape[1:], np.nan)
        return absent, absent
    seen = weights > 0  # a draw without any weight may be no number at all
    weights, values = weights[seen], values[seen]
    mean = np.tensordot(weights, values, axes=1)
    variance = np.tensordot(weights, (values - mean) ** 2, axes=1)
    return mean, np.sqrt(variance / (1 - 1 / ess) if ess > 1 else np.full_like(variance, np.nan))
