"""The numbers of a contrast as plain data: what results.json holds and the page shows.

The schema stands in report/results.schema.json.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.contrasting import Contrast
from bayesbench.describe import data_in_words, description
from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.drops import notable_drops
from bayesbench.estimates import HDI, estimates
from bayesbench.fit.record import Fit
from bayesbench.fit.run_places import recorded
from bayesbench.fit.sampler import sampler_settings
from bayesbench.fit.starts import usual_starts
from bayesbench.formulas.asked import asked_of
from bayesbench.influence import Influence
from bayesbench.known_to import known_to
from bayesbench.layout import Bound
from bayesbench.methods import APPROXIMATIONS
from bayesbench.plain import plain
from bayesbench.views.run_traces import total_log_likelihood
from bayesbench.zoo import name_of

if TYPE_CHECKING:
    from bayesbench.scores.record import Scores

LIBRARIES = ("torch", "jax", "numpyro", "arviz-base", "numpy", "scipy", "pandas")


def results(
    contrast: Contrast,
    runs: Mapping[str, Fit] | None = None,
    influence: Influence | None = None,
    scores: Scores | None = None,
    predictions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that results.json holds; NaN and what was not found are None.

    The runs are those that a page compares, by label; the influence of the prior and the
    predictions of new rows are what it tells: no fit waits for them. The scores are those of
    the rows that the model holds out if no others are given.
    """
    bound, model = contrast.bound, contrast.bound.model
    return plain(
        {
            "model": name_of(model),
            "name": model.__name__,
            "variant": model.variant_name,
            "description": description(model, bound),
            "data_in_words": data_in_words(bound),
            "n": bound.nobs,
            "rows_summed": _rows_summed(bound),
            "source": bound.table.source,
            "data_file": bound.table.file,
            "reading": _reading(bound),
            "seed": contrast.seed,
            "data_sha256": bound.sha256,
            "versions": versions(),
            "estimates": by_entry(contrast),
            "map_scales": [fit.scale for name, fit in contrast.points.items() if name[:3] == "map"],
            "predictive": by_event(contrast),
            "predictions": predictions,
            "scores": _scores(scores or contrast.held_out),
            "log_evidence": _evidence(contrast),
            "evidence_notes": _evidence_notes(contrast),
            "bayes_factors": _bayes_factors(contrast),
            "exact": contrast.exact,
            "quadrature": _quadrature(contrast),
            "importance": _importance(contrast),
            "verdict": _verdict(contrast, scores),
            "profile": _profile(contrast),
            "findings": _findings(contrast.findings),
            "runs": {label: _run(fit) for label, fit in (runs or {}).items()},
            "influence": influence and influence.results(),
            "converged": contrast.converged,
            "status": {name: _status(fit) for name, fit in contrast.points.items()},
            "mirrored": mirrored(contrast),
            "usual": {"starts": usual_starts(bound.layout), **asdict(sampler_settings(model))},
            "settings": {name: dict(fit.settings) for name, fit in contrast.fits.items()},
            "diagnostics": {name: _told(fit) for name, fit in contrast.points.items()},
            "seconds": contrast.seconds,
        }
    )


def _rows_summed(bound: Bound) -> int:
    """How many rows an evaluation of the likelihood reads."""
    return bound.nobs if bound.by_passes else bound.few.n


def _reading(bound: Bound) -> dict[str, Any]:
    """The options by which the table was read, and the formula; None where they are usual."""
    table, asked = bound.table, asked_of(bound.model)
    read = {"columns": dict(table.names) or None, "drop_missing": table.drop_missing or None}
    read |= {name: value for name, value in asdict(table.reading).items() if value}
    if bound.passes is not None:
        read["stream"] = True
    if bound.model.standardized:
        read["standardize"] = True
    return read | (asked.options if asked is not None else {})


def _findings(found: list[Finding]) -> list[dict[str, Any]]:
    names = ("rule", "severity", "message", "evidence", "remedy")
    return [{name: getattr(finding, name) for name in names} for finding in found]


def _status(fit: Fit) -> dict[str, str]:
    return {"name": fit.status.name, "sentence": fit.status.sentence}


