"""A run of gradient steps: an optimiser of torch's, from one start or several side by side.

Networks with many weights are fitted so in practice, and where their likelihood has no
maximum the length of the run is part of the answer.
"""

from __future__ import annotations

from copy import deepcopy
from time import perf_counter

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.batches import batches_a_pass
from bayesbench.fit.objective import Objective
from bayesbench.fit.progress import steps_done
from bayesbench.fit.recipe import Recipe
from bayesbench.fit.run import Checkpoint, Run
from bayesbench.fit.schedules import rates
from bayesbench.fit.stepper import stepper

KEPT = 2_000_000  # numbers of a path: beyond that it is thinned
CHECKPOINTS = 100
EVALUATED = 500_000_000  # rows, over a run of batches, for the log-likelihood of all the data
SMALL_GRADIENT = 1e-12  # of the objective, in z: what is smaller moves nothing
PATIENCE, UNCHANGED = 100, 1e-15  # steps in a row that change the objective by no more
TOLD = 50  # steps between two movements of the bar
# What a run has a column a start of, with a row a step.
COLUMNS = ("log_likelihood", "batch_objective", "gradient_norm", "step_size", "learning_rate")


def train(
    objective: Objective,
    z: np.ndarray,
    n: int,
    recipe: Recipe,
    own_rates: np.ndarray | None = None,
    progress: bool | None = False,
) -> Run:
    """Run the recipe from every row of z, and record the way.

    Parameters
    ----------
    objective : Objective
        One of torch's.
    z : array, shape (starts, size)
    n : int
        Rows of the data.
    recipe : Recipe
    own_rates : array, shape (starts,), optional
        A learning rate for each start, in place of the recipe's.
    progress : bool, optional
        Whether to show a bar; None where a terminal looks on.

    Returns
    -------
    Run
        What was reached, if it is interrupted.
    """
    # A pass over a file is for one place.
    passes = objective.drawn is not None and recipe.batch_size is None
    if len(z) > 1 and (passes or not recipe.optimizer.elementwise):
        each = own_rates if own_rates is not None else [recipe.learning_rate] * len(z)
        runs = []
        for row, rate in zip(z, each, strict=True):
            runs.append(_train(objective, row[None], n, recipe, np.array([rate]), progress))
            if "interrupted" in runs[-1].stop:
                break
        return _side_by_side(runs)
    return _train(objective, z, n, recipe, own_rates, progress)


def _train(
    objective: Objective,
    z: np.ndarray,
    n: int,
    recipe: Recipe,
    own_rates: np.ndarray | None,
    progress: bool | None,
) -> Run:
    count, steps, full = len(z), recipe.steps, recipe.batch_size is None
    work = stepper(objective, recipe, z, n, own_rates is not None)
    first = np.array([recipe.learning_rate]) if own_rates is None else own_rates
    rate = np.outer(rates(recipe.schedule, 1.0, steps), first)
    every = 1 if full else -(-n * steps * count // EVALUATED)
    if recipe.batch_size is not None and objective.drawn is not None:
        every = max(every, batches_a_pass(recipe.batch_size, n))  # as many passes again at most
    thin, mark = -(-(steps + 1) * z.size // KEPT), max(1, steps // CHECKPOINTS)
    heights = np.full((steps + 1, count), np.nan)
    batch, norms, sizes = (np.full((steps, count), np.nan) for _ in range(3))
    seconds, path, kept = np.full(steps, np.nan), dict[int, np.ndarray](), list[Checkpoint]()
    going, taken, last = np.ones(count, dtype=bool), np.zeros(count, dtype=int), z.copy()
    stop, began = "step limit", perf_counter()
    try:
        with steps_done(recipe.words, steps, progress) as tell:
            for step in range(steps):
                here = work.where()
                if step % mark == 0:
                    kept.append(Checkpoint(step, here, deepcopy(work.state())))
                if not full and step % every == 0:
                    heights[step] = work.whole()
                went = work.advance(step, rate[step])
                if full:
                    heights[step] = went.objective
                going &= np.isfinite(went.objective) & np.isfinite(went.gradient_norm)
                if full or step % every == 0:
                    going &= np.isfinite(heights[step])
                # Only where all is finite has a run arrived: what led out of there is kept.
                last[going], taken[going] = here[going], step
                if not going.any():
                    break
                batch[step], norms[step] = went.objective, went.gradient_norm
                sizes[step], seconds[step] = went.step_size, perf_counter() - began
                if step % thin == 0:
                    path[step] = np.where(going[:, None], here, np.nan)
                if (step + 1) % TOLD == 0:
                    tell(TOLD)
                if full and (ended := _ended(heights, norms, step, going)):
                    stop = ended
                    break
            here, step = work.where(), step + 1
            heights[step] = work.whole() if going.any() else np.nan
            going &= np.isfinite(heights[step])
            last[going], taken[going] = here[going], step
    except KeyboardInterrupt:
        stop = "interrupted"
    per = n if recipe.objective == "mean" else 1
    for k, at in enumerate(last):
        heights[taken[k], k] = objective.value(at, Pins.none(len(at))) / per
    path[int(taken.max())] = np.where((taken == taken.max())[:, None], last, np.nan)
    used = int(taken.max()) + 1
    return Run(
        recipe=recipe,
        starts=z,
        z=last,
        stop=tuple(stop if go else "diverged" for go in going),
        steps=taken,
        log_likelihood=heights[: used + 1],
        batch_objective=batch[:used],
        gradient_norm=norms[:used],
        step_size=sizes[:used],
        learning_rate=rate[:used],
        seconds=seconds[:used],
        path=np.stack(list(path.values())),
        path_steps=np.array(list(path)),
        checkpoints=tuple(kept),
    )


def _ended(heights: np.ndarray, norms: np.ndarray, step: int, going: np.ndarray) -> str | None:
    """Why there is no point in further steps on all the data, if there is none."""
    if (norms[step, going] <= SMALL_GRADIENT).all():
        return "gradient"
    if step < PATIENCE:
        return None
    seen = heights[step - PATIENCE : step + 1, going]
    still = np.ptp(seen, axis=0) <= UNCHANGED * np.abs(seen).max(axis=0)
    return "no progress" if still.all() else None


def _side_by_side(runs: list[Run]) -> Run:
    """Runs of one start each as the columns of one; the shorter ones go on with NaN."""
    longest = max(len(run.batch_objective) for run in runs)

    def joined(name: str) -> np.ndarray:
        parts = [getattr(run, name) for run in runs]
        most = max(len(part) for part in parts)
        fill = [((0, most - len(part)), *((0, 0),) * (part.ndim - 1)) for part in parts]
        wide = [np.pad(p, f, constant_values=np.nan) for p, f in zip(parts, fill, strict=True)]
        return np.concatenate(wide, axis=1)

    steps = np.unique(np.concatenate([run.path_steps for run in runs]))
    path = np.full((len(steps), len(runs), runs[0].z.shape[1]), np.nan)
    for k, run in enumerate(runs):
        path[np.searchsorted(steps, run.path_steps), k] = run.path[:, 0]
    slowest = max(runs, key=lambda run: len(run.seconds))
    return Run(
        recipe=runs[0].recipe,
        **{name: np.concatenate([getattr(run, name) for run in runs]) for name in ("starts", "z")},
        stop=tuple(run.stop[0] for run in runs),
        steps=np.concatenate([run.steps for run in runs]),
        **{name: joined(name) for name in COLUMNS},
        seconds=slowest.seconds[:longest],
        path=path,
        path_steps=steps,
        checkpoints=(),
    )
