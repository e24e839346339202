"""Where chains begin, and in what units, where many rows make the posterior narrow."""

from __future__ import annotations

import numpy as np

from bayesbench.fit.objective import Objective
from bayesbench.fit.search import optima_of
from bayesbench.fit.starts import climb_all, newton
from bayesbench.layout import Bound

# From so many rows on: variances of z are then about as small as the 5e-3 / (n + 5) that the
# sampler's warm-up adds to those of n draws, so that it no longer tells wide from narrow, and
# trajectories grow longer (Stan Reference Manual, on the estimation of the metric, has the sum).
MANY = 10_000
WIDER = 2.0  # than the Normal: R-hat wants starts that are spread more than the draws


def around_the_mode(
    bound: Bound, target: Objective, z: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Draws of Laplace's Normal, made twice as wide, a row a chain; and its standard deviations.

    Every chain's own random start climbs by Newton's method. Only if all of them arrive at one
    mode do the chains begin around it: where there are several, that is for the chains to find.

    Parameters
    ----------
    z : array, shape (chains, size)
        Random starts.

    Returns
    -------
    z, unit : arrays, shape (chains, size) and (size,)
        None if the rows are not many or can't be summed up in few, so that a climb costs as
        much as the sampling that it spares, or if there isn't one mode with a curvature.
    """
    few = bound.few
    if few.weights is None or few.weights.sum() < MANY or target.derivatives is None:
        return None
    ends, heights, arrived = climb_all(target.derivatives, z)
    if not arrived.all() or len(optima_of(target, ends, heights, len(z))) > 1:
        return None
    top = int(np.argmax(heights))
    _, slopes, curved = target.derivatives(ends)
    found = newton(slopes[[top]], curved[[top]])
    bent = found.eigenvalues[0]
    if not (bent < 0).all():
        return None
    root = found.ways[0] / np.sqrt(-bent)  # root rootᵀ is the inverse of the negative Hessian
    u = np.random.default_rng([seed, 6]).standard_normal(z.shape)
    began = ends[top] + WIDER * u @ root.T
    heights, slopes, _ = target.derivatives(began)
    if not (np.isfinite(heights).all() and np.isfinite(slopes).all()):
        return None
    return began, np.sqrt((root**2).sum(axis=1))
