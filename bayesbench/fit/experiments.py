"""Experiments on where a climb ended: is there higher ground, or none at all?

Each tries something on the function itself, and answers with what it saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesbench.density import Pins, entry_supports
from bayesbench.fit.information import CURVED, Information, own_values
from bayesbench.fit.objective import Objective
from bayesbench.supports import Support

NEAR_EDGE = 1e-3  # of the support's width; within it the edge itself is tried
NO_FALL = 0.01  # one standard error away, a regular log-density has fallen by about 1/2


@dataclass(frozen=True)
class Climb:
    """Where one run of an optimiser ended, and why."""

    z: np.ndarray
    steps: list[dict[str, float]]
    stop: str  # gradient | no progress | step limit | not finite | interrupted


Climber = Callable[[np.ndarray, Pins], Climb]


@dataclass(frozen=True)
class Endless:
    """An entry whose profile never falls, however far it is carried outwards."""

    entry: int
    edge: float
    profile: list[float]

    @property
    def grows(self) -> bool:
        """Whether it grows without limit, rather than towards one."""
        rises = np.diff(self.profile)
        return bool(rises[-1] > rises[0] > 0)


def tolerance(value: float) -> float:
    """What rounding may do to a sum of this size."""
    return 1e-11 * max(1.0, abs(value))


def ran_away(objective: Objective, z: np.ndarray, pins: Pins) -> bool:
    """Whether a free entry is further out than any data could ask for: e^±100 from an edge."""
    return bool((np.abs(z) > 100)[_has_edge(objective) & ~pins.held].any())


def higher_edge(objective: Objective, z: np.ndarray, pins: Pins) -> tuple[int, float, float] | None:
    """An edge of the support that is close by and at least as high, if there is one.

    The entry, the edge, and a value to hold the entry at: the edge, or a hair inside of it
    where the library can't evaluate the edge. On the way there the function must rise, and
    by ever less: else the maximum is just inside, or there is none.
    """
    if not objective.has_edges:
        return None
    here, values = objective.value(z, pins), own_values(objective, z, pins)
    for entry, support in enumerate(_supports(objective)):
        if pins.held[entry]:
            continue
        width = support.upper - support.lower if np.isfinite(support.upper) else 1.0
        for edge in (support.lower, support.upper):
            gap = values[entry] - edge
            if not abs(gap) < NEAR_EDGE * width:
                continue
            for at in (edge, edge + np.sign(gap) * 1e-300, np.nextafter(edge, values[entry])):
                way = [edge + 0.5 * gap, edge + 0.01 * gap, at]
                halfway, close, on_edge = (objective.value(z, pins.holding(entry, v)) for v in way)
                if np.isfinite(on_edge):
                    break
            least = tolerance(here)
            rises = np.array([halfway - here, close - halfway, on_edge - close])
            if (rises >= -least).all() and rises[2] <= rises[:2].sum() + least:
                return entry, edge, at
    return None


def way_up(
    objective: Objective, z: np.ndarray, pins: Pins, found: Information | None
) -> np.ndarray | None:
    """A higher point out of a saddle or off a plateau, where the function falls again beyond."""
    if found is None:
        return None
    least = tolerance(objective.value(z, pins))
    for eigenvalue, direction in zip(found.eigenvalues, found.directions, strict=True):
        if eigenvalue > CURVED:
            return None
        for sign in (1.0, -1.0):
            steps, rises = _along(objective, z, pins, sign * direction)
            if not len(rises):
                continue
            best = int(np.argmax(rises))
            if rises[best] > 10 * least and best < len(rises) - 1:
                return z + steps[best]
    return None


def constant_along(objective: Objective, z: np.ndarray, pins: Pins, direction: np.ndarray) -> bool:
    """Whether the function does not change along the direction, either way."""
    least = 100 * tolerance(objective.value(z, pins))
    both = [_along(objective, z, pins, sign * direction)[1] for sign in (1.0, -1.0)]
    return all(len(rises) > 0 and bool((np.abs(rises) <= least).all()) for rises in both)


def _along(
    objective: Objective, z: np.ndarray, pins: Pins, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Geometrically growing steps along a direction, and the rise at each, while finite."""
    sizes = max(1.0, np.abs(z).max()) * 4.0 ** np.arange(-5, 4)
    steps = sizes[:, None] * direction / np.abs(direction).max()
    rises = np.array([objective.value(z + step, pins) for step in steps])
    finite = int(np.argmin(np.append(np.isfinite(rises), False)))
    return steps[:finite], rises[:finite] - objective.value(z, pins)


