"""A run that was led out of the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.limits import stable_below
from bayesbench.diagnose.optimisation.trials import in_as_many, tried, two_figures

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

STEPS = 1000  # of a trial at most


def look(recorded: Recorded) -> list[Finding]:
    """Which step it was, and a smaller rate from the same start."""
    if recorded.fit.status.name != "diverged":
        return []
    run, trace, stable = recorded.run, recorded.trace, stable_below(recorded)
    at, recipe = int(run.steps[recorded.start]), run.recipe
    rate, steps = recipe.learning_rate, min(recipe.steps, STEPS)
    rates = [rate / 10, rate / 100, rate / 1000]
    if stable is not None and stable < 2 * rate:
        rates.insert(0, two_figures(stable / 2))
    begun, best = recorded.height(run.starts[recorded.start]), None
    for smaller in rates:
        trial = tried(recorded, learning_rate=smaller, steps=steps)
        if trial.height > begun:
            best = trial
            break
    above = "" if stable is None else f" The limit of stability at the maximum is {stable:.3g}."
    remedy = (
        "No rate down to a thousandth of it does better: start elsewhere, or rescale the data."
        if best is None
        else f"Take a smaller one: {in_as_many(recorded, best)}."
    )
    finding = Finding(
        "divergence",
        "warning",
        f"The learning rate {rate:g} is too large: step {at + 1:,}, of length "
        f"{trace['step_size'][-1]:.3g} with a gradient of norm {trace['gradient_norm'][-1]:.3g}, "
        f"led out of the numbers.{above}",
        {
            "step": at + 1,
            "learning_rate": float(trace["learning_rate"][-1]),
            "gradient_norm": float(trace["gradient_norm"][-1]),
            "step_size": float(trace["step_size"][-1]),
        }
        | ({} if stable is None else {"limit": stable})
        | ({} if best is None else {"tried": best.recipe.learning_rate, "height": best.height}),
        remedy,
    )
    return [finding]
