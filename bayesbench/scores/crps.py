"""The continuous ranked probability score: how far a predictive distribution is from a point.

CRPS(F, y) = ∫ (F(x) - 1{x ≥ y})² dx = E|X - y| - ½ E|X - X'|, in the units of the outcome and
the lower the better (Gneiting and Raftery 2007, equations 20 and 21). For a point it is the
absolute error, for an outcome of 0 or 1 the Brier score.

Where there is a distribution function the integral is computed: the average of many draws'
functions is one of its own, so that points and mixtures are scored alike and without Monte
Carlo error beyond that of the draws. An average F̂ of independent draws has E(F̂ - 1)² =
(F - 1)² + Var F̂: that excess, which would be held against draws and not against points, is
taken off again (the fair score of an ensemble of distributions, as Ferro 2014 has it of points).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# Of (k, n, ...) points, k a row: the distribution function there, and the square of its error.
Cdf = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

LEVELS = (0.001, 0.01, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 0.999)
NODES = 8  # of Gauss and Legendre's rule in each panel
POINTS = (len(LEVELS) + 8) * NODES  # at which a distribution function is asked for
BEYOND = (0.25, 1.0, 9.0)  # half-widths of the sample: where the panels outside of it end
MOST = 2000  # whole numbers that are summed
STEP = 16


def crps(cdf: Cdf, sample: np.ndarray, outcome: np.ndarray, whole: bool) -> np.ndarray:
    """The score of each outcome under a distribution that is known by its function.

    Parameters
    ----------
    cdf : function
        The predictive distribution function, and its squared standard error.
    sample : array, shape (m, n, ...)
        Some outcomes that are drawn from it: where they lie the panels are narrow, and their
        values have no other part in the answer.
    outcome : array, shape (n, ...)
    whole : bool
        Whether outcomes are whole numbers, at least zero.

    Returns
    -------
    array, shape (n, ...)
    """
    if whole:
        return _summed(cdf, sample, outcome)
    low, *inner, high = np.quantile(sample, (0, *LEVELS, 1), axis=0)
    middle = inner[len(LEVELS) // 2]
    outside = [end + far * (end - middle) for end in (low, high) for far in BEYOND]
    edges = np.sort(np.stack([*outside, low, *inner, high, outcome]), axis=0)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges, axis=0)[:, None] / 2
    spread = (slice(None), *(None,) * outcome.ndim)
    at = edges[:-1, None] + half * (1 + nodes[spread])
    apart = _squared(cdf, at.reshape(-1, *outcome.shape), outcome).reshape(at.shape)
    return np.sum(half * weights[spread] * apart, axis=(0, 1))


def _summed(cdf: Cdf, sample: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Of whole numbers: the integrand is constant from each to the next."""
    least, most = min(sample.min(), outcome.min()), max(sample.max(), outcome.max())
    room = np.ceil((most - least) / 2)
    first = max(0.0, least - room)
    numbers = STEP * np.ceil((most + room + 1 - first) / STEP)  # few shapes to compile for
    if numbers > MOST:
        return crps_of_sample(sample, outcome)
    at = np.arange(first, first + numbers).reshape(-1, *(1,) * outcome.ndim)
    whole = np.broadcast_to(at, (len(at), *outcome.shape))
    return np.sum(_squared(cdf, whole, outcome), axis=0)


def _squared(cdf: Cdf, at: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """(F(x) - 1{x ≥ y})² at each point, without the excess that the error of F gives it."""
    found, error = cdf(at)
    return (found - (at >= outcome)) ** 2 - error


def crps_of_sample(sample: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """The score of each outcome by outcomes that are drawn from the prediction.

    The fair estimator, whose mean is that of infinitely many draws, in its form by the order
    of the draws, which takes m log m steps (Jordan, Krüger and Lerch 2019, with m (m - 1) for
    their m²; Ferro 2014).
    """
    m = len(sample)
    ordered = np.sort(sample, axis=0)
    ranks = (2 * np.arange(1, m + 1) - m - 1).reshape(-1, *(1,) * outcome.ndim)
    inner = np.sum(ranks * ordered, axis=0) / (m * (m - 1))  # ½ E|X - X'|
    return np.abs(sample - outcome).mean(axis=0) - inner
