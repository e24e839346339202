"""From the end of a search to the record of a point estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesbench.fit.effects import accurate, latents_at
from bayesbench.fit.information import own_values, standard_errors
from bayesbench.fit.objective import Objective
from bayesbench.fit.partition_check import partition_checked
from bayesbench.fit.record import Fit
from bayesbench.fit.run import Run
from bayesbench.fit.search import Search
from bayesbench.layout import Bound


def point_estimate(
    method: str,
    bound: Bound,
    objective: Objective,
    done: Search,
    *,
    scale: str,
    settings: Mapping[str, Any],
    seconds: float,
    run: Run | None = None,
) -> Fit:
    """The record of a search; what is no maximum is handed on as `last`, never as an estimate."""
    import pandas as pd

    found = done.found
    values = own_values(objective, found.z, found.pins)
    values[list(found.edges)] = list(found.edges.values())
    split, status = bound.layout.split(values), found.status
    effects, numbers = dict[str, tuple[np.ndarray, np.ndarray]](), dict[str, float]()
    if bound.model.latents and status.converged:
        effects, error = latents_at(objective, split)
        status, numbers = accurate(status, error, found.value), {"integration_error": error}
    good = status.converged
    instance = bound.model(**split, **{name: mean for name, (mean, _) in effects.items()})
    errors = standard_errors(objective, found.z, found.covariance)
    errors[list(found.edges)] = np.nan
    record = Fit(
        method=method,
        bound=bound,
        objective=objective.words,
        scale=scale,
        settings=settings,
        status=status,
        estimate=instance if good else None,
        last=None if good else instance,
        standard_errors=bound.layout.split(errors) if good else {},
        effects=effects if good else {},
        null_directions=found.null_words,
        null=found.null * objective.slopes(found.z) if len(found.null) else found.null,
        trace=pd.DataFrame(found.steps),
        optima=done.optima,
        lost=done.lost,
        run=run,
        diagnostics={
            "value": found.value,
            "gradient_norm": found.gradient_norm,
            "standard_errors_from_maximum": found.distance,
            "steps": len(found.steps) if run is None else int(run.steps[run.best]),
            **numbers,
        },
        seconds={"fit": seconds},
    )
    return partition_checked(record)
