"""Where the maximum-likelihood estimate does not exist, or sits on the boundary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.estimates import estimates
from bayesbench.verdict.distance import averaged

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

CERTAIN = 1e-12  # from 0 or 1
TOLD = 3  # entries, or directions, by name


def say(contrast: Contrast) -> list[Finding]:
    """One sentence, with what the posterior has in its place."""
    mle = contrast.fits.get("mle")
    if mle is None or mle.status.name == "converged":
        return []
    if mle.status.name == "boundary":
        return [_on_the_boundary(contrast)]
    if mle.status.name == "not identified" and mle.null_directions:
        return [_not_identified(contrast)]
    why = re.split(r" \(|;|\.(?: |$)", mle.status.sentence.removeprefix(f"{mle.status.name}: "))[0]
    reached = float(mle.diagnostics.get("value", np.nan))
    why += f" (it had reached {reached:.4g})" if np.isfinite(reached) else ""
    text = f"Maximum likelihood has no estimate: {why}. {_instead(contrast)}"
    return [
        Finding(
            "existence", "warning", text.strip(), {"status": mle.status.name, "reached": reached}
        )
    ]


def _on_the_boundary(contrast: Contrast) -> Finding:
    table = estimates(contrast.fits["mle"])
    named = [e for e in contrast.bound.layout.named if table["status"][e] == "boundary"][:TOLD]
    at = ", ".join(f"{name_in_formula(e)} = {table['value'][e]:.4g}" for e in named)
    text = f"The MLE sits on the boundary ({at}), where it has no standard error."
    evidence: dict[str, Any] = {
        "status": "boundary",
        "values": {e: float(table["value"][e]) for e in named},
    }
    for name, found in contrast.probabilities["mle"].items():
        if found is None or CERTAIN < found.value < 1 - CERTAIN:
            continue
        words = contrast.bound.model.events[name].words
        text += f" It is certain: it gives “{words}” the probability {found.value:.0f}"
        other = averaged(contrast, name)
        text += f", the posterior {short(other.value)}." if other else "."
        evidence |= {"event": words, "probability": found.value}
        return Finding("existence", "warning", text, evidence)
    return Finding("existence", "info", f"{text} {_instead(contrast, named)}".strip(), evidence)


def _not_identified(contrast: Contrast) -> Finding:
    mle = contrast.fits["mle"]
    ways, size = len(mle.null_directions), contrast.bound.layout.size
    named = ", ".join(mle.null_directions[:TOLD]) + (", ..." if ways > TOLD else "")
    text = (
        f"Maximum likelihood has no single estimate: the data leave {ways} of {size} directions "
        f"of the parameters open ({named}), of which a posterior only says what the prior did."
    )
    evidence = {"status": "not identified", "open": ways, "of": size}
    return Finding("existence", "warning", text, evidence)


def _instead(contrast: Contrast, entries: list[str] | None = None) -> str:
    """What the posterior has, of the named entries or of the first."""
    posterior = contrast.fits.get("posterior")
    if posterior is None or posterior.draws is None:
        return ""
    table = estimates(posterior)
    named = (entries or list(contrast.bound.layout.named))[:TOLD]
    said = [
        f"{name_in_formula(e)} = {short(table['mean'][e])} ± {short(table['sd'][e])}"
        for e in named
        if np.isfinite(table["sd"][e])
    ]
    return f"The posterior has {', '.join(said)}." if said else ""
