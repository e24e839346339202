"""A step of a recorded run taken again, and again without what the optimiser's momentum adds."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.density import Pins

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded
    from bayesbench.fit.stepper import Stepper

SQUARES = {"Adam": "exp_avg_sq", "AdamW": "exp_avg_sq", "RMSprop": "square_avg", "Adagrad": "sum"}


@dataclass(frozen=True)
class Retaken:
    """One step of the run, from where it began.

    Attributes
    ----------
    number : int
    z : array, shape (size,)
        Where it began.
    taken : array, shape (size,)
        The step.
    plain : array, shape (size,), or None
        The step with the gradient in the place of the momentum, from the same memory of
        squared gradients; None for an optimiser without momentum.
    lag : float or None
        The squared norm of the gradient, over what the memory of squares has for it.
    metric : array, shape (size,), or None
        What the optimiser divides an entry of the gradient by; None if that is not known.
    limit : float
        The curvature in that metric, times the learning rate, above which steps on a
        quadratic grow; see `limit`.
    learning_rate : float
    batch_gain : float or None
        What the step gained on its own batch, counted for all rows; None for a full batch.
    """

    number: int
    z: np.ndarray
    taken: np.ndarray
    plain: np.ndarray | None
    lag: float | None
    metric: np.ndarray | None
    limit: float
    learning_rate: float
    batch_gain: float | None


def retake(recorded: Recorded, number: int) -> Retaken:
    """Go back to before a step, and take it again in both ways."""
    from bayesbench.fit.stepper import stepper

    run = recorded.run
    work = recorded.back_at(number)
    starts, state = work.where(), deepcopy(work.state())
    rate = run.learning_rate[number, _column(recorded)]
    z, taken, seen = _advance(recorded, work, number, rate)
    after, plain = work.state(), None
    calm = without_momentum(state)
    if calm is not None:
        again = stepper(recorded.target, run.recipe, starts, recorded.n, state=calm)
        plain = _advance(recorded, again, number, rate)[1]
    squares = _squares(recorded, after)
    metric = None
    if squares is not None:
        metric = np.sqrt(squares) + after["param_groups"][0].get("eps", 0.0)
    elif run.recipe.optimizer.name == "SGD":
        metric = np.ones_like(z)
    lag = None if squares is None or not squares.any() else seen**2 / float(squares.sum())
    return Retaken(
        number=number,
        z=z,
        taken=taken,
        plain=plain,
        lag=lag,
        metric=metric,
        limit=limit(after["param_groups"][0]),
        learning_rate=float(rate[min(_row(recorded, starts), len(rate) - 1)]),
        batch_gain=_batch_gain(recorded, number, z, taken),
    )


def without_momentum(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """The optimiser's state with momentum turned off and all else kept; None if it has none."""
    calm, had = deepcopy(dict(state)), False
    for group in calm["param_groups"]:
        if group.get("betas", (0.0,))[0] > 0:
            had, group["betas"] = True, (0.0, *group["betas"][1:])
        if group.get("momentum", 0.0) > 0:
            had = True
            group |= {"momentum": 0.0, "dampening": 0.0, "nesterov": False}
    return calm if had else None


def limit(group: Mapping[str, Any]) -> float:
    """The largest curvature, times the learning rate, at which steps on a quadratic shrink.

    2 for gradient ascent; (2 + 2β) with momentum and (2 + 2β)/(1 + 2β) with Nesterov's; in
    the metric of the squares (2 + 2β₁)/(1 − β₁) for Adam, which is 38 (Cohen et al. 2021,
    equation 1, and 2022, equation 2).
    """
    momentum = group.get("momentum", 0.0)
    if "betas" in group:
        first = group["betas"][0]
        return (2 + 2 * first) / (1 - first)
    return (2 + 2 * momentum) / (1 + 2 * momentum if group.get("nesterov") else 1)


def _column(recorded: Recorded) -> slice:
    """The columns of the record that the optimiser which goes back has."""
    start = recorded.start
    return slice(None) if recorded.run.checkpoints else slice(start, start + 1)


def _row(recorded: Recorded, rows: np.ndarray) -> int:
    return recorded.start if len(rows) > 1 else 0


def _advance(
    recorded: Recorded, work: Stepper, number: int, rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Take the step: where it began, how it went, and the norm of the gradient that it saw."""
    before = work.where()
    row = _row(recorded, before)
    seen = work.advance(number, rate)
    return before[row], work.where()[row] - before[row], float(seen.gradient_norm[row])


def _squares(recorded: Recorded, state: Mapping[str, Any]) -> np.ndarray | None:
    """What the optimiser remembers of the squared gradient, entry by entry."""
    name = SQUARES.get(recorded.run.recipe.optimizer.name)
    group = state["param_groups"][0]
    if name is None or group.get("centered") or group.get("amsgrad"):
        return None
    (kept, *_) = state["state"].values()
    squares = kept[name].numpy()
    if "betas" in group:  # the mean over few steps is scaled up
        squares = squares / (1 - group["betas"][1] ** float(kept["step"]))
    squares = np.atleast_2d(squares)
    return squares[_row(recorded, squares)].copy()


def _batch_gain(recorded: Recorded, number: int, z: np.ndarray, taken: np.ndarray) -> float | None:
    import torch

    from bayesbench.fit.batches import batches

    recipe, of_rows, n = recorded.run.recipe, recorded.target.of_rows, recorded.n
    if recipe.batch_size is None or of_rows is None:
        return None
    drawn = batches(recipe.batch_size, n, recipe.batching, recipe.seed)(number)
    rows = torch.from_numpy(drawn)
    with torch.no_grad():
        before, behind = (float(of_rows(torch.tensor(at), rows)) for at in (z, z + taken))
    return (behind - before) * n / len(rows)


def along(recorded: Recorded, z: np.ndarray, step: np.ndarray) -> float:
    """The curvature of the objective downwards along a step, -s'Hs, without the matrix H.

    By the derivative of the gradient's product with s (Pearlmutter 1994).
    """
    import torch

    if recorded.target.tensor is None:
        raise TypeError("the objective is not one of torch's.")
    at, direction = torch.tensor(z, requires_grad=True), torch.tensor(step)
    height = recorded.target.tensor(at, Pins.none(len(z))) / recorded.per + 0 * at.sum()
    (slope,) = torch.autograd.grad(height, at, create_graph=True)
    if not slope.requires_grad:
        return 0.0
    (turned,) = torch.autograd.grad(slope @ direction + 0 * at.sum(), at)
    return -float(turned @ direction)
