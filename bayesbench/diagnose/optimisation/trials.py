"""Other recipes tried from the start of a run: the experiments that a remedy rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.diagnose.optimisation.summit import missing
from bayesbench.fit.schedules import rates

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded
    from bayesbench.fit.objective import Objective
    from bayesbench.fit.recipe import Recipe

HALF = 0.5  # of what is missing: another recipe that leaves more is no remedy
LONGEST = 2000  # steps: a run that is longer is held against its own height there


@dataclass(frozen=True)
class Trial:
    """Where another recipe got to.

    Attributes
    ----------
    recipe : Recipe
    steps : int
        As many as it was given.
    z : array, shape (size,)
    height : float
        The objective on all the data; -inf if it led out of the numbers.
    """

    recipe: Recipe
    steps: int
    z: np.ndarray
    height: float

    def gap(self, top: float) -> float:
        """By how much it missed a height."""
        return top - self.height


def length(recorded: Recorded) -> int:
    """How many steps a trial has: as many as the run, within limits."""
    return int(min(max(1, recorded.run.steps[recorded.start]), LONGEST))


def height_then(recorded: Recorded) -> float:
    """The height of the run itself after so many steps."""
    steps = length(recorded)
    if steps == recorded.run.steps[recorded.start]:
        return recorded.height(recorded.end)
    return recorded.height(recorded.at(steps))


def tried(
    recorded: Recorded, start: np.ndarray | None = None, unit: Any = 1.0, **changes: Any
) -> Trial:
    """The run's recipe with these changes, from the same start or another.

    Parameters
    ----------
    recorded : Recorded
    start : array, shape (size,), optional
    unit : array, shape (size,)
        What the entries of z are counted in while the optimiser looks at them.
    **changes
        Fields of the recipe.
    """
    from bayesbench.fit.stepper import stepper

    recipe = replace(recorded.run.recipe, **({"steps": length(recorded)} | changes))
    steps = recipe.steps
    z = recorded.run.starts[recorded.start] if start is None else start
    work = stepper(_in_units(recorded.target, unit), recipe, (z / unit)[None], recorded.n)
    for step, rate in enumerate(rates(recipe.schedule, recipe.learning_rate, recipe.steps)):
        went = work.advance(step, np.array([rate]))
        if not np.isfinite([went.objective, went.gradient_norm]).all():
            return Trial(recipe, steps, z, -np.inf)
    z = work.where()[0] * unit
    height = recorded.height(z)
    return Trial(recipe, steps, z, height if np.isfinite(height) else -np.inf)


def better(recorded: Recorded, recipes: list[dict[str, Any]]) -> Trial | None:
    """The recipe that ends highest, if it leaves less than half of what the run leaves."""
    top, then = recorded.summit.height, height_then(recorded)
    trials = [tried(recorded, **each) for each in recipes]
    best = max(trials, key=lambda trial: trial.height, default=None)
    return best if best is not None and best.gap(top) < HALF * (top - then) else None


def in_as_many(recorded: Recorded, best: Trial) -> str:
    """Where a trial got to, as the end of a sentence."""
    end = missing(recorded, best.z)
    said = f"from the same start {best.recipe.words} is, after {steps_in_words(best.steps)}, {end}"
    if best.steps < recorded.run.steps[recorded.start]:
        said += f" (the run itself was then {missing(recorded, recorded.at(best.steps))})"
    return said


def steps_in_words(steps: int) -> str:
    """`1 step`, `2,000 steps`."""
    return f"{steps:,} step{'' if steps == 1 else 's'}"


def two_figures(rate: float) -> float:
    """Two figures: nobody needs more of a learning rate."""
    return float(f"{rate:.2g}")


def _in_units(target: Objective, unit: Any) -> Objective:
    """The same function of z / unit."""
    if np.ndim(unit) == 0:
        return target
    import torch

    tensor, of_rows, scale = target.tensor, target.of_rows, torch.from_numpy(unit)
    assert tensor is not None
    return replace(
        target,
        tensor=lambda w, pins: tensor(w * scale, pins),
        of_rows=None if of_rows is None else lambda w, rows: of_rows(w * scale, rows),
    )
