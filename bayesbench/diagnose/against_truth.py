"""The fits against what mathematics gives: closed forms and quadrature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.compare import estimates
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.compare import Contrast

NEEDS = ()

EXACT = 1e-8  # what a point estimate may be off
SAMPLED = 4.0  # Monte Carlo standard errors that a sampled mean may be off


def look(contrast: Contrast) -> list[Finding]:
    """Points against closed forms; the sampled mean against a closed form or the integral."""
    return [*_points(contrast), *_mean(contrast)]


def _points(contrast: Contrast) -> list[Finding]:
    known: dict[str, Any] = contrast.exact.get("estimates", {})
    off: dict[str, float] = {}
    for entry, by_fit in known.items():
        for fit, truth in by_fit.items():
            found = contrast.points.get(fit)
            if "value" in truth and found is not None and found.estimate is not None:
                value = float(estimates(found)["value"][entry])
                off[f"{entry}.{fit}"] = abs(value - float(truth["value"]))
    if not off:
        return []
    worst = max(off.values())
    if worst <= EXACT:
        text = (
            f"The point estimates meet their closed forms: the largest difference is {worst:.1g}."
        )
        return [Finding("against_truth", "ok", text, off)]
    text = (
        f"A point estimate misses its closed form by {worst:.2g}; more than {EXACT:g} is too much."
    )
    return [Finding("against_truth", "warning", text, off)]


def _mean(contrast: Contrast) -> list[Finding]:
    posterior, integral = contrast.fits.get("posterior"), contrast.integral
    if posterior is None or posterior.draws is None or integral is None:
        return []
    (name,) = contrast.bound.model.parameters
    (entry,) = contrast.bound.layout.entries
    judged = posterior.diagnostics["convergence"].get(name)
    if judged is None:  # a network's weight: its predictions are judged instead
        return []
    error = float(np.ravel(judged["mcse_mean"])[0])
    off = (float(estimates(posterior)["mean"][entry]) - integral.mean) / error
    evidence = {"parameter": entry, "mcse": error, "off_in_mcse": off, "truth": integral.mean}
    where = f"{abs(off):.1f} Monte Carlo standard errors from the integral ({integral.mean:.6g})"
    if abs(off) <= SAMPLED:
        text = f"The sampled mean of {name_in_formula(entry)} is {where}: as it should be."
        return [Finding("against_truth", "ok", text, evidence)]
    text = (
        f"The sampled mean of {name_in_formula(entry)} is {where}: do not trust the draws before "
        "that is explained."
    )
    return [Finding("against_truth", "warning", text, evidence)]
