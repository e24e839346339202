"""Whether the ways to the evidence agree, and what Laplace's approximation makes of it."""

from __future__ import annotations

from itertools import combinations
from math import hypot
from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding, short

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("laplace", "posterior")  # the fits that the rule looks at

ERRORS = 4.0  # that two ways may be apart
OFF = 0.1  # of the log evidence, that Laplace's may be off


def look(contrast: Contrast) -> list[Finding]:
    """The ways that have an error against each other, then Laplace's value against the best."""
    return [*_against_each_other(contrast), *_laplace(contrast)]


def _against_each_other(contrast: Contrast) -> list[Finding]:
    ways = [way for name, way in contrast.evidence.ways.items() if name != "laplace"]
    if len(ways) < 2:
        return []
    apart = {
        (one.label, other.label): (one.log - other.log) / hypot(one.error, other.error)
        for one, other in combinations(ways, 2)
    }
    (first, second), worst = max(apart.items(), key=lambda each: abs(each[1]))
    logs = {way.label: way.log for way in ways}
    evidence = {
        "log_evidence": logs,
        "error": {way.label: way.error for way in ways},
        "apart_in_errors": {f"{one}, {other}": value for (one, other), value in apart.items()},
    }
    numbers = (
        f"{first} ({logs[first]:.6g}) and {second} ({logs[second]:.6g}) are {abs(worst):.1f} "
        "errors apart"
    )
    if abs(worst) <= ERRORS:
        text = f"The ways to the evidence agree: {numbers}."
        return [Finding("evidence", "ok", text, evidence)]
    text = f"The ways to the log evidence disagree beyond their errors: {numbers}."
    remedy = "Chains that stay at one of several hills do that; look for others with more starts."
    return [Finding("evidence", "warning", text, evidence, remedy)]


def _laplace(contrast: Contrast) -> list[Finding]:
    best, rough = contrast.evidence.best, contrast.evidence.ways.get("laplace")
    if best is None or rough is None:
        return []
    off = rough.log - best.log
    if abs(off) <= max(OFF, ERRORS * best.error):
        return []
    text = (
        f"Laplace's log evidence is {short(abs(off), 2)} too {'high' if off > 0 else 'low'} "
        f"({rough.log:.2f} against {best.log:.2f} by {best.label}): the posterior is no Normal."
    )
    evidence = {"laplace": rough.log, "best": best.log, "method": best.method}
    return [Finding("evidence_laplace", "info", text, evidence)]
