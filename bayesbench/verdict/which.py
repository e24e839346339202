"""The cheapest fit that agrees with the posterior; or the posterior, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.verdict.distance import Distance
from bayesbench.verdict.in_words import NAMES, agreement, listed, reason

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast


def say(contrast: Contrast, found: Mapping[str, Distance]) -> tuple[str | None, list[Finding]]:
    """Which fit to use, and the sentence that says so; neither without a posterior and another.

    Parameters
    ----------
    contrast : Contrast
    found : mapping of Distance
        How far the others are from the posterior, the cheapest first.
    """
    posterior = contrast.fits.get("posterior")
    if posterior is None:
        return None, []
    if not posterior.converged:
        text = f"None of them yet: the posterior, which would tell, is {posterior.status.sentence}"
        return None, [Finding("which", "warning", text, {"status": posterior.status.name})]
    if not found:
        return None, []
    evidence = {name: each.evidence for name, each in found.items()}
    agree = [name for name, each in found.items() if each.agrees]
    apart = [f"{NAMES[name]} {reason(each)}" for name, each in found.items() if name not in agree]
    if not agree:
        text = f"Use the posterior: {listed(apart)}."
        return "posterior", [Finding("which", "info", text, evidence)]
    use, *others = agree
    alone = found[use].shift is None
    text = f"Use {NAMES[use]}{' to predict new rows' * alone}: it agrees with the posterior"
    if others:
        text += f", and so do{'es' * (len(others) == 1)} {listed([NAMES[name] for name in others])}"
    text += f". {agreement(found[use])}."
    if alone:
        text += " Nothing but predictions is compared: no parameter means something by itself."
    if apart:
        text += f" But {listed(apart)}."
    return use, [Finding("which", "info", text, evidence)]
