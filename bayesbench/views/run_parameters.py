"""Recorded runs: the parameters, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.fit.record import Fit
from bayesbench.fit.run_places import places
from bayesbench.views.run_traces import peaks, side_by_side

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 6  # single numbers; the networks come on top
BINS = 200

Series = tuple[np.ndarray, np.ndarray]  # steps, and a value at each


def run_parameters(fits: Mapping[str, Fit]) -> xr.Dataset:
    """The parameters against the step, on their own scale; of a network, how long its weights are.

    A single weight means nothing, for hidden units can be swapped: the square root of the
    sum of all squared weights says how far a network has gone.

    Parameters
    ----------
    fits : mapping of Fit
        By label; each with a recorded run.

    Returns
    -------
    Dataset
        `step` and `value`, shape (run, series, at), thinned; NaN behind the end of a run,
        and where its model has no such parameter.
    """
    import xarray as xr

    lines = [_series(fit) for fit in fits.values()]
    names = [*dict.fromkeys(name for found in lines for name in found)]
    nothing = (np.zeros(0), np.zeros(0))
    drawn = [_thinned(found.get(name, nothing)) for found in lines for name in names]
    shape = (len(fits), len(names), -1)
    most = max(len(fit.bound.layout.named) for fit in fits.values())
    left = f" The first {SHOWN} of {most} parameters." if most > SHOWN else ""
    groups = any(fit.bound.model.groups for fit in fits.values())
    norms = " ‖·‖ is the root of the sum of a network's squared weights." if groups else ""
    ends = "; ".join(
        f"{name} ends at "
        + ", ".join(
            f"{values[-1]:.4g} ({label})"
            for label, found in zip(fits, lines, strict=True)
            for _, values in [found.get(name, nothing)]
            if len(values)
        )
        for name in names
    )
    return xr.Dataset(
        {
            "step": (("run", "series", "at"), side_by_side([s for s, _ in drawn]).reshape(shape)),
            "value": (("run", "series", "at"), side_by_side([v for _, v in drawn]).reshape(shape)),
        },
        coords={"run": [*fits], "series": names},
        attrs={
            "kind": "parameter_trace",
            "title": "The parameters on the way",
            "caption": f"The parameters before each step, on their own scale.{left}{norms}",
            "alt": f"A panel each for {', '.join(names)} against the step: {ends}.",
        },
    )


def _series(fit: Fit) -> dict[str, Series]:
    """By what stands at the axis: the first numbers, and the length of each network's weights."""
    layout = fit.bound.layout
    steps, values = places(fit)
    parts = layout.split(values)
    singles = {name_in_formula(n): values[:, layout.entries.index(n)] for n in layout.named[:SHOWN]}
    lengths = {
        f"‖{name_in_formula(name)}‖": np.sqrt(
            sum((parts[each].reshape(len(steps), -1) ** 2).sum(-1) for each in group.parameters)
        )
        for name, group in fit.bound.model.groups.items()
    }
    return {name: (steps, line) for name, line in (singles | lengths).items()}


def _thinned(series: Series) -> Series:
    steps, values = series
    seen = peaks(values, BINS)
    return np.asarray(steps[seen], dtype=np.float64), values[seen]
