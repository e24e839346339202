"""The width of the posterior beside the standard error of the MLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.estimates import HDI, estimates

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.contrasting import Contrast

NEEDS = ("mle", "posterior")  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """For the parameter whose posterior sd and standard error differ most."""
    mle, posterior = contrast.fits["mle"], contrast.fits["posterior"]
    if posterior.draws is None or not posterior.converged:
        return []
    # The two mirror images of a sign that nothing informs are not its uncertainty.
    mirrored = posterior.diagnostics["mirrored"]
    named = [name for name in contrast.bound.layout.named if name not in mirrored]
    many = estimates(posterior).filter(items=named, axis="index")
    if many.empty:
        return []
    error = estimates(mle)["se"].filter(items=many.index)
    if mle.estimate is None or error.isna().all():
        name = str(many.index[0])
        text = (
            f"The posterior of {name_in_formula(name)} exists all the same: mean "
            f"{short(many['mean'][name])}, sd {short(many['sd'][name])}, {_interval(many, name)}. "
            "Maximum likelihood gives no standard error here."
        )
        return [Finding("width", "info", text, {"parameter": name})]
    ratio = (many["sd"] / error).dropna()
    name = str((ratio - 1).abs().idxmax())
    text = (
        f"Uncertainty of {name_in_formula(name)}: the MLE's standard error is "
        f"{short(error[name])}, the posterior's standard deviation {short(many['sd'][name])} "
        f"({ratio[name]:.2f} times as wide), with {_interval(many, name)}."
    )
    evidence = {
        "parameter": name,
        "standard_error": error[name],
        "posterior_sd": many["sd"][name],
        "ratio": ratio[name],
    }
    return [Finding("width", "info", text, evidence)]


def _interval(many: pd.DataFrame, name: str) -> str:
    low, high = short(many["hdi_low"][name]), short(many["hdi_high"][name])
    return f"its highest-density {HDI:.0%} between {low} and {high}"
