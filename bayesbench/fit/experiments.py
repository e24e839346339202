"""Experiments on where a climb ended, which tell higher ground from none at all.

Each tries something on the function itself, and answers with what it saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesbench.density import Pins, entry_supports
from bayesbench.fit.information import CLOSE, CURVED, Information, own_values
from bayesbench.fit.objective import Objective
from bayesbench.supports import Support

NEAR_EDGE = 1e-3  # of the support's width; within it the edge itself is tried
SMALL_MOVE = 0.02  # of an entry, or of 1: wide enough to see a fourth power bend
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
        return bool(rises[-1] > rises[-3] > 0)


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
        width = support.upper - support.lower
        width = width if np.isfinite(width) else 1.0
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
            # What nothing reads is as high in the middle of its support as on the edge.
            inside = objective.value(np.where(np.arange(len(z)) == entry, 0.0, z), pins)
            matters = on_edge > inside + 10 * least
            if matters and (rises >= -least).all() and rises[2] <= rises[:2].sum() + least:
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


def far_out(objective: Objective, z: np.ndarray, directions: np.ndarray) -> bool:
    """Whether a direction moves an entry that lies e^±20 from an edge of its support."""
    moved = np.abs(directions).max(axis=0) > 1e-6 * np.abs(directions).max()
    return bool((np.abs(z) > 20)[_has_edge(objective) & moved].any())


def height_elsewhere(
    objective: Objective, climb: Climber, z: np.ndarray, pins: Pins, direction: np.ndarray
) -> float:
    """How much higher a curved ridge, or a plateau, leads on from here: zero if it is level.

    The entry that the direction moves most is displaced, and the others maximised anew.
    What is within rounding of zero is given as zero.
    """
    here, rises = objective.value(z, pins), []
    entry = int(np.argmax(np.abs(direction)))
    for step in (SMALL_MOVE, -SMALL_MOVE):
        at = z.copy()
        at[entry] += step * max(1.0, abs(z[entry]))
        rises.append(_maximised(objective, climb, at, pins, entry)[1] - here)
    best = float(np.nan_to_num(np.array(rises), nan=-np.inf).max())
    return 0.0 if abs(best) <= 10 * tolerance(here) else best


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
    for suspect in _suspects(objective, z, pins, found, drift):
        entry, profile, at = suspect.entry, [objective.value(z, pins)], z
        for step in suspect.steps:
            at, height = _maximised(objective, climb, at + step, pins, entry)
            profile.append(height)
            # Steps are long, and what they lead to takes long to climb: none more than it needs.
            if not (np.isfinite(height) and height >= profile[-2] - least):
                break
        if not np.isfinite(profile).all() or profile[-1] < profile[-2] - least:
            continue
        if suspect.must_rise and drift[entry]:
            # At its end the climb may be level to the last digit: look back as well.
            for part in (0.25, 0.1, 0.02):
                back = z - (1 - part) * drift
                profile.insert(0, _maximised(objective, climb, back, pins, entry)[1])
        if not np.isfinite(profile).all():
            continue
        rises = np.diff(profile)
        never_falls = bool((rises >= -least).all())
        if never_falls and (rises.sum() > 10 * least or not suspect.must_rise):
            support = _supports(objective)[entry]
            edge = support.upper if suspect.steps[0][entry] > 0 else support.lower
            return Endless(entry, edge, profile)
    return None


def _maximised(
    objective: Objective, climb: Climber, at: np.ndarray, pins: Pins, entry: int
) -> tuple[np.ndarray, float]:
    """The highest point with one entry held where it is, and its height.

    Raises
    ------
    KeyboardInterrupt
        If the climb was interrupted: a profile that was cut short says nothing.
    """
    held = pins.holding(entry, own_values(objective, at, pins)[entry])
    if not held.held.all():
        run = climb(at, held)
        if run.stop == "interrupted":
            raise KeyboardInterrupt
        at = np.where(np.arange(len(at)) == entry, at, run.z)
    return at, objective.value(at, held)


@dataclass(frozen=True)
class _Suspect:
    """An entry that may be on an endless climb, and the steps on which to follow it."""

    entry: int
    steps: np.ndarray  # of all entries, a row a step
    must_rise: bool


def _suspects(
    objective: Objective, z: np.ndarray, pins: Pins, found: Information | None, drift: np.ndarray
) -> list[_Suspect]:
    """What looks like an endless climb.

    Where the climb ended on a slope, that is what is still steep and what came far: these
    are followed to where no data reach, and must rise all the way. Where it ended on level
    ground, it is what should fall within a standard error and does not.
    """
    here, bounded = objective.value(z, pins), _has_edge(objective)
    gradient = np.nan_to_num(objective.gradient(z, pins)) * ~pins.held
    level = found is not None and found.distance(gradient) <= CLOSE
    steep = np.abs(gradient) > (np.inf if level else 1e-6 * max(1.0, abs(here)))
    far = np.abs(drift) > 5 * np.maximum(1.0, np.abs(z - drift))
    suspects: list[_Suspect] = []
    for which, way in ((steep, gradient), (far, drift)):
        for entry in sorted(map(int, np.flatnonzero(which)), key=lambda k: -abs(way[k]))[:3]:
            axis, line = np.arange(len(z)) == entry, max(1.0, abs(z[entry]))
            # On a half-line z is a logarithm: 4 + 4 + 8 + 16 is a factor of 10^14.
            sizes = [4, 4, 8, 16] if bounded[entry] else line * 100.0 ** np.arange(5)
            ways = [np.sign(way[entry]) * axis]
            if way is drift and not bounded[entry]:
                # Two that go out together: what bounds their ratio must not fall behind.
                ways.append(np.where(bounded, 0.0, drift) / abs(drift[entry]))
            steps = [np.outer(sizes, each) for each in ways]
            suspects += [_Suspect(entry, each, must_rise=True) for each in steps]
    if found is None or not level:
        return suspects
    size = np.where(bounded, 4.0, np.maximum(1.0, np.abs(z)))
    curved = np.flatnonzero(~found.flat & (found.eigenvalues > 0))
    for error in found.directions[curved] / np.sqrt(found.eigenvalues[curved])[:, None]:
        if np.abs(error).max() < 1e-10 * size.max():
            continue  # too short a step to be seen in z
        # A standard error of 30 in a logarithm or a logit is none. Neither has the function
        # fallen where it can't be evaluated.
        lost = bool((np.abs(error)[bounded] > 30).any())
        for step in (error, -error):
            if not lost and here - objective.value(z + step, pins) >= NO_FALL:
                continue
            worst = int(np.argmax(np.abs(step) / size))
            first = step * min(1.0, size[worst] / abs(step[worst]))
            suspects.append(_Suspect(worst, np.outer([1, 1, 2, 4], first), must_rise=False))
    return suspects


def _supports(objective: Objective) -> list[Support]:
    return entry_supports(objective.layout, objective.priors)


def _has_edge(objective: Objective) -> np.ndarray:
    return np.array([np.isfinite([s.lower, s.upper]).any() for s in _supports(objective)])
