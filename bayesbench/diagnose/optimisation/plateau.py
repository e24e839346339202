"""Whether the run ended on a plateau: far from a maximum, with next to no gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.summit import place
from bayesbench.diagnose.optimisation.trials import tried
from bayesbench.fit.search import is_large
from bayesbench.fit.starts import climb_all, random_starts

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

VANISHED = 1e-2  # of the steepest slope on the way: what is less is a plateau
HELPS = 0.5  # of the gain: a start from where more is missing is of no use
MATTERS = 0.5  # of the log-likelihood: one standard error
POINTS = 129  # on the way
RANDOM = 8  # starts, where the search itself stays on the plateau


def look(recorded: Recorded) -> list[Finding]:
    """Walk straight from the end of the run to higher ground, and look at the slope."""
    known = recorded.fit.status.name in ("stopped early", "not identified", "interrupted")
    if not known or is_large(recorded.target.layout):
        return []
    here = recorded.height(recorded.end)
    top = _higher(recorded, here)
    if top is None:
        return []
    way = top - recorded.end
    towards = way / np.linalg.norm(way)
    points = recorded.end + np.linspace(0, 1, POINTS)[:, None] * way
    slopes = np.array([recorded.gradient(point) @ towards for point in points])
    steepest = int(np.argmax(slopes))
    first = slopes[: steepest + 1]
    # A way that leads down first leads out of a local optimum: that is no plateau.
    if not np.isfinite(slopes).all() or first.min() < -1e-3 * VANISHED * slopes[steepest]:
        return []
    if not abs(slopes[0]) <= VANISHED * slopes[steepest]:
        return []
    gain, better = recorded.per * (recorded.height(top) - here), points[steepest]
    again = tried(recorded, start=better)
    left = recorded.per * again.gap(recorded.height(top))
    at, start = place(recorded, top), place(recorded, better)
    return [
        Finding(
            "plateau",
            "warning",
            f"The run ended on a plateau: the log-likelihood is {gain:.4g} higher elsewhere"
            f"{at and f', at {at}'}, but the slope towards there is {slopes[0]:.2g} at the end of "
            f"the run and {slopes[steepest]:.2g} where it is steepest, after "
            f"{steepest / (POINTS - 1):.0%} of the way.",
            {
                "gain": gain,
                "slope": float(slopes[0]),
                "steepest_slope": float(slopes[steepest]),
                "part_of_the_way": steepest / (POINTS - 1),
                "left_from_there": left,
            },
            _remedy(left, gain, start),
        )
    ]


def _remedy(left: float, gain: float, start: str) -> str:
    """To begin where it is steep, if that was of use; else shorter steps."""
    there = f"from there{start and f' ({start})'} the same recipe ends {left:.3g} below that height"
    scale = "Inputs of the order of one keep functions as the sigmoid from saturating."
    if left < HELPS * gain:
        return f"Start elsewhere: {there}. {scale}"
    return f"Take shorter steps: another start does not help, for {there}. {scale}"


def _higher(recorded: Recorded, here: float) -> np.ndarray | None:
    """The nearest higher maximum: the search's own, or that of the nearest of random starts."""
    least = MATTERS / recorded.per
    if recorded.summit.height > here + least:
        return recorded.summit.z
    # Networks have many maxima, and reach them by many ways: random starts say little there.
    if recorded.target.layout.model.groups or recorded.target.derivatives is None:
        return None
    starts = random_starts(recorded.target.layout, RANDOM, recorded.run.recipe.seed)
    ends, heights, arrived = climb_all(recorded.target.derivatives, starts)
    higher = ends[arrived & (heights / recorded.per > here + least)]
    if not len(higher):
        return None
    return np.asarray(higher[np.argmin(np.linalg.norm(higher - recorded.end, axis=1))])
