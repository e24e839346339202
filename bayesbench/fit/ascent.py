"""Plain gradient ascent from many starts, each until it is plain which optimum it goes to.

With steps of 1/λ, λ being the largest curvature, gradient ascent never falls and leaps over
no valley (Nesterov 2004, theorem 2.1.14): where it ends, the gradient's own flow would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesbench.fit.experiments import tolerance
from bayesbench.fit.objective import Objective
from bayesbench.fit.recipe import recipe
from bayesbench.fit.starts import climb_all
from bayesbench.fit.training import train

FIRST, ROUNDS = 25, 8  # steps until one looks for the first time; then twice as many, ...
BETWEEN = 9  # points on the straight way to an optimum, where the function must be concave


@dataclass(frozen=True)
class Ascent:
    """Where gradient ascent from each start leads.

    Attributes
    ----------
    z : array, shape (starts, size)
        The optimum, or, where none was near after the last step, the place.
    heights : array, shape (starts,)
        The total log-likelihood there.
    arrived : array of bool, shape (starts,)
    rate : float
        Of the steps, for the mean log-likelihood of a row.
    steps : int
        The most that a start took.
    """

    z: np.ndarray
    heights: np.ndarray
    arrived: np.ndarray
    rate: float
    steps: int


def steady_rate(objective: Objective, z: np.ndarray, n: int) -> float:
    """One over the largest curvature of the mean log-likelihood at some points (count, size)."""
    if objective.derivatives is None:
        raise TypeError("the objective has no batched derivatives.")
    curved = objective.derivatives(z)[2] / n
    curved = curved[np.isfinite(curved).all(axis=(1, 2))]
    largest = float(np.abs(np.linalg.eigvalsh(curved)).max()) if len(curved) else 0.0
    return 1 / largest if largest > 0 else 1.0


def ascend(objective: Objective, z: np.ndarray, n: int, rate: float) -> Ascent:
    """Gradient ascent on the mean log-likelihood from the rows of z, shape (starts, size).

    A start has arrived when Newton's method leads from there to a maximum, and the function
    is concave on the straight way to it. A step that led down halves the rate.
    """
    z, heights = z.copy(), np.full(len(z), -np.inf)
    arrived, taken = np.zeros(len(z), dtype=bool), 0
    for k in range(ROUNDS):
        going, steps = np.flatnonzero(~arrived), FIRST * 2**k
        if not len(going):
            break
        while True:
            made = recipe(n, "gradient ascent", learning_rate=rate, steps=steps)
            run = train(objective, z[going], n, made)
            seen = run.log_likelihood[: int(run.steps.max()) + 1]
            if rate < 1e-300 or (not _falls(seen) and "diverged" not in run.stop):
                break
            rate /= 2
        z[going], heights[going], taken = run.z, n * run.heights, taken + steps
        ends, values, there = next_to(objective, run.z)
        z[going[there]], heights[going[there]] = ends[there], values[there]
        arrived[going[there]] = True
    return Ascent(z, heights, arrived, rate, taken)


def _falls(heights: np.ndarray) -> bool:
    change = np.diff(heights, axis=0)
    return bool((change < -tolerance(float(np.nanmax(np.abs(heights))))).any())


def next_to(objective: Objective, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The maximum that each point (count, size) lies next to, its height, and whether there is one.

    It is where Newton's method leads, if the function is concave all the way there.
    """
    if objective.derivatives is None:
        raise TypeError("the objective has no batched derivatives.")
    ends, heights, there = z.copy(), np.full(len(z), -np.inf), _concave(objective, z)
    if there.any():
        ends[there], heights[there], arrived = climb_all(objective.derivatives, z[there])
        there[there] = arrived
    if there.any():
        # A valley between would not be concave.
        parts = np.linspace(0, 1, BETWEEN)[:, None, None]
        way = z[there] + parts * (ends[there] - z[there])
        flat = _concave(objective, way.reshape(-1, z.shape[1]))
        there[there] = flat.reshape(BETWEEN, -1).all(axis=0)
    return ends, heights, there


def _concave(objective: Objective, z: np.ndarray) -> np.ndarray:
    """At which of the points (count, size) the function is."""
    if objective.derivatives is None:
        raise TypeError("the objective has no batched derivatives.")
    curved = objective.derivatives(z)[2]
    found = np.asarray(np.isfinite(curved).all(axis=(1, 2)))
    found[found] = np.linalg.eigvalsh(curved[found])[:, -1] < 0
    return found
