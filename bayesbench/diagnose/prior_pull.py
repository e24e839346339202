"""How far the prior moves the estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.describe import name_in_formula, spelt
from bayesbench.diagnose.finding import Finding, short
from bayesbench.distributions import Distribution
from bayesbench.estimates import estimates

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("mle", "map")  # the fits that the rule looks at

SAME, LITTLE, CONFLICT = 1e-6, 0.01, 10.0  # standard errors


def look(contrast: Contrast) -> list[Finding]:
    """From the MLE to the MAP, in standard errors of the MLE: the largest of the parameters."""
    mle, mode = contrast.fits["mle"], contrast.fits["map"]
    if mle.estimate is None or mode.estimate is None:
        return []
    first, second = estimates(mle), estimates(mode)
    own = list(contrast.bound.layout.entries)
    first, second = first.loc[own], second.loc[own]
    moved = ((second["value"] - first["value"]) / first["se"]).dropna()
    moved = moved.filter(items=contrast.bound.layout.named)
    if moved.empty:
        return []
    name = moved.abs().idxmax()
    size, prior = float(moved[name]), _prior(contrast, str(name))
    before, after = float(first["value"][name]), float(second["value"][name])
    evidence = {"parameter": name, "mle": before, "map": after, "standard_errors": size}
    symbol, rows = name_in_formula(str(name)), contrast.bound.nobs
    if abs(size) < SAME:
        text = (
            f"The MLE and the MAP of {symbol} are the same, {short(before)}: the prior {prior} is "
            "level around it, so it moves the mode nowhere (the posterior mean it can still move)."
        )
    elif abs(size) < LITTLE:
        text = (
            f"The prior hardly moves the estimates: {symbol}, which it moves most, by "
            f"{abs(size):.1g} standard errors of the MLE, with {rows:,} rows of data."
        )
    else:
        text = (
            f"The prior {prior} moves {symbol} from {short(before)} (MLE) to {short(after)} (MAP): "
            f"{abs(size):.2g} standard errors of the MLE, with {rows:,} rows of data."
        )
    if abs(size) <= CONFLICT:
        return [Finding("prior_pull", "info", text, evidence)]
    text += (
        " Prior and data contradict each other: check the prior's centre and scale against the "
        "units of the data. Such a posterior may have one mode near each, and a search or a chain "
        "that begins at one need not find the other."
    )
    return [Finding("prior_pull", "warning", text, evidence)]


def _prior(contrast: Contrast, entry: str) -> str:
    declared = contrast.bound.model.parameters[entry.partition("[")[0]]
    return spelt(declared.prior) if isinstance(declared.prior, Distribution) else "given the others"
