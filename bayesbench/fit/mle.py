"""Maximum likelihood by torch: autograd gradients and an optimiser of torch.optim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import torch

from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.experiments import Climb, Climber, ran_away
from bayesbench.fit.from_some import newton_first, search_from_some
from bayesbench.fit.information import own_values
from bayesbench.fit.large import diverged, end, training_ended, unless_it_closes
from bayesbench.fit.maximum import Maximum, judge
from bayesbench.fit.newton import newton_steps
from bayesbench.fit.objective import Objective
from bayesbench.fit.point import point_estimate
from bayesbench.fit.recipe import recipe
from bayesbench.fit.record import Fit, Status
from bayesbench.fit.run import Run
from bayesbench.fit.search import Search, is_large, search
from bayesbench.fit.start import check_limits, check_objective, computable, start_points
from bayesbench.fit.starts import close
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.fit.training import train
from bayesbench.fit.uncompiled import uncompiled
from bayesbench.layout import Bound
from bayesbench.model import Model
from bayesbench.passes import rows_at_hand

CLIMB = 1000  # steps, if none are asked for
FEW = 8  # rows on which the model's text is tried
PROBE = 100  # of a climb by which the end of a recorded run is judged
SMALL_GRADIENT = 1e-9  # of the objective, in z; the Newton steps do the rest
PATIENCE = 100  # steps that must gain something to speak of; Newton's are better there
UNCHANGED = 5  # steps without a change of the objective, after which a climb ends
CLIFF = 1e100  # of the loss: where it is no number, so that a line search turns back


def fit_mle(
    model: type[Model],
    data: Any = None,
    *,
    objective: str = "mean",
    optimizer: str | None = None,
    learning_rate: float | None = None,
    batch_size: int | None = None,
    batching: str | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    schedule: str | Callable[[int], float] | None = None,
    options: Mapping[str, Any] | None = None,
    starts: int | None = None,
    start: Model | Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: bool | None = False,
) -> Fit:
    """Find the parameters under which the data are most likely. No prior enters.

    Where no optimiser is named, the search runs on the unconstrained scale by L-BFGS with a
    strong-Wolfe line search (Nocedal and Wright 2006, algorithms 7.5 and 3.5), over the whole
    support of every parameter, and ends with Newton steps. Standard errors come from the observed
    information, the negative Hessian of the log-likelihood at its maximum (Efron and
    Hinkley 1978). Latents are integrated out, and given the estimate they are in `effects`.

    With several starts they climb side by side first, by Newton's method under
    torch.func.vmap, and the best end is climbed on from; `optima` has what they found.
    Networks with more than 200 weights are trained by Adam instead, for as many steps as
    are asked for: what such a run reaches is no maximum, and is handed on as `last`.

    A named optimiser is run as it is, from its start for so many steps, and every step is
    recorded: `trace` has a row a step, `run` all of it, `findings` what can be said of it.
    Its end is judged as any other, and is an estimate only at a maximum.

    A table that is read in blocks is passed over where no sums tell all of its likelihood: the
    search begins where that over the rows at hand ended, and goes on by Newton's steps. The
    batches of a named optimiser are drawn as the file is read.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    objective : {"mean", "total"}
        What the optimiser sees: the mean log-likelihood of a row, or the sum.
    optimizer : str, optional
        `gradient ascent` (SGD without momentum), `momentum` and `nesterov` (SGD with a
        momentum of 0.9), or the name of any optimiser in torch.optim that takes a vector.
    learning_rate : float, optional
        For that objective; torch's own for the optimiser if not given.
    batch_size : int, optional
        Rows a step; all of them if not given. A batch's total is n/k times the sum over its
        k rows.
    batching : {"reshuffled", "independent"}, optional
        Whether batches go through all rows in an order drawn anew for each pass, as they do
        if it is not given, or are drawn each without regard to the others.
    steps : int, optional
        The most steps of one climb, 1,000 if not given; the length of a run of a named
        optimiser, 10,000 if not given.
    epochs : int, optional
        The same in passes over the data.
    schedule : str or function, optional
        How the learning rate goes on: `constant`, `linear`, `cosine`, `exponential`,
        `inverse sqrt`, `inverse`, or a function from the number of steps done to a factor.
    options : mapping, optional
        Further arguments of the optimiser's class in torch.optim, as `{"betas": (0.9, 0.99)}`.
    starts : int, optional
        From how many points to begin; the model's own number if not given (most have one).
        Further ones are random, uniform within ±2 on the unconstrained scale.
    start : Model or mapping, optional
        Where to begin, on the parameters' own scale; the middle of the support if not given.
    seed : int
        Of the random starts, and of the batches.
    progress : bool, optional
        Whether to show a bar while a named optimiser runs; None where a terminal looks on.

    Returns
    -------
    Fit
        With the status `converged`, `boundary`, `not identified`, `unbounded`,
        `stopped early`, `diverged` or `interrupted`. Only the first two have an `estimate`.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    check_objective(objective)
    check_limits(steps, starts, seed)
    asked: dict[str, Any] = {
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "batching": batching,
        "epochs": epochs,
        "schedule": schedule,
        "options": options,
    }
    given = [name for name, value in asked.items() if value is not None]
    began = perf_counter()
    bound = bind(model, data)
    if optimizer is None and (is_large(bound.layout) or _takes_many_passes(bound)):
        if bound.by_passes:
            raise BadInput(
                "optimizer",
                found=f"none, for {bound.layout.size:,} weights and a table that is read in blocks",
                expected="one that sees batches of rows: all of them a step would take too long",
                remedy="write optimizer='adam', batch_size=4096, epochs=10",
            )
        optimizer = "adam"
    if optimizer is not None and bound.by_passes and (batch_size, steps, epochs) == (None,) * 3:
        raise BadInput(
            "batch_size",
            found="none, and no number of steps, for a table that is read in blocks",
            expected="the rows that a step sees: all of them would take a pass over the file",
            remedy="write batch_size=4096 (--batch-size 4096), or leave the optimizer out",
        )
    if optimizer is None and given:
        raise BadInput(
            given[0],
            found=f"{asked[given[0]]!r}, and no optimizer",
            expected="an optimiser that it is meant for",
            remedy="name one, as optimizer='adam'",
        )
    with one_thread():
        _check_text(bound)
        target = log_likelihood(bound)
        settings = {"objective": objective, "seed": seed, "device": "cpu"}
        if bound.model.derivatives_by is not None:
            settings["gradient"] = bound.model.derivatives_by
        if optimizer is not None:
            made = recipe(
                bound.nobs, optimizer, steps=steps, objective=objective, seed=seed, **asked
            )
            if target.drawn is not None and made.batching == "independent":
                raise BadInput(
                    "batching",
                    found="'independent', and a table that is read in blocks",
                    expected="'reshuffled': each row once an epoch, as the file is read",
                    remedy="leave it out",
                )
            if made.batch_size is not None and target.of_rows is None and target.drawn is None:
                raise BadInput(
                    "batch_size",
                    found=str(batch_size),
                    expected="all rows",
                    remedy="the latents tie rows together: a batch of them has no log-likelihood",
                )
            z = start_points(target, start, starts, seed)
            run = train(target, z, bound.nobs, made, progress=progress)
            done = _judged(bound, target, run)
            settings |= made.settings
        else:
            z, run = start_points(target, start, starts, seed), None
            steps, per = steps or CLIMB, bound.nobs if objective == "mean" else 1
            climbs = partial(climber, per=per, limit=steps)
            if bound.by_passes:
                some = log_likelihood(rows_at_hand(bound))
                done = search_from_some(some, target, climbs, z)
            else:
                done = search(target, climbs(target), z)
            done = unless_it_closes(bound, target, done)
            settings |= {"optimizer": "L-BFGS", "line_search": "strong_wolfe", "steps": steps}
            settings |= {"begun_by_rows": bound.n} if bound.by_passes else {}
        return point_estimate(
            "mle",
            bound,
            target,
            done,
            scale="own",
            settings=settings | {"starts": len(z)},
            seconds=perf_counter() - began,
            run=run,
        )


