"""The curvature along the steps of dips and along others, against what steps can bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.drops import Drop
from bayesbench.diagnose.optimisation.retaken import Retaken, along, retake

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

OTHERS = 12  # steps outside of dips, evenly spaced
FEWEST = 3  # dips: fewer tell nothing of the curvature
MOSTLY = 0.8  # of the steps: a measure that tells dips from others does so as often


def curvatures(recorded: Recorded, step: Retaken) -> tuple[float, float]:
    """The curvature along a step over the limit of its learning rate, in two metrics.

    First s'Hs / s's over 2/learning rate, the limit of gradient ascent; then s'Hs / s'Ps
    over the optimiser's own limit, P what it divides the gradient by: NaN if not known.
    """
    down, square = along(recorded, step.z, step.taken), float(step.taken @ step.taken)
    if square == 0:
        return np.nan, np.nan
    own = np.nan
    if step.metric is not None and (length := float(step.taken @ (step.metric * step.taken))) > 0:
        own = down / length * step.learning_rate / step.limit
    return down / square * step.learning_rate / 2, own


def curvature_finding(
    recorded: Recorded, drops: tuple[Drop, ...], worst: list[Retaken]
) -> Finding | None:
    """Whether the curvature along the step tells the worst steps of dips from other steps."""
    inside = np.zeros(int(recorded.run.steps[recorded.start]), dtype=bool)
    for drop in drops:
        inside[drop.step_before : drop.lowest] = True
    others = np.flatnonzero(~inside)
    if not len(others):
        return None
    chosen = others[np.linspace(0, len(others) - 1, min(OTHERS, len(others))).astype(int)]
    dips = np.array([curvatures(recorded, step) for step in worst])
    calm = np.array([curvatures(recorded, retake(recorded, int(step))) for step in chosen])
    said, telling = [], []
    for k, words in enumerate(_limits(recorded, worst[0])):
        at, off = (each[np.isfinite(each[:, k]), k] for each in (dips, calm))
        if not (len(at) and len(off)):
            continue
        yes = bool(np.mean(at > 1) >= MOSTLY and np.mean(off > 1) <= 1 - MOSTLY)
        verdict = "tells" if yes else "does not tell"
        if len(at) < FEWEST:
            continue
        telling.append(yes)
        said.append(
            f"{words} is exceeded at {(at > 1).sum()} of {len(at)} steps of dips (median "
            f"{np.median(at):.2g} of it) and at {(off > 1).sum()} of {len(off)} other steps "
            f"(median {np.median(off):.2g}): it {verdict} the ones from the others"
        )
    if not said:
        return None
    text = f"The curvature along the step, against what steps can bear: {'; '.join(said)}."
    evidence = {
        "steps": [step.number for step in worst],
        "dips": dips.tolist(),
        "other_steps": chosen.tolist(),
        "others": calm.tolist(),
        "tells": telling,
    }
    return Finding("dips", "info", text, evidence)


def _limits(recorded: Recorded, step: Retaken) -> list[str]:
    """The limits in words: that of gradient ascent, and the optimiser's own if it is another."""
    name, limits = recorded.run.recipe.optimizer.name, ["2/learning rate"]
    if name != "SGD":
        limits.append(f"{step.limit:g}/learning rate in the metric of {name}")
    elif step.limit != 2:
        limits.append(f"{step.limit:.3g}/learning rate, the limit with this momentum,")
    return limits
