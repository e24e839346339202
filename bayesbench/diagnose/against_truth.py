"""The fits against what mathematics gives: closed forms and quadrature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding
from bayesbench.estimates import columns_of

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ()

EXACT = 1e-8  # what a point estimate may be off
SAMPLED = 4.0  # Monte Carlo standard errors that a sampled mean, or sd, may be off


def look(contrast: Contrast) -> list[Finding]:
    """Points against closed forms; what was sampled against the integral or closed forms."""
    return [*_points(contrast), *_sampled(contrast)]


def _points(contrast: Contrast) -> list[Finding]:
    known: dict[str, Any] = contrast.exact.get("estimates", {})
    off: dict[str, float] = {}
    for entry, by_fit in known.items():
        for fit, truth in by_fit.items():
            found = contrast.points.get(fit)
            if "value" in truth and found is not None and found.estimate is not None:
                place = contrast.bound.layout.joint.entries.index(entry)
                value = float(columns_of(found)["value"][place])
                known_value = float(truth["value"])
                # Of its own size where that is above one: data come in any unit.
                off[f"{entry}.{fit}"] = abs(value - known_value) / max(1.0, abs(known_value))
    heights = {"log_likelihood": "value", "log_partition": "log_partition"}
    for quantity, diagnostic in heights.items():
        for fit, truth in contrast.exact.get(quantity, {}).items():
            found = contrast.points.get(fit)
            if found is not None and diagnostic in found.diagnostics:
                apart = abs(found.diagnostics[diagnostic] - truth)
                off[f"{quantity}.{fit}"] = apart / max(1.0, abs(truth))
    if not off:
        return []
    worst = max(off.values())
    if worst <= EXACT:
        text = (
            f"The point estimates meet their closed forms: the largest difference is {worst:.1g}."
        )
        return [Finding("against_truth", "ok", text, off)]
    text = (
        f"A point estimate misses its closed form by {worst:.2g}; more than {EXACT:g} is too much."
    )
    return [Finding("against_truth", "warning", text, off)]


def _sampled(contrast: Contrast) -> list[Finding]:
    posterior, integral = contrast.fits.get("posterior"), contrast.integral
    if posterior is None or posterior.draws is None:
        return []
    truths, source = _closed_forms(contrast), "closed form"
    if integral is not None:
        (entry,) = contrast.bound.layout.entries
        truths, source = {entry: {"mean": integral.mean, "sd": integral.sd}}, "integral"
    layout, errors = contrast.bound.layout, posterior.diagnostics["convergence"]
    if not truths or not errors.keys() >= layout.model.parameters.keys():
        return []  # predictions are judged in the place of a network's weights
    found, off = columns_of(posterior), dict[tuple[str, str], float]()
    for quantity in ("mean", "sd"):
        mcse = layout.join({name: e[f"mcse_{quantity}"] for name, e in errors.items()})
        for k, (entry, error) in enumerate(zip(layout.entries, mcse, strict=True)):
            if quantity in truths.get(entry, {}):
                apart = float(found[quantity][k]) - float(truths[entry][quantity])
                off[entry, quantity] = apart / float(error)
    if not off:
        return []
    entry, quantity = max(off, key=lambda key: abs(off[key]))
    worst, truth = off[entry, quantity], float(truths[entry][quantity])
    evidence = {
        "parameter": entry,
        "quantity": quantity,
        "truth": truth,
        "off_in_mcse": worst,
        "of_each": {f"{name}.{what}": apart for (name, what), apart in off.items()},
    }
    furthest = "" if len(off) == 1 else ", the furthest off of all,"
    text = (
        f"The sampled {quantity} of {name_in_formula(entry)}{furthest} is {abs(worst):.1f} Monte "
        f"Carlo standard errors from the {source} ({truth:.6g}): "
    )
    if abs(worst) <= SAMPLED:
        return [Finding("against_truth", "ok", text + "as it should be.", evidence)]
    text += "do not trust the draws before that is explained."
    return [Finding("against_truth", "warning", text, evidence)]


def _closed_forms(contrast: Contrast) -> dict[str, dict[str, float]]:
    known: dict[str, Any] = contrast.exact.get("estimates", {})
    return {entry: by_fit["posterior"] for entry, by_fit in known.items() if "posterior" in by_fit}
