"""The MLE's profile likelihood intervals beside Wald's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.fit.profile import DISAGREE
from bayesbench.fit.profile_in_words import local, number

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.profile import Profile, Profiles

NEEDS = ("mle",)  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """A higher point that a profile met, profiles without an end, and where Wald's is off."""
    found = contrast.profile
    if found is None:
        return []
    if found.higher is not None:
        evidence = {"gain": found.higher.gain, **found.higher.values}
        return [Finding("profile_interval", "warning", local(found), evidence)]
    return _open(contrast, found) + _beside_wald(found)


def _open(contrast: Contrast, found: Profiles) -> list[Finding]:
    """The intervals that have no end, or one that is not known."""
    made = []
    for each in found:
        if each.closed:
            continue
        text = (
            f"The {each.prob:.0%} profile likelihood interval of {name_in_formula(each.entry)} is "
            f"from {number(each.low)} to {number(each.high)}: {each.words}."
        )
        # A likelihood without a maximum has a warning of its own.
        severity = "warning" if contrast.fits["mle"].estimate is not None else "info"
        evidence = {"parameter": each.entry, "ends": [each.lower.kind, each.upper.kind]}
        made.append(Finding("profile_interval", severity, text, evidence))
    return made


def _beside_wald(found: Profiles) -> list[Finding]:
    """The closed interval that Wald's is furthest from; or that it would do for all."""
    closed = [each for each in found if each.closed and np.isfinite(each.se)]
    if not closed:
        return []
    worst = max(closed, key=lambda each: (not each.agrees, each.apart))
    evidence = {
        "parameter": worst.entry,
        "profile": [worst.low, worst.high],
        "wald": list(worst.wald),
        "standard_errors_apart": worst.apart,
    }
    if worst.agrees:
        text = (
            "The ends of the MLE's profile likelihood intervals and of Wald's are nowhere more "
            f"than {DISAGREE:g} standard errors apart: at most {worst.apart:.2g}, for "
            f"{name_in_formula(worst.entry)} ({_both(worst)})."
        )
        return [Finding("profile_interval", "ok", text, evidence)]
    if worst.apart > 0.01 or worst.wald_leaves:
        why = (
            f"leaves the support, {worst.support.brackets}"
            if worst.wald_leaves
            else f"is off by up to {worst.apart:.2g} of them"
        )
        errors, name = (worst.wald[1] - worst.estimate) / worst.se, name_in_formula(worst.entry)
        text = (
            f"The likelihood is no parabola along {name}: the MLE ± {errors:.2f} standard errors "
            f"{why} ({worst.prob:.0%}: {_both(worst)})."
        )
    else:
        text = f"For {name_in_formula(worst.entry)} {worst.words.partition(';')[0]}."
    return [Finding("profile_interval", "info", text, evidence)]


def _both(each: Profile) -> str:
    low, high, *wald = map(short, (each.low, each.high, *each.wald))
    return f"profile likelihood {low} to {high}, Wald {wald[0]} to {wald[1]}"
