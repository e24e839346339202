"""The largest learning rate at which gradient ascent is stable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.fit.recipe import Recipe

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded


def limit(recipe: Recipe, steepest: float) -> float | None:
    """The rate above which steps on all the data lead away from a maximum.

    For a parabola of largest curvature λ it is 2/λ, with a momentum β it is 2 (1 + β)/λ
    (Polyak 1964), and with Nesterov's look ahead 2 (1 + β)/((1 + 2 β) λ). Each is where a
    root of the linear recurrence of the steps reaches -1.

    Returns
    -------
    float or None
        None for an optimiser that rescales the gradient: its limit moves with the scale.
    """
    options = recipe.optimizer.options
    changed = any(options.get(name) for name in ("dampening", "weight_decay"))
    if recipe.optimizer.name != "SGD" or changed:
        return None
    momentum = float(options.get("momentum", 0.0))
    ahead = 1 + 2 * momentum if options.get("nesterov") else 1.0
    return 2 * (1 + momentum) / ahead / steepest


def stable_below(recorded: Recorded) -> float | None:
    """The limit at the maximum that the run was heading for, where both are known."""
    top = recorded.summit
    known = top.is_maximum
    return limit(recorded.run.recipe, top.steepest) if known else None
