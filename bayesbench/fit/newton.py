"""Newton steps at the end of a climb, so that the gradient's norm is at rounding level."""

from __future__ import annotations

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.information import LARGEST
from bayesbench.fit.objective import Objective

STEPS = 20


def newton_steps(objective: Objective, z: np.ndarray, pins: Pins) -> list[np.ndarray]:
    """The points of Newton's method from z, for as long as each makes the gradient smaller.

    It ends where the negative Hessian is not positive definite, and takes no step at all
    where there are too many entries to compute it.
    """
    free = np.flatnonzero(~pins.held)
    points: list[np.ndarray] = []
    gradient = objective.gradient(z, pins)[free]
    for _ in range(STEPS if len(free) <= LARGEST else 0):
        curvature = -objective.hessian(z, pins)[np.ix_(free, free)]
        try:
            np.linalg.cholesky(curvature)
            move = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break
        trial = z.copy()
        trial[free] += move
        slope = objective.gradient(trial, pins)[free]
        if not np.linalg.norm(slope) < np.linalg.norm(gradient):
            break
        z, gradient = trial, slope
        points.append(z)
    return points
