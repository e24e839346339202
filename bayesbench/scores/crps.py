"""The continuous ranked probability score: how far a predictive distribution is from a point.

CRPS(F, y) = ∫ (F(x) - 1{x ≥ y})² dx = E|X - y| - ½ E|X - X'|, in the units of the outcome and
the lower the better (Gneiting and Raftery 2007, equations 20 and 21). For a point it is the
absolute error, for an outcome of 0 or 1 the Brier score.

Where there is a distribution function the integral is computed: the average of many draws'
functions is one of its own, so that points and mixtures are scored alike and without Monte
Carlo error beyond that of the draws. An average F̂ of independent draws has E(F̂ - 1)² =
(F - 1)² + Var F̂: that excess, which would be held against draws and not against points, is
taken off again (the fair score of an ensemble of distributions, as Ferro 2014 has it of points).

What the draws leave unknown is seen from parts of them: to first order a part whose function
is F̂ₖ moves the score by 2 ∫ (F̂ - 1{x ≥ y}) (F̂ₖ - F̂) dx.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

# Of (k, n, ...) points, k a row: the distribution function there by each part of the draws,
# (parts, k, n, ...), and the square of the error of their average.
Cdf = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

LEVELS = (0.001, 0.01, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 0.999)
NODES = 8  # of Gauss and Legendre's rule in each panel
POINTS = (len(LEVELS) + 8) * NODES  # at which a distribution function is asked for
BEYOND = (0.25, 1.0, 9.0)  # half-widths of the sample: where the panels outside of it end
FURTHER = 1e3  # times as far out, where it is seen how a tail falls
SEEN = 1e-10  # what a tail has at least, to be told from rounding
FINITE = 1.001  # the power by which the integrand must fall, at least
LARGEST = 1e100  # beyond it squares overflow
MOST = 2000  # whole numbers that are summed
STEP = 16


def crps(
    cdf: Cdf, sample: np.ndarray, outcome: np.ndarray, whole: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The score of each outcome under a distribution that is known by its function.

    Parameters
    ----------
    cdf : function
        The predictive distribution function by parts of its draws, and the squared standard
        error of the parts' average.
    sample : array, shape (m, n, ...)
        Some outcomes that are drawn from it: where they lie the panels are narrow, and their
        values have no other part in the answer.
    outcome : array, shape (n, ...)
    whole : bool
        Whether outcomes are whole numbers, at least zero.

    Returns
    -------
    array, shape (n, ...)
        Infinite where a tail is so heavy that the integral does not exist.
    array, shape (parts, n, ...)
        The same as each part of the draws has it, to first order.
    """
    sample = np.clip(sample, -LARGEST, LARGEST)
    parts = _summed(cdf, sample, outcome) if whole else _integrated(cdf, sample, outcome)
    return parts.mean(axis=0), parts


def _integrated(cdf: Cdf, sample: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    low, *inner, high = np.quantile(sample, (0, *LEVELS, 1), axis=0)
    middle = inner[len(LEVELS) // 2]
    outside = [end + far * (end - middle) for end in (low, high) for far in BEYOND]
    edges = np.sort(np.stack([*outside, low, *inner, high, outcome]), axis=0)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges, axis=0)[:, None] / 2
    spread = (slice(None), *(None,) * outcome.ndim)
    at = edges[:-1, None] + half * (1 + nodes[spread])
    apart = _squared(cdf, at.reshape(-1, *outcome.shape), outcome)
    panels = apart.reshape(-1, *at.shape)
    within = np.sum(half * weights[spread] * panels, axis=(1, 2))
    return np.asarray(within + _tails(cdf, edges[[0, -1]], middle))


def _tails(cdf: Cdf, ends: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """The integral beyond the panels, (n, ...): of a power that two points of each tail tell."""
    away = ends - middle
    found, _ = cdf(np.concatenate([ends, middle + FURTHER * away]))
    left = found.mean(axis=0) - np.array([0, 1, 0, 1]).reshape(-1, *(1,) * middle.ndim)
    near, far = np.abs(left[:2]), np.maximum(np.abs(left[2:]), SEEN / 100)
    seen = (near > SEEN) & (away != 0)
    power = 2 * np.log(np.where(seen, near, 1.0) / far) / np.log(FURTHER)
    rest = np.abs(away) * near**2 / np.maximum(power - 1, FINITE - 1)
    return np.sum(np.where(seen, np.where(power > FINITE, rest, np.inf), 0.0), axis=0)


def _summed(cdf: Cdf, sample: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Of whole numbers: the integrand is constant from each to the next."""
    least, most = min(sample.min(), outcome.min()), max(sample.max(), outcome.max())
    room = np.ceil((most - least) / 2)
    first = max(0.0, least - room)
    numbers = STEP * np.ceil((most + room + 1 - first) / STEP)  # few shapes to compile for
    if numbers > MOST:
        return _integrated(partial(_levelled, cdf), sample, outcome)
    at = np.arange(first, first + numbers).reshape(-1, *(1,) * outcome.ndim)
    every = np.broadcast_to(at, (len(at), *outcome.shape))
    return np.asarray(np.sum(_squared(cdf, every, outcome), axis=1))


def _levelled(cdf: Cdf, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The steps from k to k + 1 as a line through their middles, of which the sum is the integral.

    That is the midpoint rule read backwards: the error is of the second order in the step.
    """
    low = np.floor(at - 0.5)
    within = at - 0.5 - low
    (one, error), (other, further) = cdf(low), cdf(low + 1)
    return one + within * (other - one), error + within * (further - error)


def _squared(cdf: Cdf, at: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """(F(x) - 1{x ≥ y})² at each point by part, less the excess that the error of F gives it."""
    parts, error = cdf(at)
    found = parts.mean(axis=0)
    apart = found - (at >= outcome)
    return np.asarray(apart**2 - error + 2 * apart * (parts - found))


def crps_of_sample(
    sample: np.ndarray, outcome: np.ndarray, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """The score of each outcome by outcomes that are drawn from the prediction.

    The fair estimator, whose mean is that of infinitely many draws, in its form by the order
    of the draws, which takes m log m steps (Jordan, Krüger and Lerch 2019, with m (m - 1) for
    their m²; Ferro 2014). To first order a draw x moves it by |x - y| - E|x - X|, less the
    mean of that (Hoeffding 1948).

    Returns
    -------
    array, shape (n, ...)
    array, shape (parts, n, ...)
        The same as each of so many parts of the draws has it, to first order.
    """
    m = len(sample)
    places = np.argsort(sample, axis=0)
    ordered = np.take_along_axis(sample, places, axis=0)
    counts = np.arange(1, m + 1).reshape(-1, *(1,) * outcome.ndim)
    inner = np.sum((2 * counts - m - 1) * ordered, axis=0) / (m * (m - 1))  # ½ E|X - X'|
    away = np.abs(sample - outcome)
    among = (2 * counts - m) * ordered - 2 * np.cumsum(ordered, axis=0) + np.sum(ordered, axis=0)
    moved = away.copy()
    np.put_along_axis(
        moved, places, np.take_along_axis(away, places, axis=0) - among / (m - 1), axis=0
    )
    score = away.mean(axis=0) - inner
    means = np.array([part.mean(axis=0) for part in np.array_split(moved, parts)])
    return score, score + means - moved.mean(axis=0)
