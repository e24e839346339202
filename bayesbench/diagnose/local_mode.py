"""A mode that is not the highest: the searches ended on a lower hill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding, short

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("map", "posterior")  # the fits that the rule looks at
HIGHER = 0.01  # of a log-density


def look(contrast: Contrast) -> list[Finding]:
    """The mode's log-density against the highest that the draws or the integral met."""
    mode = contrast.points.get("map_unconstrained")
    posterior, integral = contrast.fits["posterior"], contrast.integral
    if mode is None or mode.estimate is None or posterior.draws is None:
        return []
    if contrast.bound.model.latents:  # the draws have a density of latents and parameters
        return []
    found = float(mode.diagnostics["value"])
    draw = -float(posterior.statistics["potential_energy"].min())
    best = max(draw, integral.highest) if integral is not None else draw
    if not best > found + HIGHER:
        return []
    where = f", near {short(integral.highest_at)}" if integral and best == integral.highest else ""
    text = (
        f"The searches ended on a lower hill: the log-posterior reaches {short(best)}{where}, and "
        f"{short(found)} at the mode that was found. MLE, MAP and Laplace, and the sampler if it "
        "stayed there too, are about that hill: start them elsewhere (start=)."
    )
    return [Finding("local_mode", "warning", text, {"found": found, "met": best})]
