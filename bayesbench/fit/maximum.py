"""The search for a maximum, and the judgement of what was found.

A search is a climb, by whichever optimiser, and another one from wherever an experiment
finds higher ground. Each way of ending has its name here, once, for maximum likelihood
and MAP alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from bayesbench.density import Pins
from bayesbench.describe import name_in_formula
from bayesbench.fit import experiments
from bayesbench.fit.experiments import Climb, Climber
from bayesbench.fit.information import (
    CLOSE,
    Information,
    combinations,
    information,
    without_rounding,
)
from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Status
from bayesbench.layout import Layout

CLOSE_OF_WEIGHTS = 1e-2  # standard errors, along what the data inform
ROUNDS = 12  # climbs at most, each from where an experiment found a higher value


@dataclass(frozen=True)
class Maximum:
    """The end of a search.

    `edges` are the entries that lie on an edge of the support, with the edge. `covariance`
    is the inverse of the information in z, zero for these, NaN where there is no
    curvature. `null` holds the directions in z, one a row, along which nothing changes,
    and `null_words` these in the parameters' names. `distance` is that to the maximum in
    standard errors: the Newton decrement.
    """

    z: np.ndarray
    pins: Pins
    edges: dict[int, float]
    value: float
    gradient_norm: float
    steps: list[dict[str, float]]
    status: Status
    covariance: np.ndarray
    null: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    null_words: tuple[str, ...] = ()
    distance: float = np.nan


def find_maximum(objective: Objective, climb: Climber, start: np.ndarray) -> Maximum:
    """Climb from `start`, and climb again as long as an experiment finds higher ground."""
    pins, edges = Pins.none(len(start)), dict[int, float]()
    run = Climb(start, [], "gradient")
    steps: list[dict[str, float]] = []
    for number in range(ROUNDS):
        if not pins.held.all():
            run = climb(run.z, pins)
        steps += [{"climb": number, "step": len(steps) + k} | s for k, s in enumerate(run.steps)]
        if run.stop == "interrupted":
            break
        edge = experiments.higher_edge(objective, run.z, pins)
        if edge is not None:
            entry, edges[edge[0]], held_at = edge
            pins = pins.holding(entry, held_at)
            continue
        higher = experiments.way_up(objective, run.z, pins, information(objective, run.z, pins))
        if higher is None:
            break
        run = Climb(higher, [], run.stop)
    try:
        return _judged(objective, climb, run, pins, edges, steps, start)
    except KeyboardInterrupt:  # while the experiments ran
        cut = replace(run, stop="interrupted")
        return _judged(objective, climb, cut, pins, edges, steps, start)


def judge(objective: Objective, climb: Climber, run: Climb, start: np.ndarray) -> Maximum:
    """The end of a run as it is, with what the experiments say of it; they climb by `climb`."""
    pins = Pins.none(len(start))
    try:
        found = _judged(objective, climb, run, pins, {}, run.steps, start)
        return _below_an_edge(objective, climb, run, found)
    except KeyboardInterrupt:
        cut = replace(run, stop="interrupted")
        return _judged(objective, climb, cut, pins, {}, run.steps, start)


def _below_an_edge(objective: Objective, climb: Climber, run: Climb, found: Maximum) -> Maximum:
    """The same, if the climb is not endless but one to the edge of a support."""
    if found.status.name != "unbounded" or not objective.has_edges:
        return found
    top = find_maximum(objective, climb, run.z)
    if top.status.name != "boundary":
        return found
    sentence = (
        f"stopped early: {_why(run.stop)}, and {objective.words} is largest on the edge of the "
        f"support, at {_edges_in_words(objective, top.edges)}, where no step arrives; leave the "
        "optimizer out, and the fit takes the edge itself."
    )
    return replace(found, status=Status("stopped early", sentence))


def _edges_in_words(objective: Objective, edges: dict[int, float]) -> str:
    return ", ".join(
        f"{name_in_formula(objective.layout.entries[k])} = {edge:g}" for k, edge in edges.items()
    )


def _judged(
    objective: Objective,
    climb: Climber,
    run: Climb,
    pins: Pins,
    edges: dict[int, float],
    steps: list[dict[str, float]],
    start: np.ndarray,
) -> Maximum:
    z, what = run.z, objective.words
    gradient = np.where(pins.held, 0.0, objective.gradient(z, pins))
    size = len(z)
    none = np.full((size, size), np.nan)

    def ended(
        name: str,
        sentence: str,
        covariance: np.ndarray = none,
        distance: float = np.nan,
        null: np.ndarray = none[:0],
        null_words: tuple[str, ...] = (),
    ) -> Maximum:
        norm, value = float(np.linalg.norm(gradient)), objective.value(z, pins)
        status = Status(name, f"{name}: {sentence}")
        rest = (covariance, null, null_words, distance)
        return Maximum(z, pins, edges, value, norm, steps, status, *rest)

    if run.stop == "interrupted":
        return ended("interrupted", f"after {len(steps)} steps, before {what} was at its maximum.")
    on_edge = (
        f"{what} is largest on the edge of the support, at {_edges_in_words(objective, edges)}; "
        "it rises up to there, so its curvature gives no standard error."
    )
    if pins.held.all():
        return ended("boundary", on_edge, np.zeros((size, size)), 0.0)
    found = information(objective, z, pins)
    drift = np.where(pins.held, 0.0, z - start)
    away = experiments.endless(objective, climb, z, pins, found, drift)
    if away is not None:
        return ended("unbounded", no_maximum(objective.layout, what, away))
    if found is None:
        return ended(
            "stopped early", f"{_why(run.stop)}, and the curvature of {what} is not known."
        )
    if objective.layout.model.groups and found.level.any():
        return _of_weights(objective, z, found, gradient, ended, run.stop)
    distance, down = found.distance(gradient), bool((found.eigenvalues[~found.flat] > 0).all())
    if not (distance <= CLOSE and down):
        where = f"about {distance:.2g} standard errors from a maximum"
        if not down:  # a saddle is one only where its slope vanishes
            where = "in a saddle" if distance <= 1 else "still on a slope"
        where = where if np.isfinite(distance) else "still on a slope"
        remedy = "allow more steps, start elsewhere, or rescale the data"
        sentence = f"{_why(run.stop)}, {where} of {what}; {remedy}."
        return ended("stopped early", sentence, none, distance)
    flat = found.directions[found.flat]
    straight = [d for d in flat if experiments.constant_along(objective, z, pins, d)]
    if len(flat) and experiments.far_out(objective, z, flat):
        sentence = f"{what} is level only where rounding hides its slope; it may have no maximum."
        return ended("stopped early", sentence, none, distance)
    heights = [experiments.height_elsewhere(objective, climb, z, pins, d) for d in flat]
    if not straight and any(height > 0 for height in heights):
        sentence = f"{what} still rises where its curvature vanishes; it may have no maximum."
        return ended("stopped early", sentence, none, distance)
    null = np.array(straight or [d for d, h in zip(flat, heights, strict=True) if h == 0])
    if len(null):
        null = without_rounding(null, found.unit)
        words = combinations(objective, z, null, found.unit)
        others = "" if objective.priors else " (MAP and posterior do)"
        here = "" if straight else ", to first order and at this point,"
        sentence = (
            f"changing {' or '.join(words)} leaves {what}{here} as it is, so other values fit "
            f"exactly as well; fix one of them, or use a proper prior{others}."
        )
        return ended("not identified", sentence, none, distance, null, words)
    if edges:
        return ended("boundary", on_edge, found.covariance, distance)
    sentence = f"{distance:.1g} standard errors from a maximum of {what}."
    if len(flat):
        sentence += " Its curvature vanishes there, so it gives no standard error."
    return ended("converged", sentence, found.covariance, distance)


def _of_weights(
    objective: Objective,
    z: np.ndarray,
    found: Information,
    gradient: np.ndarray,
    ended: Callable[..., Maximum],
    stop: str,
) -> Maximum:
    """A search among weights of which the data leave some open, as they do of most networks.

    Which combinations these are tells nobody anything: they are counted, not named.
    """
    curved = found.eigenvalues[~found.level]
    distance = found.distance(gradient, found.level)
    if not (distance <= CLOSE_OF_WEIGHTS and (curved > 0).all()):
        sentence = f"{_why(stop)}, about {distance:.2g} standard errors from a maximum of weights."
        return ended("stopped early", sentence, distance=distance)
    open_ways = int(found.level.sum())
    sentence = (
        f"{open_ways} of the {len(z)} directions that the weights have leave {objective.words} as "
        "it is, to second order, so other weights fit as well, and may predict otherwise where "
        "there are no data; a prior on the weights (MAP and posterior have one) settles that."
    )
    null = found.directions[found.level]
    return ended("not identified", sentence, distance=distance, null=null)


def _why(stop: str) -> str:
    """The way in which a climb ended, to begin a sentence."""
    return {
        "step limit": "the step limit was reached",
        "gradient": "the gradient is zero",
        "not finite": "the next step led out of the numbers",
    }.get(stop, "no step led higher")


def no_maximum(layout: Layout, what: str, away: experiments.Endless) -> str:
    """Why there is no estimate, in words; `what` is climbed."""
    name = name_in_formula(layout.entries[away.entry])
    edge = f"{away.edge:g}".replace("inf", "infinity")
    how = "grows without limit" if away.grows else "has no maximum: it does not fall again"
    values = ", ".join(f"{value:.6g}" for value in away.profile)
    return (
        f"{what} {how} as {name} goes to {edge} (the rest maximised each time: "
        f"{values}); there is no estimate. Keep {name} away from there, "
        "or use a prior on it (MAP and posterior do)."
    )