def _judged(bound: Bound, target: Objective, run: Run) -> Search:
    """The best end of a recorded run, as the experiments find it; it is not moved.

    Of the other starts only those that ended at the same maximum are known to have ended at one.
    """
    best = run.best
    z, stop, steps = run.z[best], run.stop[best], int(run.steps[best])
    trace = pd.DataFrame(run.trace(best)).to_dict("records")
    lost = len(run.z)
    if stop == "diverged":
        return Search(end(target, z, trace, diverged(run, best)), lost=lost)
    if is_large(bound.layout) or _takes_many_passes(bound):
        status = training_ended(bound, target, run.recipe.optimizer.name, steps, stop)
        return Search(end(target, z, trace, status), lost=lost)
    per = bound.nobs if run.recipe.objective == "mean" else 1
    climb = climber(target, per, PROBE)
    if bound.passes is not None:
        climb = newton_first(target, climb)
    found = judge(target, climb, Climb(z, trace, stop), run.starts[best])
    if found.status.name == "not identified":
        found = _unless_higher(target, per, found)
    if found.status.converged:
        none = Pins.none(len(z))
        ends = [own_values(target, each, none) for each in run.z]
        lost -= sum(close(each, ends[best]) for each in ends)
    return unless_it_closes(bound, target, Search(found, lost=lost))


