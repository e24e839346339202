"""How well a Normal at the mode stands in for the posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.compare import estimates
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short

if TYPE_CHECKING:
    from bayesbench.compare import Contrast

NEEDS = ("laplace", "posterior")  # the fits that the rule looks at

# Of the posterior's sd, in the mean; and of one, in the ratio of the sds.
CLOSE, ROUGH = 0.1, 0.3


def look(contrast: Contrast) -> list[Finding]:
    """Laplace's mean and sd against the sampler's, for the parameter where they differ most."""
    laplace, posterior = contrast.fits["laplace"], contrast.fits["posterior"]
    if laplace.draws is None or posterior.draws is None:
        return []
    # Weights of networks have no shape of their own. And a Normal at one of two mirror images
    # is no stand-in for both: `optima` says that.
    mirrored = posterior.diagnostics["mirrored"]
    kept = [name for name in contrast.bound.layout.named if name not in mirrored]
    rough, fine = (estimates(fit).filter(items=kept, axis="index") for fit in (laplace, posterior))
    if fine.empty:
        return []
    shift = (rough["mean"] - fine["mean"]) / fine["sd"]
    width = rough["sd"] / fine["sd"]
    name = (shift.abs() + (width - 1).abs()).idxmax()
    evidence = {"parameter": name, "shift_in_sd": shift[name], "ratio_of_sd": width[name]}
    numbers = (
        f"for {name_in_formula(str(name))} its mean is {abs(shift[name]):.2g} posterior standard "
        "deviations off and its "
        f"width {width[name]:.2f} of the posterior's ({short(rough['sd'][name])} against "
        f"{short(fine['sd'][name])})"
    )
    off = max(abs(shift[name]), abs(width[name] - 1))
    if off < CLOSE:
        text = f"Laplace's Normal at the mode is close to the posterior: {numbers}."
        return [Finding("laplace_shape", "ok", text, evidence)]
    if off < ROUGH:
        text = f"Laplace's Normal at the mode is a rough stand-in for the posterior: {numbers}."
        return [Finding("laplace_shape", "info", text, evidence)]
    text = f"Laplace's Normal at the mode is a poor stand-in for the posterior: {numbers}."
    return [Finding("laplace_shape", "warning", text, evidence)]
