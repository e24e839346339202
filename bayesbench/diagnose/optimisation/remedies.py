"""The remedies against drops, tried: the run again from the same start, and its drops counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.optimisation.drops import losing_steps, notable_drops
from bayesbench.diagnose.optimisation.floored import predicted, with_floor
from bayesbench.diagnose.optimisation.words import figure

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded
    from bayesbench.fit.run import Run

FAILED = ("diverged", "interrupted")
SMALLER = 10.0  # by which the learning rate is divided
QUARTILE = 0.25  # of the predicted scales: the floor that is tried
LEFT = 0.1  # of the dips or of their depth, where a remedy is said to work
ROWS = 1_000_000_000  # that a run with all rows a step may read


@dataclass(frozen=True)
class Outcome:
    """What became of the drops in one run.

    Attributes
    ----------
    words : str
        What was changed.
    drops : int
        How many there are.
    deepest : float
        The depth of the deepest, 0 if there is none.
    losing : int
        How many steps lost more than 1 by themselves.
    ended : float
        The total log-likelihood at the end.
    comparable : bool
        Whether that is of the same model.
    failed : str
        `diverged` or `interrupted`, if it was; empty if the run came to its end.
    """

    words: str
    drops: int
    deepest: float
    losing: int
    ended: float
    comparable: bool = True
    failed: str = ""


def outcome(words: str, log_likelihood_total: np.ndarray) -> Outcome:
    """The drops of a run, counted."""
    drops = notable_drops(log_likelihood_total)
    deepest = max((drop.depth for drop in drops), default=0.0)
    known = log_likelihood_total[~np.isnan(log_likelihood_total)]
    ended = float(known[-1]) if len(known) else np.nan
    return Outcome(words, len(drops), deepest, losing_steps(log_likelihood_total), ended)


def tried(recorded: Recorded) -> list[Outcome]:
    """Each remedy that the run has not had yet, from the run's own start and as long."""
    recipe, found = recorded.run.recipe, list[Outcome]()

    def add(words: str, run: Run, comparable: bool = True) -> None:
        counted = outcome(words, run.trace(0)["log_likelihood"] * recorded.per)
        failed = run.stop[0] if run.stop[0] in FAILED else ""
        found.append(replace(counted, comparable=comparable, failed=failed))

    smaller = recipe.learning_rate / SMALLER
    add(f"a tenth of the learning rate ({smaller:g})", recorded.rerun(learning_rate=smaller))
    if recipe.schedule == "constant":
        add("a learning rate that falls linearly to zero", recorded.rerun(schedule="linear"))
    if recipe.batch_size is not None and recorded.n * recipe.steps <= ROWS:
        add("all rows in every step", recorded.rerun(batch_size=None))
    if recipe.optimizer.options.get("momentum"):
        without = {"momentum": 0.0, "dampening": 0.0, "nesterov": False}
        none = {**recipe.optimizer.options, **without}
        calm = replace(recipe.optimizer, options=none)
        add("no momentum", recorded.rerun(optimizer=calm))
    floor = floor_of(recorded)
    if floor is not None:
        add(f"a lower bound of {floor:.3g} for σ", floored_run(recorded, floor), comparable=False)
    return found


def floor_of(recorded: Recorded) -> float | None:
    """The lower quartile of the scales predicted at the end.

    None if they do not differ, or if it is more than the outcomes spread: such a floor would
    hide the data.
    """
    at = predicted(recorded, recorded.run.z[recorded.start])
    if at is None or np.ptp(at["scale"]) == 0:
        return None
    floor = float(np.quantile(at["scale"], QUARTILE))
    return floor if floor < np.std(recorded.fit.bound.outcome) else None


def floored_run(recorded: Recorded, floor: float) -> Run:
    """The same run of the model with that floor under its scale."""
    from bayesbench.diagnose.optimisation.recorded import whole
    from bayesbench.fit.mle import one_thread
    from bayesbench.fit.torch_objective import log_likelihood
    from bayesbench.fit.training import train

    key = f"floor {floor!r}"
    if key not in recorded.reruns:
        run, target = recorded.run, log_likelihood(with_floor(recorded.fit.bound, floor))
        with one_thread():
            start = run.starts[[recorded.start]]
            recorded.reruns[key] = whole(train(target, start, recorded.n, run.recipe))
    return recorded.reruns[key]


def remedy_in_words(before: Outcome, after: list[Outcome]) -> str:
    """What the run came to with each remedy, and which of them to take."""
    if not after:
        return ""
    said = [
        f"with {each.words} {_came_to(each)}{'' if each.comparable else ' (of that other model)'}"
        for each in after
    ]
    text = (
        f"The run was made again from its start. As it was {_came_to(before)}; {'; '.join(said)}."
    )
    better = [
        each
        for each in after
        if not each.failed
        and (each.drops <= before.drops * LEFT or each.deepest <= before.deepest * LEFT)
    ]
    if not better:
        return f"{text} None of these takes nine tenths of the dips, or of their depth, away."
    # The likelihood of the floored model is another, so its end says nothing here.
    best = max(better, key=lambda each: (not each.drops, each.comparable, each.ended))
    alike = [each for each in better if bool(each.drops) == bool(best.drops)]
    others = [each.words for each in alike if each is not best]
    also = f"; so {'does' if len(others) == 1 else 'do'} {' and '.join(others)}" if others else ""
    return f"{text} Take {best.words}: it takes {_how_many(before, best)} away{also}."


def _how_many(before: Outcome, best: Outcome) -> str:
    if not best.drops:
        return "the dips"
    return f"nine tenths of the {'dips' if best.drops <= before.drops * LEFT else 'depth'}"


def _came_to(found: Outcome) -> str:
    if found.failed:
        return "it diverged" if found.failed == "diverged" else "it was interrupted"
    noun = "dip" if found.drops == 1 else "dips"
    dips = f"{found.drops:,} {noun} of up to {figure(found.deepest)}" if found.drops else "no dips"
    return f"it has {dips} and ends at {figure(found.ended)}"
