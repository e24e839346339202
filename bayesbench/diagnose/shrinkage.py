"""Empirical Bayes beside full Bayes: what is left out by effects given an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.estimates import estimates
from bayesbench.methods import LABELS

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("mle", "posterior")  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """For the effect whose sd at the MLE is the smallest part of its posterior sd."""
    mle, posterior = contrast.fits["mle"], contrast.fits["posterior"]
    if not mle.effects or posterior.draws is None:
        return []
    layout = contrast.bound.layout
    effects = list(layout.joint.entries[layout.size :])
    few, many = estimates(mle).loc[effects], estimates(posterior).loc[effects]
    entry = str((few["se"] / many["sd"]).idxmin())
    given, full = float(few["se"][entry]), float(many["sd"][entry])
    (name,) = layout.model.latents
    text = (
        f"The {name}s beside {LABELS['mle']} and {LABELS['map']} are means and sds given the "
        "estimate, as if it were true (empirical Bayes): for "
        f"{name_in_formula(entry)} the {LABELS['mle']} says {short(float(few['value'][entry]))} ± "
        f"{short(given)}, the posterior, which averages over the population too, "
        f"{short(float(many['mean'][entry]))} ± {short(full)}."
    )
    evidence = {"effect": entry, "sd_given_the_mle": given, "posterior_sd": full}
    return [Finding("shrinkage", "info", text, evidence)]
