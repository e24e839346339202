"""The search for a maximum, and the judgement of what was found.

A search is a climb, by whichever optimiser, followed by experiments on where it ended:
does the function still rise towards an edge of the support, without end, or out of a
saddle; is there a direction in which it does not change. Each way of ending has its name
here, once, for maximum likelihood and MAP alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bayesbench.density import Pins, entry_supports
from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Status

CLOSE = 1e-4  # standard errors between the last iterate and the maximum: at most this
CURVED = 1e-9  # an eigenvalue of the scaled information below this is no curvature
NEAR_EDGE = 1e-3  # of the support's width; within it the edge itself is tried
ROUNDS = 12  # climbs at most, each from where an experiment found a higher value
LARGEST = 1000  # entries up to which curvature is computed: it takes size² numbers


@dataclass(frozen=True)
class Climb:
    """Where one run of an optimiser ended, and why."""

    z: np.ndarray
    steps: list[dict[str, float]]
    stop: str  # gradient | no progress | step limit | not finite | interrupted


@dataclass(frozen=True)
class Maximum:
    """The end of a search.

    `covariance` is the inverse of the negative Hessian of the total in z, with zeros for
    what is held and NaN where there is no curvature; `null` holds the directions in z,
    one a row, in which nothing changes.
    """

    z: np.ndarray
    pins: Pins
    value: float
    status: Status
    steps: list[dict[str, float]]
    gradient_norm: float
    covariance: np.ndarray | None = None
    null: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    null_words: tuple[str, ...] = ()
    distance: float = np.nan  # to the maximum, in standard errors


Climber = Callable[[np.ndarray, Pins], Climb]


def find_maximum(objective: Objective, climb: Climber, start: np.ndarray) -> Maximum:
    """Climb from `start`, and climb again as long as an experiment finds higher ground."""
    z, pins = start, Pins.none(len(start))
    steps: list[dict[str, float]] = []
    for round_ in range(ROUNDS):
        run = climb(z, pins)
        steps += [step | {"climb": round_, "step": len(steps) + k} for k, step in enumerate(run.steps)]
        z = run.z
        if run.stop == "interrupted":
            words = f"interrupted after {len(steps)} steps, before a maximum was found."
            return _ended(objective, z, pins, steps, Status("interrupted", words))
        edge = _edge_that_is_higher(objective, z, pins)
        if edge is not None:
            pins = pins.holding(*edge)
            if pins.held.all():
                break
            continue
        higher = _way_up(objective, z, pins)
        if higher is None:
            break
        z = higher
    return _judge(objective, climb, z, pins, steps, run.stop, start)


def tolerance(value: float) -> float:
    """What rounding may do to a sum of this size."""
    return 1e-11 * max(1.0, abs(value))


def _edge_that_is_higher(
    objective: Objective, z: np.ndarray, pins: Pins
) -> tuple[int, float] | None:
    """An edge of the support that is close by and at least as high, if there is one.

    It must also be higher than points on the way to it, so that a maximum just inside
    is not mistaken for one on the edge.
    """
    here = objective.value(z, pins)
    values = np.concatenate([np.ravel(v) for v in objective.constrain(z, pins).values()])
    for entry, support in enumerate(entry_supports(objective.layout, objective.priors)):
        if pins.held[entry]:
            continue
        width = support.upper - support.lower if np.isfinite(support.upper) else 1.0
        for edge in (support.lower, support.upper):
            gap = values[entry] - edge
            if not abs(gap) < NEAR_EDGE * width:
                continue
            on_edge = objective.value(z, pins.holding(entry, edge))
            between = [
                objective.value(z, pins.holding(entry, edge + part * gap)) for part in (0.5, 0.01)
            ]
            if np.isfinite(on_edge) and on_edge >= max(here, *between) - tolerance(here):
                return entry, edge
    return None


def _information(objective: Objective, z: np.ndarray, pins: Pins) -> tuple[Any, Any, Any] | None:
    """Eigenvalues and directions of the negative Hessian in units of its own diagonal.

    The directions are in z, one a row, over the free entries; None if there is no
    curvature to be had, or nothing is free.
    """
    free = np.flatnonzero(~pins.held)
    if len(free) > LARGEST or not len(free):
        return None
    information = -objective.hessian(z, pins)[np.ix_(free, free)]
    if not np.isfinite(information).all():
        return None
    diagonal = np.abs(np.diag(information))
    unit = 1 / np.sqrt(np.where(diagonal > 1e-290, diagonal, 1.0))
    eigenvalues, vectors = np.linalg.eigh(information * np.outer(unit, unit))
    directions = np.zeros((len(free), len(z)))
    directions[:, free] = (unit[:, None] * vectors).T
    return free, eigenvalues, directions


def _along(objective: Objective, z: np.ndarray, pins: Pins, direction: np.ndarray) -> np.ndarray:
    """The rise at geometrically growing steps along a direction, until it is not finite."""
    here = objective.value(z, pins)
    unit = direction / np.abs(direction).max()
    rises = []
    for step in max(1.0, np.abs(z).max()) * 4.0 ** np.arange(-5, 4):
        value = objective.value(z + step * unit, pins)
        if not np.isfinite(value):
            break
        rises.append((step, value - here))
    return np.array(rises).reshape(-1, 2)


def _way_up(objective: Objective, z: np.ndarray, pins: Pins) -> np.ndarray | None:
    """A higher point out of a saddle or off a plateau, where the function falls again beyond."""
    found = _information(objective, z, pins)
    if found is None:
        return None
    _, eigenvalues, directions = found
    least = tolerance(objective.value(z, pins))
    for eigenvalue, direction in zip(eigenvalues, directions, strict=True):
        if eigenvalue > CURVED:
            break
        for sign in (1.0, -1.0):
            rises = _along(objective, z, pins, sign * direction)
            if not len(rises):
                continue
            best = int(np.argmax(rises[:, 1]))
            if rises[best, 1] > 10 * least and best < len(rises) - 1:
                return z + sign * rises[best, 0] * direction / np.abs(direction).max()
    return None


def _judge(
    objective: Objective,
    climb: Climber,
    z: np.ndarray,
    pins: Pins,
    steps: list[dict[str, float]],
    stop: str,
    start: np.ndarray,
) -> Maximum:
    held = [objective.layout.entries[i] for i in np.flatnonzero(pins.held)]
    at_edge = ", ".join(
        f"{name} = {pins.values[objective.layout.entries.index(name)]:g}" for name in held
    )
    boundary = Status(
        "boundary",
        f"{objective.words} is largest on the edge of the support, at {at_edge}: "
        "it rises up to the edge, so it has no curvature there to give a standard error.",
    )
    if pins.held.all():
        zero = np.zeros((len(z), len(z)))
        return replace(_ended(objective, z, pins, steps, boundary), covariance=zero, distance=0.0)
    endless = _endless(objective, climb, z, pins, stop, start)
    if endless is not None:
        return _ended(objective, z, pins, steps, endless)
    found = _information(objective, z, pins)
    gradient = objective.gradient(z, pins)
    if found is None:
        return _without_curvature(objective, z, pins, steps, stop)
    free, eigenvalues, directions = found
    flat = np.abs(eigenvalues) <= CURVED * len(free)
    null = directions[[k for k in np.flatnonzero(flat) if _constant(objective, z, pins, directions[k])]]
    curved = ~flat
    scores = directions[curved] @ gradient
    # The Newton step's length in units of the standard error (the Newton decrement).
    distance = float(np.sqrt(np.sum(scores**2 / np.abs(eigenvalues[curved]))))
    if len(null):
        words = null_combinations(objective, z, pins, null)
        sentence = (
            f"not identified: changing {' or '.join(words)} leaves {objective.words} as it is, "
            "so other values fit exactly as well; fix one of them or give it a proper prior."
        )
        ended = _ended(objective, z, pins, steps, Status("not identified", sentence))
        return replace(ended, null=null, null_words=words, distance=distance)
    covariance = np.full((len(z), len(z)), np.nan)
    if not flat.any() and (eigenvalues > 0).all():
        covariance = (directions.T / eigenvalues) @ directions
    is_maximum = bool((eigenvalues > -CURVED * len(free)).all()) and distance <= CLOSE
    if is_maximum and not held:
        sentence = f"converged: {distance:.1g} standard errors from the maximum of {objective.words}."
        status = Status("converged", sentence)
    elif is_maximum:
        status = boundary
    else:
        why = "the step limit was reached" if stop == "step limit" else f"the climb ended ({stop})"
        status = Status(
            "stopped early",
            f"stopped early: {why} about {distance:.2g} standard errors from the maximum of "
            f"{objective.words}; allow more steps or start elsewhere.",
        )
    ended = _ended(objective, z, pins, steps, status)
    return replace(ended, covariance=covariance, distance=distance)


def _ended(
    objective: Objective, z: np.ndarray, pins: Pins, steps: list[dict[str, float]], status: Status
) -> Maximum:
    gradient_norm = float(np.linalg.norm(objective.gradient(z, pins)))
    return Maximum(z, pins, objective.value(z, pins), status, steps, gradient_norm)


def _without_curvature(
    objective: Objective, z: np.ndarray, pins: Pins, steps: list[dict[str, float]], stop: str
) -> Maximum:
    small = stop == "gradient"
    words = "converged by its gradient alone" if small else f"stopped early ({stop})"
    status = Status(
        "converged" if small else "stopped early",
        f"{words}: the curvature of {objective.words} was not computed.",
    )
    return _ended(objective, z, pins, steps, status)


def _constant(objective: Objective, z: np.ndarray, pins: Pins, direction: np.ndarray) -> bool:
    """Whether the function does not change along the direction, either way."""
    least = 100 * tolerance(objective.value(z, pins))
    both = [_along(objective, z, pins, sign * direction) for sign in (1.0, -1.0)]
    return all(len(r) > 0 and bool((np.abs(r[:, 1]) <= least).all()) for r in both)


def _endless(
    objective: Objective,
    climb: Climber,
    z: np.ndarray,
    pins: Pins,
    stop: str,
    start: np.ndarray,
) -> Status | None:
    """Whether the function keeps rising as one entry goes to an end of its line.

    That entry is carried outwards step by step, the others maximised anew each time: the
    profile of the function. It has no maximum if the profile rises at every step.
    """
    suspects = _suspects(objective, z, pins, stop, start)
    least = tolerance(objective.value(z, pins))
    for entry, sign in suspects:
        profile = [objective.value(z, pins)]
        at = z.copy()
        for step in max(1.0, abs(z[entry]) / 4) * np.array([1.0, 2.0, 4.0, 8.0]):
            at[entry] = z[entry] + sign * step
            own = np.concatenate([np.ravel(v) for v in objective.constrain(at, pins).values()])
            held = pins.holding(entry, own[entry])
            ended = climb(at, held) if not held.held.all() else Climb(at, [], "gradient")
            if ended.stop == "interrupted":
                return Status("interrupted", "interrupted while the profile was examined.")
            at = ended.z.copy()
            at[entry] = z[entry] + sign * step
            profile.append(objective.value(at, held))
        rises = np.diff(profile)
        if not (np.isfinite(profile).all() and (rises >= 0).all() and rises.sum() > 10 * least):
            continue
        support = entry_supports(objective.layout, objective.priors)[entry]
        edge = support.upper if sign > 0 else support.lower
        name = objective.layout.entries[entry]
        grows = rises[-1] > rises[0]
        how = (
            "grows without limit"
            if grows
            else f"rises towards {profile[-1]:.6g} and never reaches a maximum"
        )
        words = ", ".join(f"{p:.6g}" for p in profile)
        return Status(
            "unbounded",
            f"unbounded: {objective.words} {how} as {name} goes to {_edge_words(edge)} "
            f"(with the rest maximised each time: {words}); there is no estimate. Bound "
            f"{name} away from there, or give it a prior.",
        )
    return None


def _edge_words(edge: float) -> str:
    return f"{edge:g}" if np.isfinite(edge) else ("infinity" if edge > 0 else "minus infinity")


def _suspects(
    objective: Objective, z: np.ndarray, pins: Pins, stop: str, start: np.ndarray
) -> list[tuple[int, float]]:
    """Entries of z, with the way that they were going, that may be on an endless climb."""
    found = _information(objective, z, pins)
    drift = np.where(pins.held, 0.0, z - start)
    suspects: list[tuple[int, float]] = []
    if found is not None and stop in ("gradient", "no progress"):
        here = objective.value(z, pins)
        _, eigenvalues, directions = found
        for eigenvalue, direction in zip(eigenvalues, directions, strict=True):
            if eigenvalue <= 0:
                continue
            step = direction / np.sqrt(eigenvalue)
            for sign in (1.0, -1.0):
                # One standard error away a regular log-density has fallen by about 1/2.
                fall = here - objective.value(z + sign * step, pins)
                if fall < 0.01:
                    entry = int(np.argmax(np.abs(step)))
                    suspects.append((entry, float(np.sign(sign * step[entry]))))
        gradient = objective.gradient(z, pins)
        steep = np.flatnonzero(np.abs(gradient) > 1e-6 * max(1.0, abs(here)))
        suspects += [(int(k), float(np.sign(gradient[k]))) for k in steep]
    else:
        order = np.argsort(-np.abs(drift))[:3]
        suspects += [(int(k), float(np.sign(drift[k]))) for k in order if drift[k] != 0]
    return list(dict.fromkeys(suspects))[:6]


def null_combinations(
    objective: Objective, z: np.ndarray, pins: Pins, null: np.ndarray
) -> tuple[str, ...]:
    """The null directions as combinations of the parameters: "b + c".

    Moving along (1, 1) in (b, c) changes b + c and leaves b - c as it is. The directions
    are taken to the parameters' own scale and reduced to as few names as possible.
    """
    own = null * _slopes(objective, z, pins)
    rows = [row / np.abs(row).max() for row in own]
    reduced = np.array(rows)
    for k in range(len(reduced)):
        column = int(np.argmax(np.abs(reduced[k])))
        reduced[k] /= reduced[k, column]
        for other in range(len(reduced)):
            if other != k:
                reduced[other] -= reduced[other, column] * reduced[k]
    return tuple(_combination(row, objective.layout.entries) for row in reduced)


def _combination(weights: np.ndarray, names: tuple[str, ...]) -> str:
    weights = weights / np.abs(weights).max()
    kept = [(w, name) for w, name in zip(weights, names, strict=True) if abs(w) > 1e-6]
    words = ""
    for weight, name in kept:
        size = "" if abs(abs(weight) - 1) < 1e-6 else f"{abs(weight):.3g}·"
        sign = " + " if weight * kept[0][0] > 0 else " - "
        words += (sign if words else "") + size + name
    return words


def _slopes(objective: Objective, z: np.ndarray, pins: Pins) -> np.ndarray:
    """dθ/dz of each entry, by a central difference: each entry depends on its own z alone."""
    step = 1e-6
    up, down = (
        np.concatenate([np.ravel(v) for v in objective.constrain(z + s, pins).values()])
        for s in (step, -step)
    )
    return (up - down) / (2 * step)


def own_scale_errors(objective: Objective, found: Maximum) -> np.ndarray:
    """The standard error of each entry on the parameters' own scale; NaN where there is none.

    The inverse of the observed information (Efron and Hinkley 1978), carried over from z:
    at a maximum, where the gradient vanishes, both scales give the same.
    """
    if found.covariance is None:
        return np.full(len(found.z), np.nan)
    errors = np.sqrt(np.diag(found.covariance)) * np.abs(_slopes(objective, found.z, found.pins))
    return np.where(found.pins.held, np.nan, errors)
