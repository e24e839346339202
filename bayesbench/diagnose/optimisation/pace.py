"""How fast a run nears its maximum, and how long the rest of the way would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.optimisation.summit import ARRIVED

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

WINDOW = 0.05  # of the run, to both sides of a place: batches are noisy
SMALL = 0.1  # of what is left: whether it comes nearer does not matter yet
PLACES = (0.5, 0.725, 0.95)  # of the run, at which it is looked at


@dataclass(frozen=True)
class Pace:
    """The second half of a run, along each direction of the curvature at its maximum.

    Distances are in standard errors, of the total log-likelihood.

    Attributes
    ----------
    first, last : array, shape (k,)
        How far the maximum was at the start, and is at the end.
    steps : array, shape (k,)
        After how many more steps each is within 0.01 standard errors, at this pace and at
        the first learning rate: infinite if it does not come nearer, zero if it is there, or
        so near that what is left lies along the others.
    even : array of bool, shape (k,)
        Whether it goes at one speed. As it slows down in the end, it takes longer then.
    """

    first: np.ndarray
    last: np.ndarray
    steps: np.ndarray
    even: np.ndarray

    @property
    def slowest(self) -> int:
        """The direction that takes longest."""
        return int(np.argmax(self.steps))

    @property
    def done(self) -> np.ndarray:
        """The share of each way that the run has gone, shape (k,)."""
        return 1 - self.last / np.maximum(self.first, 1e-300)


def pace(recorded: Recorded) -> Pace:
    """The pace of the run towards its summit.

    Along an eigenvector of curvature c, gradient ascent at the rate r multiplies what is
    left of the way by 1 - r c in each step. What divides the gradient by its own size, as
    Adam does, goes at the same speed instead: of the two the one is taken that the last
    two quarters of the run follow better.
    """
    run, top = recorded.run, recorded.summit
    where = run.path[:, recorded.start]
    known = np.isfinite(where).all(axis=1)
    where, steps = where[known], run.path_steps[known]
    rate = recorded.trace["learning_rate"][: steps[-1]]
    # Steps at the first rate, so that one that falls is not taken for a slower approach.
    clock = np.append(0.0, np.cumsum(rate))[steps] / rate[0]
    units = np.sqrt(recorded.per * np.abs(top.curvature))
    away = top.away(where) * units
    width = max(WINDOW * clock[-1], np.diff(clock).max())

    def place(share: float) -> tuple[float, np.ndarray]:
        near = np.abs(clock - share * clock[-1]) <= width
        return float(clock[near].mean()), np.abs(away[near].mean(axis=0))

    (then, middle), (between, later), (now, last) = (place(share) for share in PLACES)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (now - then) / (between - then)
        off_line = np.abs(middle + ratio * (later - middle) - last)
        off_curve = np.abs(middle * (later / middle) ** ratio - last)
        even = (off_line <= off_curve) & (run.recipe.optimizer.name != "SGD")
        falling = np.log(last / ARRIVED) / (np.log(middle / last) / (now - then))
        straight = (last - ARRIVED) / ((middle - last) / (now - then))
        needed = np.where(even, straight, falling) - (clock[-1] - now)
    needed = np.where(last < middle, np.maximum(needed, 1.0), np.inf)
    left = np.abs(away[-1])
    small = np.isinf(needed) & (left < SMALL * np.linalg.norm(left))
    needed = np.where((left <= ARRIVED) | small, 0.0, needed)
    return Pace(np.abs(away[0]), np.abs(away[-1]), needed, even)