def _run(fit: Fit) -> dict[str, Any]:
    """What a page tells of a recorded run, at the start that ended highest."""
    run = recorded(fit).run
    assert run is not None
    best = run.best
    return {
        "variant": fit.bound.model.variant_name,
        "settings": dict(fit.settings),
        "starts": len(run.z),
        "steps": run.steps[best],
        "stop": run.stop[best],
        "status": _status(fit),
        "log_likelihood": fit.diagnostics["value"],
        "drops": len(notable_drops(total_log_likelihood(fit))),
        "findings": _findings(fit.findings),
        "seconds": np.nanmax(run.seconds, initial=0.0),
    }


def mirrored(contrast: Contrast) -> list[str]:
    """The entries whose chains sit on both sides of zero because nothing informs their sign."""
    posterior = contrast.fits.get("posterior")
    return list(posterior.diagnostics.get("mirrored", ())) if posterior else []


def versions() -> dict[str, str]:
    """What computed the numbers."""
    from bayesbench import __version__

    own = {"bayesbench": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in LIBRARIES}


def by_entry(contrast: Contrast) -> dict[str, Any]:
    """By entry and fit, what the fit says of it."""
    entries: dict[str, Any] = {name: {} for name in contrast.bound.layout.joint.named}
    for column, fit in contrast.points.items():
        for name, row in estimates(fit).iterrows():
            if name not in entries:
                continue
            found = dict(row) | {"scale": "own" if column in ("mle", "map") else fit.scale}
            if "hdi_low" in found:
                found["hdi"] = [found.pop("hdi_low"), found.pop("hdi_high")]
                found["hdi_prob"] = HDI
            entries[str(name)][column] = found
    return entries


def by_event(contrast: Contrast) -> dict[str, Any]:
    """By event, its words and its probability under each fit."""
    table: dict[str, Any] = {}
    for name, event in contrast.bound.model.events.items():
        row: dict[str, Any] = {"words": event.words}
        for column, found in contrast.probabilities.items():
            probability = found[name]
            row[column] = probability.value if probability else None
            if probability and probability.mcse:
                row[f"{column}_mcse"] = probability.mcse
        table[name] = row
    return table


def _evidence(contrast: Contrast) -> dict[str, Any]:
    if "posterior" not in contrast.fits:
        laplace = contrast.fits.get("laplace")
        return {"laplace": laplace and laplace.diagnostics.get("log_evidence")}
    return contrast.evidence.numbers


def _evidence_notes(contrast: Contrast) -> list[str]:
    """Why an evidence is missing, and what it hangs on."""
    if "posterior" not in contrast.fits:
        return []
    from bayesbench.evidence.width import prior_width

    return [*contrast.evidence.missing, *prior_width(contrast)]


def _bayes_factors(contrast: Contrast) -> dict[str, Any]:
    """By the name of the other prior; of models without variants that change it there are none."""
    if "posterior" not in contrast.fits:
        return {}
    return {each.other: each.numbers for each in contrast.bayes_factors}


def _scores(scores: Scores | None) -> dict[str, Any] | None:
    return None if scores is None else scores.results()


def _importance(contrast: Contrast) -> dict[str, Any]:
    """By approximation, what the weights of its draws say of it."""
    approximations = {name: contrast.fits[name] for name in APPROXIMATIONS if name in contrast.fits}
    return {name: _light(fit) for name, fit in approximations.items()}


def _light(fit: Fit) -> dict[str, Any] | None:
    found = fit.importance
    if found is None:
        return None
    numbers = {"draws": len(found.weights), "ess": found.ess, "pareto_k": found.pareto_k}
    return numbers | {"word": found.word, "reliable_below": found.reliable_below}


def _quadrature(contrast: Contrast) -> dict[str, Any] | None:
    integral = contrast.integral
    if integral is None:
        return None
    found = {"posterior": {"mean": integral.mean, "sd": integral.sd}}
    return {
        "estimates": dict.fromkeys(contrast.bound.layout.named, found),
        "predictive": {name: {"posterior": p} for name, p in integral.events.items()},
        "log_evidence": integral.log_evidence,
    }


def _profile(contrast: Contrast) -> dict[str, Any]:
    found = contrast.profile
    return {"why_none": contrast.why_no_profile} | (found.results() if found is not None else {})


def _verdict(contrast: Contrast, scores: Scores | None) -> dict[str, Any]:
    if scores is None or scores is contrast.held_out:
        return contrast.verdict.results()
    from bayesbench.verdict import verdict

    return verdict(contrast, scores).results()


def _told(fit: Fit) -> dict[str, Any]:
    told = {name: v for name, v in fit.diagnostics.items() if isinstance(v, int | float | str)}
    known = known_to(fit)
    return told | ({"known_to": known} if known else {})
