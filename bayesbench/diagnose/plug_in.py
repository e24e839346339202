"""Plug-in against posterior predictive: the same event, two probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.predict.events import Probability

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("map", "posterior")  # the fits that the rule looks at

NOTABLE = 3.0  # Monte Carlo standard errors
SAME = 1e-9  # of a probability


def look(contrast: Contrast) -> list[Finding]:
    """For each event, where the difference comes from.

    With g the event's probability given the parameters, the posterior average of g differs
    from g at the MAP by two parts: g at the posterior mean against g at the MAP, and the
    average of g against g at the mean. The second is zero where g is a straight line; for
    g = (1 - θ)² it is the variance of θ.
    """
    posterior, mode = contrast.fits["posterior"], contrast.fits["map"]
    if posterior.draws is None or mode.estimate is None:
        return []
    layout = contrast.bound.layout.joint
    model = layout.model
    draws = layout.join(posterior.draws.values)
    mean = draws.mean(axis=(0, 1))
    if contrast.integral is not None:  # free of Monte Carlo error
        mean = np.array([contrast.integral.mean])
    at_mean = model(**layout.split(mean))
    said = []
    for name, event in model.events.items():
        average, plugged = _average(contrast, name), contrast.probabilities["map"][name]
        if average is None or plugged is None:
            continue
        central = float(getattr(at_mean, name))
        spread, shift = average.value - central, central - plugged.value
        evidence = {
            "event": name,
            "plug_in_map": plugged.value,
            "posterior_predictive": average.value,
            "mcse": average.mcse,
            "plug_in_posterior_mean": central,
            "due_to_spread": spread,
            "due_to_mean_against_mode": shift,
        }
        how = "" if contrast.integral is None else " (integrated)"
        where = _where(layout.entries, mean)
        opening = (
            f"“{event.words}”: plugging in the MAP gives {short(plugged.value)}, averaging over "
            f"the posterior {short(average.value)}{how}"
        )
        if abs(average.value - plugged.value) <= max(NOTABLE * average.mcse, SAME):
            text = f"{opening}: no difference to speak of"
            if average.mcse:
                text += f" (Monte Carlo error {short(average.mcse)})"
            elif contrast.integral is None:
                text += f" (the same in all {draws[..., 0].size:,} draws)"
            text += "."
            said.append(Finding("plug_in", "ok", text, evidence))
            continue
        text = f"{opening}. "
        if abs(spread) > SAME:
            text += (
                f"Of the difference, {shift:+.4f} is the posterior mean standing elsewhere than "
                f"the mode, and {spread:+.4f} is the uncertainty itself: the probability is a "
                f"curved function of {where}, so its average is not its value at the average."
            )
        else:
            text += (
                "The probability is a straight line in the parameters, so the average is its value "
                f"at the posterior mean ({where}): mean and mode differ, nothing else."
            )
        said.append(Finding("plug_in", "info", text, evidence))
    return said


def _average(contrast: Contrast, event: str) -> Probability | None:
    """The posterior predictive probability: integrated where that is possible, else sampled."""
    if contrast.integral is not None:
        return Probability(contrast.integral.events[event])
    return contrast.probabilities["posterior"][event]


def _where(entries: tuple[str, ...], mean: np.ndarray) -> str:
    if len(entries) > 1:
        return "the parameters"
    return (
        f"{name_in_formula(entries[0])} = {short(float(mean[0]))}"
        if len(entries) == 1
        else "nothing"
    )
