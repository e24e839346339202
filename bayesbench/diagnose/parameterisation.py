"""In which coordinates the sampler saw what has a loc and a scale of its own, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("posterior",)  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """What was chosen, and what the trial saw; worth knowing where transitions diverged."""
    posterior = contrast.fits["posterior"]
    words = posterior.diagnostics.get("parameterisation")
    if not words or posterior.draws is None:
        return []
    divergences = posterior.diagnostics["divergences"]
    evidence = {
        "centred": posterior.settings["centred"],
        "told": posterior.diagnostics["told"],
        "divergences": divergences,
    }
    if not divergences:
        return [Finding("parameterisation", "ok", words, evidence)]
    text = f"The funnel is not quite out of the way. {words}"
    other = ", ".join(f'"{name}": {1 - c:g}' for name, c in evidence["centred"].items())
    remedy = f"Try centred={{{other}}} in fit_posterior, and a higher target_accept."
    return [Finding("parameterisation", "info", text, evidence, remedy)]
