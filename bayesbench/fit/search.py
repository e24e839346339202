"""The search for the highest of many maxima: many starts side by side, then one judged climb.

Where networks have too many weights for curvature to be computed at every step, the
starts are a training run, and what it reached is judged by experiments that need none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.experiments import Climber
from bayesbench.fit.information import own_values
from bayesbench.fit.maximum import Maximum, find_maximum
from bayesbench.fit.objective import Objective
from bayesbench.fit.starts import SAME_HEIGHT, Optimum, climb_all, close, distinct
from bayesbench.layout import Layout

FEW = 200  # weights up to which the curvature is looked at step by step


@dataclass(frozen=True)
class Search:
    """The maximum that was judged, and every optimum that a start ended at, the highest first.

    `lost` counts the starts that ended at none: on a slope, or out of the numbers.
    """

    found: Maximum
    optima: tuple[Optimum, ...] = ()
    lost: int = 0


def is_large(layout: Layout) -> bool:
    """Whether there are networks with too many weights for curvature at every step."""
    return bool(layout.model.groups) and layout.size > FEW


def search(objective: Objective, climb: Climber, z: np.ndarray) -> Search:
    """Climb from every row of z, judge the best end, and list the optima."""
    if len(z) == 1:
        return Search(find_maximum(objective, climb, z[0]))
    if objective.derivatives is None:
        raise TypeError("the objective has no batched derivatives.")
    ends, heights, arrived = climb_all(objective.derivatives, z)
    found = find_maximum(objective, climb, ends[_best(ends, heights)])
    optima = optima_of(objective, ends[arrived], heights[arrived], len(z))
    return Search(found, _judged_first(objective, optima, found), int((~arrived).sum()))


def _judged_first(
    objective: Objective, optima: tuple[Optimum, ...], found: Maximum
) -> tuple[Optimum, ...]:
    """The same, with the highest one as the judged climb left it: on an edge, for instance."""
    if not optima or abs(optima[0].value - found.value) > SAME_HEIGHT * max(1.0, abs(found.value)):
        return optima
    flat = own_values(objective, found.z, found.pins)
    flat[list(found.edges)] = list(found.edges.values())
    if not close(objective.layout.join(optima[0].values), flat):
        return optima
    values = objective.layout.split(flat)
    return (replace(optima[0], values=values, value=found.value), *optima[1:])


def _best(ends: np.ndarray, heights: np.ndarray) -> int:
    """The highest end; of equally high ones always the same, whatever rounding says.

    Mirror images are such: the one with the larger first entry stands for them.
    """
    heights = np.where(np.isfinite(heights), heights, -np.inf)
    level = heights.max() - SAME_HEIGHT * max(1.0, abs(heights.max()))
    return int(max(np.flatnonzero(heights >= level), key=lambda k: tuple(ends[k])))


def optima_of(
    objective: Objective, ends: np.ndarray, heights: np.ndarray, total: int
) -> tuple[Optimum, ...]:
    """The different optima among the ends of climbs, the highest first."""
    none = Pins.none(objective.layout.size)

    def describe(z: np.ndarray) -> np.ndarray:
        # Weights can be permuted: two that predict the same are one optimum.
        if objective.layout.model.groups:
            return objective.rows(z)
        return own_values(objective, z, none)

    return tuple(
        Optimum(objective.constrain(at, none), height, count, count / total)
        for at, height, count in distinct(ends, heights, describe)
    )
