"""The judgement of a search over the many weights of networks, by experiments without curvature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.collapse import Collapse, collapse
from bayesbench.fit.experiments import Climber
from bayesbench.fit.maximum import Maximum
from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Status
from bayesbench.fit.run import Run
from bayesbench.fit.search import Search
from bayesbench.fit.starts import random_starts
from bayesbench.layout import Bound

SETTLED = 0.01  # of a log-density: what nearby climbs may still gain, all together
LOOKS = 8  # climbs in a row that must gain no more than that
RETURNED = 4  # of which so many must come back as high: the climber can climb there
MOST = 60  # such climbs at most


def end(
    objective: Objective, z: np.ndarray, steps: list[dict[str, float]], status: Status
) -> Maximum:
    """What a search came to, without curvature: no standard errors, no null directions."""
    none, size = Pins.none(len(z)), len(z)
    with np.errstate(over="ignore"):  # where a run diverged, a square may be no number
        norm = float(np.linalg.norm(objective.gradient(z, none)))
    unknown = np.full((size, size), np.nan)
    return Maximum(z, none, {}, objective.value(z, none), norm, steps, status, unknown)


def diverged(run: Run, start: int) -> Status:
    """How a run ended that led out of the numbers: the step, its learning rate, its gradient."""
    at = int(run.steps[start])
    trace = run.trace(start)
    if np.isnan(trace["gradient_norm"][-1]):  # no step was taken
        sentence = "diverged: the gradient is no number at the start; begin elsewhere."
        return Status("diverged", sentence)
    became = run.log_likelihood[at + 1, start] if at + 1 < len(run.log_likelihood) else np.nan
    where = (
        "where the gradient is no number"
        if np.isfinite(became)
        else f"to a log-likelihood of {became}"
    )
    sentence = (
        f"diverged: step {at + 1:,} of {run.recipe.optimizer.name}, of length "
        f"{trace['step_size'][-1]:.3g} with the learning rate {trace['learning_rate'][-1]:g} and a "
        f"gradient of norm {trace['gradient_norm'][-1]:.3g}, led {where}; "
        "take a smaller learning rate."
    )
    return Status("diverged", sentence)


def training_ended(
    bound: Bound, objective: Objective, optimizer: str, steps: int, stop: str
) -> Status:
    """How a training run for maximum likelihood ended: never at a maximum that is known."""
    run = f"a training run of {steps:,} steps of {optimizer}"
    if stop == "interrupted":
        return Status("interrupted", f"interrupted: after {steps:,} steps of {optimizer}.")
    closed = collapse(bound, objective)
    if closed is not None:
        return Status("unbounded", f"unbounded: {_closing(closed)}; what is shown is {run}.")
    return Status(
        "stopped early",
        f"stopped early: {run} ended where no maximum is known to be; what is shown is its end.",
    )


def unless_it_closes(bound: Bound, objective: Objective, done: Search) -> Search:
    """The same search, ended as `unbounded` if a scale of its networks can close onto a row.

    A local maximum may have been found all the same: there is no highest.
    """
    closed = collapse(bound, objective) if bound.model.groups else None
    if closed is None or done.found.status.name == "interrupted":
        return done
    words = f"unbounded: {_closing(closed)}; what is shown is where the search ended."
    return replace(done, found=replace(done.found, status=Status("unbounded", words)))


def _closing(found: Collapse) -> str:
    heights = ", ".join(
        f"{height:.0f} at {scale:.0e}"
        for height, scale in zip(found.heights, found.scales, strict=True)
    )
    return (
        f"with the mean through row {found.row + 1} and the scale going to zero there and nowhere "
        f"else, the log-likelihood grows without limit ({heights}), so there is no estimate "
        "(a scale bounded from below, or a prior, as MAP and posterior have, mends that)"
    )


def settle(
    objective: Objective, climb: Climber, look: Climber, start: np.ndarray, seed: int
) -> tuple[np.ndarray, list[dict[str, float]], Status]:
    """Climb, and look by shorter climbs from points nearby until these gain next to nothing.

    Networks of ReLUs have kinks: at the top of one the gradient does not vanish, and a
    climb may stop on its slope. So the judgement is that of many climbs.
    """
    layout, none = objective.layout, Pins.none(len(start))
    first = climb(start, none)
    z, steps = first.z, [{"climb": 0, **step} for step in first.steps]
    if first.stop == "interrupted":
        return z, steps, Status("interrupted", f"interrupted: after {len(steps)} steps.")
    height, gains, back = objective.value(z, none), list[float](), list[bool]()
    if not np.isfinite(height):
        sentence = f"stopped early: {objective.words} is {height} where the search ended"
        return z, steps, Status("stopped early", f"{sentence}; give start= values.")
    generator = np.random.default_rng([seed, 3])
    away = random_starts(layout, MOST, seed)
    for number in range(MOST):
        run = look(z + away[number] * 10.0 ** -generator.integers(1, 5), none)
        if run.stop == "interrupted":
            return z, steps, Status("interrupted", f"interrupted: after {len(steps)} steps.")
        found = objective.value(run.z, none)
        gains.append(max(0.0, found - height) if np.isfinite(found) else 0.0)
        back.append(bool(found >= height - SETTLED))
        if found > height:
            z, height = run.z, found
            steps += [{"climb": number + 1, **step} for step in run.steps]
        settled = len(gains) >= LOOKS and sum(back[-LOOKS:]) >= RETURNED
        if settled and sum(gains[-LOOKS:]) <= SETTLED:
            break
    last, returned = sum(gains[-LOOKS:]), sum(back[-LOOKS:])
    words = (
        f"the last {LOOKS} of {len(gains)} climbs from nearby gained {last:.2g} of "
        f"{objective.words} together, and {returned} of them came back to it"
    )
    if not (last <= SETTLED and returned >= RETURNED):
        return z, steps, Status("stopped early", f"stopped early: {words}; start elsewhere.")
    sentence = f"converged: {words}; a network has many modes, and this is the highest that was met"
    return z, steps, Status("converged", f"{sentence}.")