def endless(
    objective: Objective,
    climb: Climber,
    z: np.ndarray,
    pins: Pins,
    found: Information | None,
    drift: np.ndarray,
) -> Endless | None:
    """An entry along which the function has no maximum, if there is one.

    The suspect is carried outwards step by step, the others maximised anew each time: the
    profile of the function. `drift` is how far each entry came to reach z.
    """
    least = tolerance(objective.value(z, pins))
    for entry, step, must_rise in _suspects(objective, z, pins, found, drift):
        profile, at = [objective.value(z, pins)], z
        for more in (1.0, 1.0, 2.0, 4.0):
            at = at + more * step
            held = pins.holding(entry, own_values(objective, at, pins)[entry])
            if not held.held.all():
                at = np.where(np.arange(len(z)) == entry, at, climb(at, held).z)
            profile.append(objective.value(at, held))
        rises = np.diff(profile)
        never_falls = bool(np.isfinite(profile).all() and (rises >= -least).all())
        if never_falls and (rises.sum() > 10 * least or not must_rise):
            support = _supports(objective)[entry]
            edge = support.upper if step[entry] > 0 else support.lower
            return Endless(entry, edge, profile)
    return None


def _suspects(
    objective: Objective, z: np.ndarray, pins: Pins, found: Information | None, drift: np.ndarray
) -> list[tuple[int, np.ndarray, bool]]:
    """Entries that may be on an endless climb, each with a first step outwards.

    Suspicious is where the function is still steep, and what came far: these must be seen
    to rise. So is what should fall within a standard error and does not.
    """
    here = objective.value(z, pins)
    # On a half-line z is a logarithm: a step of 4 is a factor of 55.
    size = np.where(_has_edge(objective), 4.0, np.maximum(1.0, np.abs(z)))
    suspects: dict[tuple[int, float, bool], tuple[int, np.ndarray, bool]] = {}

    def suspect(direction: np.ndarray, must_rise: bool) -> None:
        entry = int(np.argmax(np.abs(direction) / size))
        step = direction * min(1.0, size[entry] / abs(direction[entry]))
        suspects.setdefault((entry, float(np.sign(step[entry])), must_rise), (entry, step, must_rise))

    axes = np.diag(size)
    gradient = np.nan_to_num(objective.gradient(z, pins)) * ~pins.held
    for entry in np.argsort(-np.abs(gradient))[:3]:
        if abs(gradient[entry]) > 1e-6 * max(1.0, abs(here)):
            suspect(np.sign(gradient[entry]) * axes[entry], must_rise=True)
    for entry in np.argsort(-np.abs(drift))[:3]:
        if abs(drift[entry]) > 5 * max(1.0, abs(z[entry] - drift[entry])):
            suspect(np.sign(drift[entry]) * axes[entry], must_rise=True)
    if found is not None:
        for eigenvalue, direction in zip(found.eigenvalues, found.directions, strict=True):
            resolved = np.abs(direction).max() > 1e-10 * np.sqrt(abs(eigenvalue)) * size.max()
            if eigenvalue <= 0 or not resolved:
                continue
            for step in (direction / np.sqrt(eigenvalue), -direction / np.sqrt(eigenvalue)):
                # Neither has it fallen where it can't be evaluated: NaN is suspicious.
                if not here - objective.value(z + step, pins) >= NO_FALL:
                    suspect(step, must_rise=False)
    return list(suspects.values())


def _supports(objective: Objective) -> list[Support]:
    return entry_supports(objective.layout, objective.priors)


def _has_edge(objective: Objective) -> np.ndarray:
    return np.array([np.isfinite([s.lower, s.upper]).any() for s in _supports(objective)])
