"""Whether the curvature differs so much between directions that no one rate suits them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.limits import limit
from bayesbench.diagnose.optimisation.pace import Pace, pace
from bayesbench.diagnose.optimisation.summit import (
    ARRIVED,
    FEW,
    errors_away,
    missing,
    named,
    stopped_short,
    summit,
)
from bayesbench.diagnose.optimisation.trials import Trial, tried, two_figures

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

ILL = 10  # a condition number from which on it is worth a word
BEHIND = 3  # times as many steps as the steepest direction: a flat one holds the run up
AWAY = -0.1  # of the way at the start: the run has come no nearer, but went farther off
ADAM = (1e-3, 1e-2)  # learning rates of Adam that are tried


def look(recorded: Recorded) -> list[Finding]:
    """The steep and the flat directions, how far each has come, and what treats them alike."""
    if not stopped_short(recorded) or recorded.run.steps[recorded.start] < 10:
        return []
    top = recorded.summit
    # What rescales each entry of the gradient is not held up by a difference in curvature.
    if recorded.run.recipe.optimizer.name != "SGD" or recorded.target.layout.model.groups:
        return []
    if not top.is_maximum or len(top.curvature) < 2 or top.condition < ILL:
        return []
    going = pace(recorded)
    slow = going.slowest
    if top.curvature[slow] * ILL > top.steepest or going.steps[slow] < BEHIND * going.steps[0]:
        return []
    if min(going.done[0], going.done[slow]) < AWAY:
        return []  # steps that lead away are too long, and that is said elsewhere
    layout = recorded.target.layout
    steep, flat = (named(layout, top.directions[k]) for k in (0, slow))
    if steep == flat:
        steep, flat = f"a steep direction of {steep}", f"a flat one of {flat}"
    scaled, unit = _rescaled(recorded)
    trials = _trials(recorded, unit, scaled)
    newton = summit(recorded, recorded.run.starts[recorded.start])
    objective = f"the {recorded.run.recipe.objective} log-likelihood"
    units = _units(recorded, unit)
    ends = [f"{name} it is {missing(recorded, trial.z)}" for name, trial in trials.items()]
    if errors_away(recorded, newton.z) <= ARRIVED:
        ends.append(
            f"with L-BFGS and Newton steps it is {missing(recorded, newton.z)}, "
            f"and that after {newton.steps}"
        )
    return [
        Finding(
            "conditioning",
            "warning",
            f"The problem is ill-conditioned: at the maximum {objective} curves "
            f"{top.steepest / top.curvature[slow]:.3g} times as much along {steep} as along {flat} "
            f"({top.steepest:.4g} against {top.curvature[slow]:.4g}), so a learning rate "
            f"that {steep} allows is small for {flat}. {_progress(going, slow, steep, flat)}",
            {
                "condition": top.condition,
                "curvature": {steep: top.steepest, flat: float(top.curvature[slow])},
                "done": {steep: float(going.done[0]), flat: float(going.done[slow])},
                "steps_needed": {steep: float(going.steps[0]), flat: float(going.steps[slow])},
                "rescaled_condition": float(scaled[0] / scaled[-1]),
                "tried": {name: missing(recorded, trial.z) for name, trial in trials.items()},
                "newton_steps": newton.steps,
            },
            f"Rescale ({units}the condition number is {scaled[0] / scaled[-1]:.3g} instead of "
            f"{top.condition:.3g}), or take a method that rescales by itself. From the same start "
            f"and in as many steps, {'; '.join(ends)}.",
        )
    ]


def _progress(going: Pace, slow: int, steep: str, flat: str) -> str:
    def needs(k: int) -> str:
        steps = going.steps[k]
        if steps == 0:
            return "and is there"
        if not np.isfinite(steps):
            return "and does not come nearer"
        return f"and needs some {float(f'{steps:.3g}'):,.0f} more steps at this pace"

    return (
        f"The run has gone {going.done[0]:.0%} of its way along {steep}, {needs(0)}; "
        f"{going.done[slow]:.0%} along {flat}, {needs(slow)}."
    )


def _rescaled(recorded: Recorded) -> tuple[np.ndarray, np.ndarray]:
    """The curvature where each entry is counted in units of its own, largest first; the units."""
    negative = -recorded.hessian(recorded.summit.z)
    diagonal = np.abs(np.diag(negative))
    unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values = np.linalg.eigvalsh(negative * np.outer(unit, unit))[::-1]
    return values[values > 1e-12 * values[0]], unit


def _units(recorded: Recorded, unit: np.ndarray) -> str:
    """What to count each parameter in, relative to the first; nothing for the weights."""
    layout = recorded.target.layout
    if layout.model.groups or layout.size > FEW:
        return "with each entry in units of its own curvature "
    counted = [f"{name} in units of {u:.3g}" for name, u in zip(layout.entries, unit, strict=True)]
    return f"with {', '.join(counted)} "


def _trials(recorded: Recorded, unit: np.ndarray, scaled: np.ndarray) -> dict[str, Trial]:
    """Gradient ascent on the rescaled problem, and Adam."""
    from bayesbench.fit.optimizers import optimizer

    recipe, found = recorded.run.recipe, dict[str, Any]()
    stable = limit(recipe, float(scaled[0]))
    if stable is not None:
        rate = two_figures(stable / 2)
        found[f"rescaled, with {recipe.optimizer.name} at {rate:g},"] = tried(
            recorded, unit=unit, learning_rate=rate
        )
    adam = [tried(recorded, optimizer=optimizer("adam"), learning_rate=rate) for rate in ADAM]
    best = max(adam, key=lambda trial: trial.height)
    return found | {f"with Adam at {best.recipe.learning_rate:g}": best}
