"""What a run of gradient steps is asked to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from bayesbench.errors import BadInput
from bayesbench.fit.batches import batches_a_pass, check_batch_size, check_batching
from bayesbench.fit.optimizers import Optimizer, optimizer
from bayesbench.fit.schedules import rates, schedule_name

STEPS = 10_000  # if none are asked for


@dataclass(frozen=True)
class Recipe:
    """An optimiser, how long its steps are, and which rows each of them sees.

    Attributes
    ----------
    optimizer : Optimizer
        One of torch.optim's.
    learning_rate : float
        Of the first step; for the objective.
    steps : int
        How many at most.
    objective : {"mean", "total"}
        Of what the gradient is: the mean log-likelihood of a row, or the sum. For a batch of
        k of n rows the sum is n/k times that of the batch, so that its gradient is unbiased.
    batch_size : int or None
        Rows a step; None for all of them.
    batching : {"reshuffled", "independent"}
        How the rows of a batch are drawn.
    schedule : str or function
        How the learning rate goes on; see `rates`.
    seed : int
        Of the batches.
    """

    optimizer: Optimizer
    learning_rate: float
    steps: int
    objective: str = "mean"
    batch_size: int | None = None
    batching: str = "reshuffled"
    schedule: str | Callable[[int], float] = "constant"
    seed: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        """As the record of a fit has them."""
        how = "a function" if callable(self.schedule) else self.schedule
        found = {
            "optimizer": self.optimizer.name,
            "options": dict(self.optimizer.options),
            "learning_rate": self.learning_rate,
            "schedule": how,
            "steps": self.steps,
            "batch_size": self.batch_size,
        }
        return found | ({} if self.batch_size is None else {"batching": self.batching})

    @property
    def words(self) -> str:
        """In a few words: `Adam at 0.001, batches of 512`."""
        batch = "" if self.batch_size is None else f", batches of {self.batch_size:,}"
        falling = "" if self.schedule == "constant" else f" ({self.settings['schedule']} decay)"
        return f"{self.optimizer.words} at {self.learning_rate:g}{falling}{batch}"


def recipe(
    n: int,
    optimizer_name: str,
    *,
    options: Mapping[str, Any] | None = None,
    learning_rate: float | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    objective: str = "mean",
    batch_size: int | None = None,
    batching: str | None = None,
    schedule: str | Callable[[int], float] | None = None,
    seed: int = 0,
) -> Recipe:
    """The recipe that these arguments make for n rows; what is None is as usual.

    Raises
    ------
    BadInput
        If one of them is out of range, or two contradict each other.
    """
    chosen = optimizer(optimizer_name, options)
    rate = chosen.learning_rate if learning_rate is None else learning_rate
    if not (isinstance(rate, Real) and 0 < rate < float("inf")):
        raise BadInput(
            "learning_rate",
            found=repr(rate),
            expected="a number above 0",
            remedy=f"{chosen.name}'s usual one is {chosen.learning_rate:g}",
        )
    check_batch_size(batch_size, n)
    check_batching("reshuffled" if batching is None else batching)
    if epochs is not None:
        if steps is not None or not (isinstance(epochs, Integral) and epochs >= 1):
            raise BadInput(
                "epochs",
                found=repr(epochs) if steps is None else f"{epochs}, beside steps={steps}",
                expected="a whole number, at least 1, and one of the two",
                remedy="an epoch is a pass over the data",
            )
        steps = epochs * batches_a_pass(batch_size, n)
    steps = STEPS if steps is None else steps
    made = Recipe(
        optimizer=chosen,
        learning_rate=float(rate),
        steps=steps,
        objective=objective,
        batch_size=None if batch_size == n else batch_size,
        batching=batching or "reshuffled",
        schedule=schedule if callable(schedule) else schedule_name(schedule or "constant"),
        seed=seed,
    )
    rates(made.schedule, made.learning_rate, made.steps)
    return made
