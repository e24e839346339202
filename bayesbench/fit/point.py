"""From the end of a search to the record of a point estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayesbench.data import Bound, Layout
from bayesbench.fit.information import own_values, standard_errors
from bayesbench.fit.maximum import Maximum
from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Fit


def split(layout: Layout, flat: np.ndarray) -> dict[str, np.ndarray]:
    """One number an entry, as one array a parameter."""
    parts: dict[str, np.ndarray] = {}
    at = 0
    for name in layout.model.parameters:
        size = int(np.prod(layout.shape(name)))
        parts[name] = np.reshape(flat[at : at + size], layout.shape(name))
        at += size
    return parts


def point_estimate(
    method: str,
    bound: Bound,
    objective: Objective,
    found: Maximum,
    *,
    scale: str,
    settings: Mapping[str, Any],
    seconds: float,
    beside: Mapping[str, Fit] | None = None,
) -> Fit:
    """The record of a maximum; what is no maximum is handed on as `last`, never as an estimate."""
    values = own_values(objective, found.z, found.pins)
    values[list(found.edges)] = list(found.edges.values())
    instance = bound.model(**split(bound.layout, values))
    good = found.status.converged
    errors = standard_errors(objective, found.z, found.covariance)
    errors[list(found.edges)] = np.nan
    touched = np.abs(found.null).max(axis=0) > 1e-9 if len(found.null) else np.zeros(len(found.z))
    return Fit(
        method=method,
        bound=bound,
        objective=objective.words,
        scale=scale,
        settings=settings,
        status=found.status,
        estimate=instance if good else None,
        last=None if good else instance,
        standard_errors=split(bound.layout, errors) if good else {},
        null_directions=found.null_words,
        identified=split(bound.layout, ~touched.astype(bool)),
        trace=pd.DataFrame(found.steps),
        diagnostics={
            "value": found.value,
            "gradient_norm": found.gradient_norm,
            "standard_errors_from_maximum": found.distance,
            "steps": len(found.steps),
        },
        beside=beside or {},
        seconds={"fit": seconds},
    )
