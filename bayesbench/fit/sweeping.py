"""Run a grid of learning rates and batch sizes, and find the maximum that they climb to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import replace
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.batches import check_batching
from bayesbench.fit.mle import fit_mle, one_thread
from bayesbench.fit.noise_floor import Parabola, parabola
from bayesbench.fit.objective import Objective
from bayesbench.fit.recipe import Recipe, recipe
from bayesbench.fit.search import is_large
from bayesbench.fit.start import check_limits, check_objective, start_points
from bayesbench.fit.sweep import CLOSE, Cell, Sweep
from bayesbench.fit.torch_objective import log_likelihood, row_scores
from bayesbench.fit.training import train
from bayesbench.layout import Bound
from bayesbench.model import Model
from bayesbench.tables.streamed import check_at_hand

STEPS = 1000  # if neither steps nor epochs are asked for


def sweep(
    model: type[Model],
    data: Any = None,
    *,
    learning_rates: Sequence[float],
    batch_sizes: Sequence[int | None] = (None,),
    optimizer: str = "gradient ascent",
    options: Mapping[str, Any] | None = None,
    objective: str = "total",
    batching: str | Sequence[str] = ("reshuffled", "independent"),
    steps: int | None = None,
    epochs: int | None = None,
    start: Model | Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: bool | None = False,
) -> Sweep:
    """Run one optimiser at each learning rate with each batch size, all from one start.

    The learning rates of a batch size run side by side, on the same batches. Plain gradient
    ascent is held against theory: the limit 2/λ_max, λ_max being the largest eigenvalue of
    the objective's negative Hessian at the maximum that `fit_mle` finds, and the noise
    floor of each batch size (see `bayesbench.fit.noise_floor`).

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    learning_rates : sequence of float
        For the objective.
    batch_sizes : sequence of int or None
        None is all rows.
    optimizer, options
        As in `fit_mle`. Those that look at several entries at once run one after another.
    objective : {"total", "mean"}
        The total, as the classic exercise has it; `fit_mle` usually takes the mean.
    batching : {"reshuffled", "independent"}, or both
        Each is a grid of its own; a batch of all rows runs once.
    steps : int, optional
        Of every run, 1,000 if not given: small batches then see fewer rows.
    epochs : int, optional
        The same in passes over the data: then all runs see the same number of rows.
    start : Model or mapping, optional
        Where to begin, on the parameters' own scale; the middle of the support if not given.
    seed : int
        Of the batches.
    progress : bool, optional
        Whether to show a bar; None where a terminal looks on.

    Returns
    -------
    Sweep
        With what was reached, if it is interrupted.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    check_objective(objective)
    check_limits(steps, None, seed)
    drawn = [batching] if isinstance(batching, str) else list(dict.fromkeys(batching))
    for name, given in (
        ("learning_rates", learning_rates),
        ("batch_sizes", batch_sizes),
        ("batching", drawn),
    ):
        if not isinstance(given, Sized):
            raise BadInput(name, found=repr(given), expected="a list", remedy=f"write [{given}]")
        if not len(given):
            raise BadInput(name, found="none", expected="at least one", remedy="give some")
    for how in drawn:
        check_batching(how)
    steps = STEPS if steps is None and epochs is None else steps
    bound = bind(model, data)
    check_at_hand(bound.table, "runs side by side")
    asked: dict[str, Any] = {"options": options, "steps": steps, "epochs": epochs}
    asked |= {"objective": objective, "seed": seed}
    sizes = dict.fromkeys(None if size == bound.n else size for size in batch_sizes)
    made = [
        [
            recipe(bound.n, optimizer, learning_rate=rate, batch_size=size, batching=how, **asked)
            for rate in dict.fromkeys(learning_rates)
        ]
        for size in sizes
        for how in (drawn if size is not None else drawn[:1])
    ]
    with one_thread():
        target = log_likelihood(bound)
        if target.of_rows is None and sizes.keys() != {None}:
            raise BadInput(
                "batch_sizes",
                found=", ".join(str(size) for size in sizes if size is not None),
                expected="all rows",
                remedy="the latents tie rows together: a batch of them has no log-likelihood",
            )
        z = start_points(target, start, 1, seed)
        cells: list[Cell] = []
        for side_by_side in made:
            cells += _cells(target, z, bound.n, side_by_side, progress)
            if any(cell.stop == "interrupted" for cell in cells):
                break
        per = bound.n if objective == "mean" else 1
        highest = float(max(np.nanmax(cell.log_likelihood) for cell in cells))
        maximum, around = _maximum(bound, target, highest, per)
    return Sweep(bound, replace(made[0][0], batch_size=None), tuple(cells), maximum, around)


def _cells(
    target: Objective, z: np.ndarray, n: int, recipes: list[Recipe], progress: bool | None
) -> list[Cell]:
    """The runs that differ in their learning rates alone."""
    first, per = recipes[0], n if recipes[0].objective == "mean" else 1
    rates = np.array([each.learning_rate for each in recipes])
    run = train(target, np.repeat(z, len(rates), axis=0), n, first, rates, progress)
    size, how = (n, "all rows") if first.batch_size is None else (first.batch_size, first.batching)
    return [
        # Where runs come one after another, Ctrl-C leaves the last of them out.
        Cell(float(rates[k]), size, how, run.log_likelihood[: steps + 1, k] * per, run.stop[k])
        for k, steps in enumerate(run.steps)
    ]


def _maximum(
    bound: Bound, target: Objective, highest: float, per: int
) -> tuple[float, Parabola | None]:
    """The maximum by the usual search, and the parabola there; else the highest that was met."""
    fit = None if is_large(bound.layout) else fit_mle(bound.model, bound.table)
    if fit is None or fit.estimate is None or fit.status.name != "converged":
        return highest, None
    z = target.unconstrain(fit.estimate.values)
    none = Pins.none(len(z))
    found = target.value(z, none)
    if not highest <= found + CLOSE:
        return highest, None
    scores = row_scores(bound, z) if not bound.model.latents else None
    around = None if scores is None else parabola(-target.hessian(z, none), scores, per)
    return found, around
