"""How well an approximation stands in for the posterior, and its warning light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.estimates import estimates
from bayesbench.fit.importance import Importance

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit

NEEDS = ()

# Of the posterior's sd, in the mean; and of one, in the ratio of the sds.
CLOSE, ROUGH = 0.1, 0.3

WHAT = {"laplace": "Laplace's Normal at the mode", "pathfinder": "Pathfinder's mixture of Normals"}


def look(contrast: Contrast) -> list[Finding]:
    """Each approximation against the sampler, where it is furthest off, and by its weights."""
    fits = {name: fit for name, fit in contrast.fits.items() if name in WHAT}
    return [found for name, fit in fits.items() for found in _of(contrast, name, fit)]


def _of(contrast: Contrast, name: str, fit: Fit) -> list[Finding]:
    light = fit.importance
    if light is None:
        return []
    weights = {"pareto_k": light.pareto_k, "importance_ess": light.ess, "word": light.word}
    rule, draws = f"{name}_shape", len(light.weights)
    if light.word == "exact":
        text = f"{WHAT[name]} is the posterior: all of its {draws:,} draws weigh the same."
        return [Finding(rule, "ok", text, weights)]
    apart, severity, evidence = _apart(contrast, fit)
    if light.word in ("rough", "unusable"):
        severity = "warning"
    text = f"{WHAT[name]} {apart}. {_of_weights(light)}"
    return [Finding(rule, severity, text, evidence | weights)]


def _apart(contrast: Contrast, fit: Fit) -> tuple[str, str, dict[str, Any]]:
    """Mean and sd against the sampler's, for the parameter where they differ most."""
    posterior = contrast.fits.get("posterior")
    alone = "is judged by its importance weights alone", "ok", dict[str, Any]()
    if posterior is None or posterior.draws is None or not posterior.converged:
        return alone
    # Weights of networks have no shape of their own. And a Normal at one of two mirror images
    # is no stand-in for both: `optima` says that.
    mirrored = posterior.diagnostics["mirrored"]
    kept = [name for name in contrast.bound.layout.named if name not in mirrored]
    rough, fine = (estimates(each).filter(items=kept, axis="index") for each in (fit, posterior))
    if fine.empty:
        return alone
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
        return f"is close to the posterior: {numbers}", "ok", evidence
    if off < ROUGH:
        return f"is a rough stand-in for the posterior: {numbers}", "info", evidence
    return f"is a poor stand-in for the posterior: {numbers}", "warning", evidence


def _of_weights(light: Importance) -> str:
    """What k says of the importance weights (Vehtari et al. 2024), in a sentence."""
    draws = len(light.weights)
    if light.word == "unknown":
        return f"With {draws} draws nothing is known of its importance weights."
    k = f"Pareto's k is {light.pareto_k:.3g}"
    if light.word == "good":
        return (
            f"Its importance weights can be relied on ({k}, below {light.reliable_below:.2g}; "
            f"{light.ess:,.0f} effective draws of {draws:,}), and so can the weighted mean and sd."
        )
    why = (
        "the weights have no mean, so that no number of draws helps"
        if light.word == "unusable"
        else f"more than {light.reliable_below:.2g} is too much for so few draws"
    )
    return (
        f"Its importance weights can't be relied on ({k}: {why}; {light.ess:,.0f} effective "
        f"draws of {draws:,}), so neither can the weighted mean and sd: use the posterior's."
    )
