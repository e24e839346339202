"""Columns on hugely different scales: one prior can't suit them all, and searches are slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding, short
from bayesbench.views.curves import feature_columns

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ()
APART = 1000  # times as large: more than kilometres and metres


def look(contrast: Contrast) -> list[Finding]:
    """The widest and the narrowest of the inputs' columns, where parameters have no units."""
    bound = contrast.bound
    if any(np.any(np.asarray(p.unit) != 1) for p in bound.model.parameters.values()):
        return []
    sds = {name: float(values.std()) for name, values in feature_columns(bound).items()}
    sds = {name: sd for name, sd in sds.items() if sd > 0}
    if len(sds) < 2 or max(sds.values()) < APART * min(sds.values()):
        return []
    low, high = min(sds, key=sds.__getitem__), max(sds, key=sds.__getitem__)
    message = (
        f"The columns are on hugely different scales: {high} has the sd {short(sds[high])}, {low} "
        f"{short(sds[low])}. One prior says different things of their coefficients, and searches "
        "and chains take long."
    )
    remedy = (
        "Rescale them; of a line, standardize (--standardize) has the priors meant for columns "
        "of sd 1, and gives all answers in the table's units; a formula's priors are in these."
    )
    return [Finding("column_scales", "info", message, {high: sds[high], low: sds[low]}, remedy)]
