"""Where the library's own search leads from the end of a run: what the run is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.density import Pins
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import short
from bayesbench.fit.information import LEVEL, own_values
from bayesbench.fit.search import is_large

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded
    from bayesbench.layout import Layout

ARRIVED = 0.01  # standard errors: nearer than this to a maximum nothing is missing
FEW = 4  # parameters whose values are told
STEPS = 500  # of the search at most
ROUNDING = 1e-12  # of the largest curvature: what is less is none
PART = 0.3  # of a direction's largest entry: what is less is not named


@dataclass(frozen=True)
class Summit:
    """The end of a climb by L-BFGS and Newton steps, and the curvature there.

    Attributes
    ----------
    z : array, shape (size,)
    height : float
        The objective there.
    steps : int
        How many the climb took.
    curvature : array, shape (k,)
        The eigenvalues of the objective's negative Hessian in z that are not level, the
        largest first; empty where they are too many to compute.
    directions : array, shape (k, size)
        The eigenvectors, a row each.
    is_maximum : bool
        Whether the gradient vanishes there, and the objective falls along every direction
        that is not level.
    """

    z: np.ndarray
    height: float
    steps: int
    curvature: np.ndarray
    directions: np.ndarray
    is_maximum: bool

    def away(self, z: np.ndarray) -> np.ndarray:
        """How far z is from it along each direction, with the sign; shape (..., k)."""
        return np.asarray((z - self.z) @ self.directions.T)

    @property
    def steepest(self) -> float:
        """The largest curvature."""
        return float(self.curvature[0])

    @property
    def condition(self) -> float:
        """The condition number: the largest curvature over the smallest."""
        return float(self.curvature[0] / self.curvature[-1])


def summit(recorded: Recorded, start: np.ndarray) -> Summit:
    """Climb on from `start`, without regard to the recipe of the run; networks that are too
    large for curvature stay where they are.
    """
    from bayesbench.fit.mle import climber

    target, none = recorded.target, Pins.none(len(start))
    values, vectors = np.zeros(0), np.zeros((0, len(start)))
    if is_large(target.layout):
        return Summit(start, recorded.height(start), 0, values, vectors, False)
    run = climber(target, recorded.per, STEPS)(start, none)
    z, negative = run.z, -recorded.hessian(run.z)
    if np.isfinite(negative).all():
        values, vectors = np.linalg.eigh(negative)
        least = (LEVEL if target.layout.model.groups else ROUNDING) * np.abs(values).max()
        curved = np.abs(values[::-1]) > least
        values, vectors = values[::-1][curved], vectors.T[::-1][curved]
    falls = len(values) > 0 and bool((values > 0).all())
    decrement = np.inf
    if falls:
        decrement = np.sqrt(recorded.per * np.sum((vectors @ recorded.gradient(z)) ** 2 / values))
    height = recorded.height(z)
    return Summit(z, height, len(run.steps), values, vectors, bool(decrement <= ARRIVED))


def named(layout: Layout, direction: np.ndarray) -> str:
    """The parameters that a direction moves most, as `b`, `a - b`, or `the weights of f`."""
    entries = np.flatnonzero(np.abs(direction) >= PART * np.abs(direction).max())
    groups = {w: g for g, group in layout.model.groups.items() for w in group.parameters}
    moved = [groups.get(layout.entries[k].partition("[")[0]) for k in entries]
    if any(moved):
        return f"the weights of {' and '.join(dict.fromkeys(filter(None, moved)))}"
    words = name_in_formula(layout.entries[entries[0]])
    for k in entries[1:]:
        sign = "+" if direction[k] * direction[entries[0]] > 0 else "-"
        words += f" {sign} {name_in_formula(layout.entries[k])}"
    return words


def errors_away(recorded: Recorded, z: np.ndarray) -> float:
    """How many standard errors of the total log-likelihood z is from the summit."""
    top = recorded.summit
    return float(np.sqrt(recorded.per * np.sum(top.away(z) ** 2 * np.abs(top.curvature))))


def place(recorded: Recorded, z: np.ndarray) -> str:
    """The parameters at z, as `a = 0.5830, b = 0.1120`; nothing where they are many."""
    layout = recorded.target.layout
    if layout.model.groups or layout.size > FEW:
        return ""
    flat = own_values(recorded.target, z, Pins.none(len(z)))
    named = zip(layout.entries, flat, strict=True)
    return ", ".join(f"{name_in_formula(name)} = {short(value)}" for name, value in named)


def missing(recorded: Recorded, z: np.ndarray) -> str:
    """How far z is from the summit, in a few words."""
    top, where = recorded.summit, place(recorded, z)
    where = where and f"at {where}, "
    below = recorded.per * (top.height - recorded.height(z))
    if not len(top.curvature):
        return f"at a log-likelihood of {recorded.per * recorded.height(z):,.4g}"
    if below < -(ARRIVED**2) / 2:
        hill = "the maximum next to its end" if top.is_maximum else "what L-BFGS reaches from there"
        return f"{where}at a log-likelihood that is {-below:,.4g} higher than {hill}"
    if not top.is_maximum:
        return f"{where}{below:.3g} below the log-likelihood that L-BFGS reaches from its end"
    if recorded.target.layout.model.groups:  # other weights do the same: distances say little
        there = below <= ARRIVED**2 / 2
        return "at a maximum" if there else f"{below:.3g} below the log-likelihood at a maximum"
    away = errors_away(recorded, z)
    distance = f"{away:.3g}" if away > ARRIVED else f"less than {ARRIVED:g}"
    return f"{where}{distance} standard errors from the maximum"


def stopped_short(recorded: Recorded) -> bool:
    """Whether the run ended where its summit is in sight, and not yet reached."""
    if recorded.fit.status.name not in ("stopped early", "interrupted"):
        return False
    below = recorded.per * (recorded.summit.height - recorded.height(recorded.end))
    return bool(below > ARRIVED**2 / 2)
