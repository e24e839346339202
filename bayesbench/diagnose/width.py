"""The width of the posterior beside the standard error of the MLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.compare import HDI, estimates
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short

if TYPE_CHECKING:
    from bayesbench.compare import Contrast

NEEDS = ("mle", "posterior")  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """For the parameter whose posterior sd and standard error differ most."""
    mle, posterior = contrast.fits["mle"], contrast.fits["posterior"]
    if posterior.draws is None:
        return []
    many = estimates(posterior)
    if mle.estimate is None or estimates(mle)["se"].isna().all():
        name = many.index[0]
        text = (
            f"The posterior of {name_in_formula(str(name))} exists all the same: mean {short(many['mean'][name])}, sd "
            f"{short(many['sd'][name])}, {HDI:.0%} of it between {short(many['hdi_low'][name])} and "
            f"{short(many['hdi_high'][name])}. Maximum likelihood gives no standard error here."
        )
        return [Finding("width", "info", text, {"parameter": name})]
    error = estimates(mle)["se"]
    ratio = (many["sd"] / error).dropna()
    name = (ratio - 1).abs().idxmax()
    low, high = many["hdi_low"][name], many["hdi_high"][name]
    text = (
        f"Uncertainty of {name_in_formula(str(name))}: the MLE's standard error is {short(error[name])}, the posterior's "
        f"standard deviation {short(many['sd'][name])} ({ratio[name]:.2f} times as wide); {HDI:.0%} "
        f"of the posterior lies between {short(low)} and {short(high)}."
    )
    evidence = {
        "parameter": name,
        "standard_error": error[name],
        "posterior_sd": many["sd"][name],
        "ratio": ratio[name],
    }
    return [Finding("width", "info", text, evidence)]
