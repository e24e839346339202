"""How many optima a search from several starts met, and what it makes of the highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.fit.record import Fit
from bayesbench.fit.search import is_large
from bayesbench.fit.starts import SAME_HEIGHT

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("mle",)  # the fits that the rule looks at
NAMES = {"mle": "the maximum of the likelihood", "map": "the mode of the posterior"}


def look(contrast: Contrast) -> list[Finding]:
    """For MLE and MAP: the optima, the share of the highest, and mirror images of it."""
    fits = [fit for name, fit in contrast.fits.items() if name in NAMES and fit.optima]
    # What the likelihood shows, the posterior need not repeat.
    mirrored = next((found for fit in fits if (found := _mirrored(fit))), [])
    return [finding for fit in fits for finding in _met(fit)] + mirrored


def _top(fit: Fit) -> int:
    """How many of the optima are as high as the highest."""
    best = fit.optima[0].value
    level = SAME_HEIGHT * max(1.0, abs(best))
    return sum(best - optimum.value <= level for optimum in fit.optima)


def _met(fit: Fit) -> list[Finding]:
    if fit.status.name == "not identified" and not fit.bound.model.groups:
        return []  # on a ridge the ends are as many as the starts
    if is_large(fit.bound.layout):
        return []  # only the best of its training runs is climbed to the end
    starts, top = int(fit.settings["starts"]), _top(fit)
    reached = sum(optimum.starts for optimum in fit.optima[:top])
    lower = len(fit.optima) - top
    evidence = {
        "starts": starts,
        "optima": len(fit.optima),
        "as_high_as_the_highest": top,
        "reached_the_highest": reached,
        "lost": fit.lost,
    }
    twins = f" ({top} points that are equally high)" if top > 1 else ""
    text = (
        f"The search for {NAMES[fit.method]} began at {starts} points: {reached} of them reached "
        f"the highest optimum{twins}"
    )
    if lower:
        gap = fit.optima[0].value - fit.optima[top].value
        text += (
            f", the others {lower} lower one{'s' * (lower != 1)}, the best of which is "
            f"{short(gap)} lower in {fit.objective}"
        )
    if fit.lost:
        text += f"; {fit.lost} ended at none"
    if reached > top or reached == starts:
        return [Finding("optima", "info" if lower else "ok", text + ".", evidence)]
    text += ". No point of it was reached twice, so a higher one may exist: try more (starts=)."
    return [Finding("optima", "warning", text, evidence)]


def _mirrored(fit: Fit) -> list[Finding]:
    """Whether the highest optima are mirror images, by trying the sign on the likelihood."""
    model = fit.bound.model
    if _top(fit) < 2 or model.groups or model.latents:
        return []
    from bayesbench.fit.symmetry import even_entries

    tops = fit.optima[: _top(fit)]
    points = {
        name: np.stack([np.asarray(optimum.values[name]) for optimum in fit.optima])
        for name in model.parameters
    }
    even = even_entries(fit.bound, points, prior=fit.method == "map")
    layout = fit.bound.layout
    found = []
    for name in even:
        entry = layout.entries.index(name)
        value, *others = (float(layout.join(optimum.values)[entry]) for optimum in tops)
        if not any(abs(other + value) <= 1e-3 * abs(value) for other in others):
            continue
        symbol = name_in_formula(name)
        text = (
            f"-{symbol} fits as well as {symbol}: {fit.objective} does not change with its sign, "
            f"so the highest optimum has a mirror image: {symbol} = {short(abs(value))} and "
            f"{short(-abs(value))}, and nothing in the data tells them apart."
        )
        evidence = {"parameter": name, "values": [abs(value), -abs(value)]}
        found.append(Finding("mirror_image", "info", text, evidence))
    return found
