"""A recorded run as plain data: what `bayesbench diagnose --json` writes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bayesbench.plain import plain
from bayesbench.results import versions
from bayesbench.zoo import name_of

if TYPE_CHECKING:
    from bayesbench.fit.record import Fit


def run_results(fit: Fit) -> dict[str, Any]:
    """What was asked, where it ended and how, and the findings; NaN is None."""
    model, trace = fit.bound.model, fit.trace
    place = fit.estimate if fit.estimate is not None else fit.last
    if trace is None or place is None:
        raise TypeError("the fit has no recorded run.")
    heights = trace["log_likelihood"]
    return plain(
        {
            "model": name_of(model),
            "variant": model.variant_name,
            "n": fit.bound.nobs,
            "source": fit.bound.table.source,
            "data_sha256": fit.bound.sha256,
            "versions": versions(),
            "settings": dict(fit.settings),
            "status": asdict(fit.status),
            "steps": fit.diagnostics["steps"],
            "seconds": dict(fit.seconds),
            "log_likelihood": {
                "start": heights.iloc[0],
                "best": heights.max(),
                "end": heights.iloc[-1],
            },
            "end": {
                name: value
                for name, value in zip(
                    fit.bound.layout.entries, fit.bound.layout.join(place.values), strict=True
                )
                if name in fit.bound.layout.named
            },
            "findings": [asdict(finding) for finding in fit.findings],
        }
    )
