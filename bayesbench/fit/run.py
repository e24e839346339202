"""The record of a run of gradient steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.fit.recipe import Recipe


@dataclass(frozen=True)
class Checkpoint:
    """What a step needs to be taken again: where it began, and what the optimiser remembered."""

    step: int
    z: np.ndarray
    state: Mapping[str, Any] | None


@dataclass(frozen=True)
class Run:
    """A run of gradient steps from one start or several, side by side.

    A row a step, a column a start. Row t is what held before step t, and how that step was
    taken; the last row of `log_likelihood` and `path` is where the run ended. A run that
    diverged ends where everything was finite for the last time, and has a row for the step
    that led away from there: in `log_likelihood` the next row is what became of it. What
    lies behind the end of a run is NaN.

    Attributes
    ----------
    recipe : Recipe
    starts : array, shape (starts, size)
        Where they began, on the unconstrained scale.
    z : array, shape (starts, size)
        Where they ended: the last place where everything was finite.
    stop : tuple of str
        Why each ended: `gradient` (it is zero), `no progress`, `step limit`, `diverged` or
        `interrupted`.
    steps : array of int, shape (starts,)
        How many steps each took.
    log_likelihood : array, shape (taken + 2, starts)
        Of all the data, divided by n if the objective is the mean; NaN where it was not
        computed.
    batch_objective : array, shape (taken + 1, starts)
        What the step saw: the same over the rows of its batch.
    gradient_norm : array, shape (taken + 1, starts)
        Of what the step saw.
    step_size : array, shape (taken + 1, starts)
        The length of the step on the unconstrained scale.
    learning_rate : array, shape (taken + 1, 1) or (taken + 1, starts)
    seconds : array, shape (taken + 1,)
        Since the run began.
    path : array, shape (kept, starts, size)
        Where the runs were, thinned for many weights.
    path_steps : array of int, shape (kept,)
        At which steps.
    checkpoints : tuple of Checkpoint
    """

    recipe: Recipe
    starts: np.ndarray
    z: np.ndarray
    stop: tuple[str, ...]
    steps: np.ndarray
    log_likelihood: np.ndarray
    batch_objective: np.ndarray
    gradient_norm: np.ndarray
    step_size: np.ndarray
    learning_rate: np.ndarray
    seconds: np.ndarray
    path: np.ndarray
    path_steps: np.ndarray
    checkpoints: tuple[Checkpoint, ...]

    @property
    def heights(self) -> np.ndarray:
        """The log-likelihood where each ended, shape (starts,)."""
        return self.log_likelihood[self.steps, np.arange(len(self.steps))]

    @property
    def best(self) -> int:
        """Which of the starts ended highest; one that diverged only if all did."""
        ended = zip(self.stop, np.nan_to_num(self.heights, nan=-np.inf), strict=True)
        keys = [(stop != "diverged", height) for stop, height in ended]
        return max(range(len(keys)), key=keys.__getitem__)

    def trace(self, start: int) -> dict[str, np.ndarray]:
        """A column a quantity, a row a step, and one for the end of the run."""
        taken = int(self.steps[start])
        rate = self.learning_rate[:, start if self.learning_rate.shape[1] > 1 else 0]
        columns = {
            "log_likelihood": self.log_likelihood[:, start],
            "batch_objective": self.batch_objective[:, start],
            "gradient_norm": self.gradient_norm[:, start],
            "step_size": self.step_size[:, start],
            "learning_rate": rate,
            "seconds": self.seconds,
        }
        return {"step": np.arange(taken + 1)} | {
            name: _filled(each, taken + 1) for name, each in columns.items()
        }


def _filled(values: np.ndarray, length: int) -> np.ndarray:
    """So many values, with NaN where there are no more."""
    missing = max(0, length - len(values))
    return np.append(values[:length], np.full(missing, np.nan))
