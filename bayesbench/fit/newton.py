"""Newton steps at the end of a climb, so that the gradient's norm is at rounding level."""

from __future__ import annotations

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.information import information
from bayesbench.fit.objective import Objective

STEPS = 20


def newton_steps(objective: Objective, z: np.ndarray, pins: Pins) -> list[np.ndarray]:
    """The points of Newton's method from z, for as long as each comes nearer to the top.

    Nearness is the Newton decrement, which does not depend on the parameters' units. It
    ends where the function is not curved downwards, and takes no step at all where there
    are too many entries to compute the curvature.
    """
    points: list[np.ndarray] = []
    found = information(objective, z, pins)
    gradient = objective.gradient(z, pins)
    for _ in range(STEPS):
        if found is None or (found.eigenvalues[~found.flat] <= 0).any():
            break
        trial = z + found.newton_step(gradient)
        slope = objective.gradient(trial, pins)
        if not np.isfinite([objective.value(trial, pins), *slope]).all():
            break
        next_found = information(objective, trial, pins)
        if next_found is None or not next_found.distance(slope) < found.distance(gradient):
            break
        z, found, gradient = trial, next_found, slope
        points.append(z)
    return points
