"""Whether the learning rate is too small, too large, or too large for the batches' noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.batch_noise import noise
from bayesbench.diagnose.optimisation.limits import stable_below
from bayesbench.diagnose.optimisation.pace import pace
from bayesbench.diagnose.optimisation.summit import ARRIVED, missing, named, stopped_short
from bayesbench.diagnose.optimisation.trials import (
    HALF,
    Trial,
    better,
    height_then,
    in_as_many,
    tried,
    two_figures,
)
from bayesbench.fit.search import is_large

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

RULE = "learning rate"
LAST = 100  # steps whose directions are compared
FACTORS, PARTS = (10, 100, 1e3, 1e4), (2, 10, 100, 1e3)  # of the rate, and of its limit: tried
MOST = 1e7  # steps: nobody waits for more


def look(recorded: Recorded) -> list[Finding]:
    """What other learning rates reach from the same start in as many steps."""
    if is_large(recorded.target.layout) and recorded.fit.status.name == "stopped early":
        return _of_weights(recorded)
    if not stopped_short(recorded):
        return []
    turning, rising = _turning(recorded), _rising(recorded)
    batches = recorded.run.recipe.batch_size is not None
    searches = recorded.run.recipe.optimizer.name == "LBFGS"  # for the length of its step
    upwards = not searches and (rising or not (batches or turning < 0))
    found = _too_small(recorded, rising) if upwards else None
    if found is None and batches and not rising:
        found = noise(recorded)
    if found is None and not searches:
        found = _too_large(recorded, turning, rising)
    found = found or _unfinished(recorded, rising)
    return [found] if found else []


def _turning(recorded: Recorded) -> float:
    """The mean cosine between successive steps at the end: -1 where each undoes the last."""
    taken = int(recorded.run.steps[recorded.start])
    first = max(0, taken - LAST)
    work = recorded.back_at(first)
    column = recorded.start if len(work.where()) > 1 else 0
    rates = recorded.trace["learning_rate"][:, None]
    places = [work.where()[column]]
    for step in range(first, taken):
        work.advance(step, rates[step])
        places.append(work.where()[column])
    steps = np.diff(places, axis=0)
    sizes = np.linalg.norm(steps, axis=1)
    products = np.sum(steps[1:] * steps[:-1], axis=1)
    moved = (sizes[1:] > 0) & (sizes[:-1] > 0)
    return float(np.mean(products[moved] / (sizes[1:] * sizes[:-1])[moved])) if moved.any() else 0.0


def _rising(recorded: Recorded) -> bool:
    """Whether the last quarter of the run is higher than the one before, by more than it sways."""
    heights = recorded.trace["log_likelihood"]
    before, last = np.array_split(heights[len(heights) // 2 :], 2)
    before, last = before[np.isfinite(before)], last[np.isfinite(last)]
    if len(before) == 0 or len(last) == 0:
        return True
    return bool(last.mean() - before.mean() > last.std())


def _evidence(
    recorded: Recorded, best: Trial | None = None, stable: float | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "learning_rate": recorded.run.recipe.learning_rate,
        "below": recorded.per * (recorded.summit.height - recorded.height(recorded.end)),
    }
    if best is not None:
        found["tried"] = {
            "recipe": best.recipe.words,
            "steps": best.steps,
            "below": recorded.per * best.gap(recorded.summit.height),
        }
    return found if stable is None else found | {"limit": stable}


def _how_long(recorded: Recorded) -> tuple[str, dict[str, Any]]:
    """The steps that are missing at the pace of the second half, as a sentence and as numbers."""
    top = recorded.summit
    known = top.is_maximum and not recorded.target.layout.model.groups
    if not known or recorded.run.steps[recorded.start] < 10:
        return "", {}
    going = pace(recorded)
    slow, steps = going.slowest, float(going.steps.max())
    name = named(recorded.target.layout, top.directions[slow])
    if not 0 < steps < MOST:
        nearer = f" Along {name} it did not come nearer over the second half of its steps."
        return nearer if steps else "", {"slowest": name}
    some = "at least" if going.even[slow] else "some"
    sentence = (
        f" At this pace it takes {some} {float(f'{steps:.3g}'):,.0f} more steps until it is "
        f"within {ARRIVED} standard errors; the slowest is {name}, {going.last[slow]:.3g} standard "
        f"errors away of {going.first[slow]:.3g} at the start."
    )
    return sentence, {"steps_needed": steps, "slowest": name}


def _too_small(recorded: Recorded, rising: bool) -> Finding | None:
    rate, stable = recorded.run.recipe.learning_rate, stable_below(recorded)
    if stable is None:
        rates = [factor * rate for factor in FACTORS]
    else:
        # Far from the maximum the curvature may be larger, and the limit lower.
        rates = [r for part in PARTS if (r := two_figures(stable / part)) > 2 * rate]
    pairs = [rates[:2], rates[2:]]  # the others only where these do not help
    found = (better(recorded, [{"learning_rate": r} for r in pair]) for pair in pairs)
    best = next(filter(None, found), None)
    if best is None:
        return None
    words, numbers = _how_long(recorded)
    within = "" if stable is None else f"; the limit of stability there is {stable:.3g}"
    return Finding(
        RULE,
        "warning",
        f"The learning rate {rate:g} is too small: the run ended "
        f"{missing(recorded, recorded.end)}{', and was still rising' if rising else ''}.{words}",
        _evidence(recorded, best, stable) | numbers,
        f"Take a larger one: {in_as_many(recorded, best)}{within}.",
    )


def _too_large(recorded: Recorded, turning: float, rising: bool) -> Finding | None:
    rate, stable = recorded.run.recipe.learning_rate, stable_below(recorded)
    first = rate / 100 if stable is None else two_figures(min(stable, rate) / 2)
    ways: list[dict[str, Any]] = [{"learning_rate": r} for r in (first, rate / 10)]
    ways += [{"schedule": "cosine"}] if recorded.run.recipe.schedule == "constant" else []
    best = better(recorded, ways)
    if best is None:
        return None
    how, above = "the log-likelihood does not rise any more", ""
    if rising:
        how = "it rises, but a smaller one gets higher in as many steps"
    if turning < 0:
        how = (
            f"the steps go to and fro (the cosine between successive ones is {turning:.2f} on "
            f"average over the last {min(LAST, int(recorded.run.steps[recorded.start]))})"
        )
    if stable is not None:
        side = "above" if rate > stable else "close to" if rate > 0.9 * stable else "below"
        above = (
            f" The largest curvature at the maximum is {recorded.summit.steepest:.4g}, so that "
            f"the limit of stability is {stable:.3g}: the rate is {side} it."
        )
    return Finding(
        RULE,
        "warning",
        f"The learning rate {rate:g} is too large: {how}, and the run ended "
        f"{missing(recorded, recorded.end)}.{above}",
        _evidence(recorded, best, stable) | {"cosine": turning},
        f"Take a smaller one, or let it fall: {in_as_many(recorded, best)}.",
    )


def _unfinished(recorded: Recorded, rising: bool) -> Finding | None:
    """A run that is on its way, and that no other rate hastens."""
    words, numbers = _how_long(recorded)
    if "steps_needed" not in numbers and not rising:
        return None  # it goes nowhere: for another rule to explain
    top = recorded.summit
    return Finding(
        RULE,
        "warning",
        f"The run was not finished: it ended {missing(recorded, recorded.end)}.{words}",
        _evidence(recorded) | numbers | {"search_steps": top.steps},
        f"Allow more steps, or let the search finish it: with L-BFGS and Newton steps it takes "
        f"{top.steps} from where the run ended.",
    )


def _of_weights(recorded: Recorded) -> list[Finding]:
    """The same for large networks, whose maximum is not known: by what as many steps gain."""
    rate, then = recorded.run.recipe.learning_rate, height_then(recorded)
    begun = recorded.height(recorded.run.starts[recorded.start])
    faster = tried(recorded, learning_rate=10 * rate)
    gains = recorded.per * (then - begun), recorded.per * (faster.height - begun)
    if not gains[1] > gains[0] / HALF:
        return []
    finding = Finding(
        RULE,
        "warning",
        f"The learning rate {rate:g} is too small: in {faster.steps:,} steps it gains "
        f"{gains[0]:,.4g} of the log-likelihood, where ten times as much gains {gains[1]:,.4g}.",
        {"learning_rate": rate, "gained": gains[0], "tried": 10 * rate, "gains": gains[1]},
        f"Take a larger one: {in_as_many(recorded, faster)}.",
    )
    return [finding]
