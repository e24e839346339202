"""One step of an optimiser of torch's, from one start or several side by side."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from bayesbench.density import Pins
from bayesbench.fit.batches import batches
from bayesbench.fit.objective import Batch, Objective
from bayesbench.fit.recipe import Recipe


@dataclass(frozen=True)
class Taken:
    """One step: what it saw, and how far it went. A number a start, or NaN."""

    objective: np.ndarray
    gradient_norm: np.ndarray
    step_size: np.ndarray


@dataclass(frozen=True)
class Stepper:
    """An optimiser at work.

    Attributes
    ----------
    where : function
        The place of each start, shape (starts, size).
    advance : function of the step's number and its learning rates
        Take the step.
    whole : function
        The objective on all the data, a number a start, here.
    state : function
        What the optimiser remembers.
    """

    where: Callable[[], np.ndarray]
    advance: Callable[[int, np.ndarray], Taken]
    whole: Callable[[], np.ndarray]
    state: Callable[[], dict[str, Any]]


def stepper(
    objective: Objective,
    recipe: Recipe,
    z: np.ndarray,
    n: int,
    own_rates: bool = False,
    state: Any = None,
) -> Stepper:
    """An optimiser of the recipe at the rows of z; each may have a learning rate of its own.

    The starts do not see each other: only optimisers that treat every entry by itself
    take several.
    """
    if objective.tensor is None:
        raise TypeError("the objective is not one of torch's.")
    total, none = objective.tensor, Pins.none(z.shape[1])
    count, whole_per = len(z), n if recipe.objective == "mean" else 1
    if own_rates:
        points = [torch.tensor(row, requires_grad=True) for row in z]
    else:
        points = [torch.tensor(z if count > 1 else z[0], requires_grad=True)]
    optimizer = recipe.optimizer.build([{"params": [p]} for p in points], recipe.learning_rate)
    if state is not None:
        optimizer.load_state_dict(deepcopy(state))
    views = [p.detach().numpy() for p in points]  # the same memory
    drawn = _drawn(objective, recipe, n)

    def together() -> torch.Tensor:
        return torch.stack(points) if own_rates else points[0]

    def each(height: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        at = together()
        if len(at) == 1 and at.ndim > 1 and objective.drawn is not None:  # a pass is for one
            return height(at[0])[None]
        return height(at) if at.ndim == 1 else torch.func.vmap(height)(at)

    def seen(step: int) -> tuple[Callable[[torch.Tensor], torch.Tensor], float]:
        """A total, and by what it is divided."""
        if drawn is None:
            return lambda at: total(at, none), whole_per
        batch = drawn(step)
        return batch.height, batch.rows / n * whole_per

    def where() -> np.ndarray:
        return np.stack(views).reshape(count, -1)

    def advance(step: int, rate: np.ndarray) -> Taken:
        for group, value in zip(optimizer.param_groups, np.atleast_1d(rate), strict=True):
            group["lr"] = float(value)
        (height, per), first = seen(step), list[tuple[np.ndarray, np.ndarray]]()

        def loss() -> torch.Tensor:
            for point in points:
                point.grad = None
            value = each(height)
            if not value.requires_grad:  # the likelihood may read nothing that is free
                value = value + 0 * together().sum(-1)
            # Seeded with its own factor, the objective needs no operations of its own.
            value.backward(torch.full_like(value, -1 / per))
            if not first:  # a line search looks again, further on
                slopes = np.stack([_slope(p) for p in points]).reshape(count, -1)
                seen_here = value.detach().numpy().reshape(count) / per
                first.append((seen_here, _lengths(slopes)))
            return -value.detach().sum() / per

        before = where()
        optimizer.step(loss)
        return Taken(*first[0], _lengths(where() - before))

    def whole() -> np.ndarray:
        if objective.drawn is not None:
            return np.array([objective.value(at, none) for at in where()]) / whole_per
        with torch.no_grad():
            return each(lambda at: total(at, none)).numpy().reshape(count) / whole_per

    return Stepper(where, advance, whole, optimizer.state_dict)


def _drawn(objective: Objective, recipe: Recipe, n: int) -> Callable[[int], Batch] | None:
    """The batch of each step, of rows in memory or as a file is read; None if it sees all rows."""
    of_rows, size = objective.of_rows, recipe.batch_size
    if size is not None and objective.drawn is not None:
        return objective.drawn(size, recipe.seed)
    if size is None or of_rows is None:
        return None
    which = batches(size, n, recipe.batching, recipe.seed)

    def batch(step: int) -> Batch:
        rows = torch.from_numpy(which(step))
        return Batch(lambda at: of_rows(at, rows), len(rows))

    return batch


def _slope(point: torch.Tensor) -> np.ndarray:
    return np.zeros(point.shape) if point.grad is None else point.grad.numpy()


def _lengths(rows: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->i", rows, rows))