def _unless_higher(target: Objective, per: int, found: Maximum) -> Maximum:
    """The same end; level ground below what the search reaches from the middle is no maximum."""
    none = Pins.none(len(found.z))
    top = target.value(climber(target, per)(np.zeros(len(found.z)), none).z, none)
    below = top - found.value
    if not below > 1e-6 * max(1.0, abs(top)):
        return found
    sentence = (
        f"stopped early: on level ground, {below:.4g} below the log-likelihood that L-BFGS reaches "
        "from the middle of the supports; begin elsewhere, or take shorter steps."
    )
    status = Status("stopped early", sentence)
    return replace(found, status=status, null=found.null[:0], null_words=())


def _takes_many_passes(bound: Bound) -> bool:
    """Whether a search takes thousands of passes over a file: level ground is all about weights."""
    return bound.by_passes and bool(bound.model.groups)


def _check_text(bound: Bound) -> None:
    """Try the model's text on a few rows at several places at once, as profiles will need it.

    Torch takes an `if` on a parameter's value at one place, and not side by side.

    Raises
    ------
    BadInput
        With the line of the model's file.
    """
    if bound.model.latents or bound.model.groups:
        return
    few = log_likelihood(bound.only(slice(FEW)))
    if few.derivatives is not None:
        with computable(bound.model):
            few.derivatives(np.zeros((2, bound.layout.size)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch with one thread while it lasts: on small tensors a second one only waits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def climber(target: Objective, per: int, limit: int = CLIMB) -> Climber:
    """The climb of the search by which a fit is found where no optimiser is named."""
    return lambda z, pins: _climb(target, z, pins, limit, per)


def _climb(target: Objective, z: np.ndarray, pins: Pins, limit: int, per: int) -> Climb:
    """L-BFGS on the total divided by `per`, one iteration a step, then Newton steps."""
    steps: list[dict[str, float]] = []
    last, best, unchanged = z, -np.inf, 0
    advance, fresh = _lbfgs(target, z, pins, per), True

    def note(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = target.value(at, pins) / per, target.gradient(at, pins) / per
        with np.errstate(over="ignore"):  # a slope of 1e200 has no norm, and stays one
            norm = float(np.linalg.norm(slope))
        steps.append({"log_likelihood": value, "gradient_norm": norm})
        return value, slope

    def ended(stop: str) -> Climb:
        points = [last, *newton_steps(target, last, pins)]
        for point in points[1:]:
            note(point)
        return Climb(points[-1], steps, stop)

    try:
        while len(steps) < limit:
            value, slope = note(last)
            if np.abs(slope).max() <= SMALL_GRADIENT:
                return ended("gradient")
            unchanged = 0 if value > best + 1e-15 * max(1.0, abs(value)) else unchanged + 1
            if unchanged >= UNCHANGED or _crawls(steps):
                return ended("no progress")
            best = max(best, value)
            moved = advance()
            seen = [*moved, target.value(moved, pins), *target.gradient(moved, pins)]
            if np.isfinite(seen).all() and not ran_away(target, moved, pins):
                last, fresh = moved, False
            elif fresh:
                return Climb(last, steps, "not finite")
            else:  # the line search overshot: forget the curvature that led it astray
                advance, fresh = _lbfgs(target, last, pins, per), True
    except KeyboardInterrupt:
        return Climb(last, steps, "interrupted")
    return Climb(last, steps, "step limit")


def _crawls(steps: list[dict[str, float]]) -> bool:
    """Whether the last hundred steps gained next to nothing, as on a long narrow ridge."""
    if len(steps) <= PATIENCE:
        return False
    now, then = steps[-1]["log_likelihood"], steps[-1 - PATIENCE]["log_likelihood"]
    return now - then < 1e-6 * max(1.0, abs(now))


def _lbfgs(target: Objective, z: np.ndarray, pins: Pins, per: int) -> Callable[[], np.ndarray]:
    """An optimiser that starts at z; each call takes one iteration and says where it is."""
    if target.tensor is None:
        raise TypeError("the objective is not one of torch's.")
    tensor = target.tensor
    point = torch.tensor(z, requires_grad=True)
    with uncompiled():
        optimizer = torch.optim.LBFGS(
            [point],
            max_iter=1,
            max_eval=1000,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            history_size=20,
            line_search_fn="strong_wolfe",
        )

    def loss() -> torch.Tensor:
        point.grad = None
        value = -(tensor(point, pins) + 0 * point.sum()) / per
        value.backward()
        if torch.isnan(value) and point.grad is not None and point.grad.isfinite().all():
            # With a slope it would end torch's line search, which can't say where then.
            point.grad.zero_()
            return torch.full_like(value, CLIFF)
        return value.detach()

    def advance() -> np.ndarray:
        optimizer.step(loss)
        return point.detach().numpy().copy()

    return advance
