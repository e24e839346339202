"""A recorded run that can be gone back to: the ground on which the experiments are made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.density import Pins

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.summit import Summit
    from bayesbench.fit.objective import Objective
    from bayesbench.fit.record import Fit
    from bayesbench.fit.run import Run
    from bayesbench.fit.stepper import Stepper


def whole(run: Run) -> Run:
    """The same run, if it was not interrupted: half an experiment tells nothing.

    Raises
    ------
    KeyboardInterrupt
        If it was.
    """
    if "interrupted" in run.stop:
        raise KeyboardInterrupt
    return run


@dataclass(frozen=True)
class Recorded:
    """The run of a fit, of the start that ended highest, with what is needed to repeat it.

    Attributes
    ----------
    fit : Fit
        Of an optimiser that was asked for by name, or of the training of large networks.
    """

    fit: Fit
    reruns: dict[str, Run] = field(default_factory=dict)  # what several rules ask for

    @cached_property
    def run(self) -> Run:
        """The record."""
        if self.fit.run is None:
            raise TypeError("the fit has no recorded run.")
        return self.fit.run

    @property
    def start(self) -> int:
        """The column of the start that ended highest."""
        return self.run.best

    @cached_property
    def target(self) -> Objective:
        """The log-likelihood of all rows, with its derivatives in z."""
        from bayesbench.fit.torch_objective import log_likelihood

        return log_likelihood(self.fit.bound)

    @cached_property
    def trace(self) -> dict[str, np.ndarray]:
        """Of that start: a column a quantity, a row a step and one for the end."""
        return self.run.trace(self.start)

    @property
    def end(self) -> np.ndarray:
        """Where the run ended, shape (size,)."""
        return self.run.z[self.start]

    @cached_property
    def summit(self) -> Summit:
        """Where the library's own search gets to from there; from the start if it diverged."""
        from bayesbench.diagnose.optimisation.summit import summit

        lost = self.fit.status.name == "diverged"
        return summit(self, self.run.starts[self.start] if lost else self.end)

    @property
    def n(self) -> int:
        """Rows of the data."""
        return self.fit.bound.nobs

    @property
    def per(self) -> int:
        """By what the total log-likelihood is divided to give the objective."""
        return self.n if self.run.recipe.objective == "mean" else 1

    def height(self, z: np.ndarray) -> float:
        """The objective on all the data at z, shape (size,)."""
        return self.target.value(z, Pins.none(len(z))) / self.per

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Its gradient in z, shape (size,)."""
        return self.target.gradient(z, Pins.none(len(z))) / self.per

    def hessian(self, z: np.ndarray) -> np.ndarray:
        """Its second derivatives in z, shape (size, size)."""
        return self.target.hessian(z, Pins.none(len(z))) / self.per

    def back_at(self, step: int) -> Stepper:
        """The optimiser as it was before a step, with all that it remembered.

        The way there from the last checkpoint is gone again, to the same bits.
        """
        from bayesbench.fit.run import Checkpoint
        from bayesbench.fit.stepper import stepper

        run = self.run
        # Starts that ran one after the other have no checkpoints together.
        kept = run.checkpoints or (Checkpoint(0, run.starts[[self.start]], None),)
        last = max((each for each in kept if each.step <= step), key=lambda each: each.step)
        work = stepper(self.target, run.recipe, last.z, self.n, state=last.state)
        column = slice(None) if run.checkpoints else slice(self.start, self.start + 1)
        for taken in range(last.step, step):
            work.advance(taken, run.learning_rate[taken, column])
        return work

    def at(self, step: int) -> np.ndarray:
        """Where the run was before a step, shape (size,)."""
        z = self.back_at(step).where()
        return z[self.start if len(z) > 1 else 0]

    def rerun(self, **changes: Any) -> Run:
        """The same run from the same start with a recipe that differs in these fields."""
        from bayesbench.fit.mle import one_thread
        from bayesbench.fit.training import train

        key = repr(sorted(changes.items()))
        if key not in self.reruns:
            recipe = replace(self.run.recipe, **changes)
            with one_thread():
                start = self.run.starts[[self.start]]
                self.reruns[key] = whole(train(self.target, start, self.n, recipe))
        return self.reruns[key]
