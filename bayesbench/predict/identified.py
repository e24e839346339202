"""Predictions where the data leave some combination of the parameters open.

An estimate is then one of many that fit as well. What all of these predict alike is known all
the same: of b and c in Normal(b - c, 1), of which only b - c is informed, the next outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from bayesbench.density import row_log_likelihood
from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library

SMALL = 1e-6  # of a slope, in units of the parameters and of the log-density
LOOKED = 7  # outcomes at which densities are looked at


class NotIdentified(BadInput):
    """New rows whose prediction depends on what the data leave open."""


def is_open(fit: Fit) -> bool:
    """Whether a search ended where other values fit as well, and latents are not in question."""
    found = fit.status.name == "not identified" and fit.last is not None and fit.draws is None
    return found and not fit.bound.model.latents and len(fit.null) > 0


def check_identified(fit: Fit, rows: Bound) -> str:
    """Say why the rows are predicted although the fit has no estimate.

    The slopes of their log-densities along the null directions are zero, at outcomes from the
    lowest that was seen to the highest. A slope, and not a step: a ridge may be curved, so that
    a step would leave it.

    Parameters
    ----------
    fit : Fit
        Of which `is_open` is true.
    rows : Bound
        The new rows.

    Raises
    ------
    BadInput
        Naming the row and the direction, if a prediction varies along one.
    """
    names = fit.null_directions or tuple(f"direction {k + 1}" for k in range(len(fit.null)))
    for words, direction in zip(names, fit.null, strict=False):
        moved = np.flatnonzero(_moved(fit, rows, direction))
        if len(moved):
            row = rows.table.row(int(moved[0]))
            raise NotIdentified(
                f"the {fit.method} of {fit.bound.model.__name__}",
                found=f"{row}, whose prediction changes with {words}, which the data leave open",
                expected="rows that all values which fit as well predict alike",
                remedy="give it a proper prior (MAP and posterior use it); last=True takes the "
                "place where the search stopped",
            )
    open_ways = " and ".join(fit.null_directions) or f"{len(fit.null)} directions"
    return f"the data leave {open_ways} open, and these predictions do not depend on it"


def _moved(fit: Fit, rows: Bound, direction: np.ndarray) -> np.ndarray:
    """Which rows have other densities a small step along a direction, as booleans (n,)."""
    assert fit.last is not None
    layout, library = fit.bound.layout, jax_library()
    flat = layout.join(fit.last.values)
    unit = max(1.0, np.abs(flat).max()) * direction / np.abs(direction).max()
    order = np.argsort(fit.bound.outcome.reshape(fit.bound.n, -1)[:, 0])
    looked = fit.bound.outcome[order[np.linspace(0, fit.bound.n - 1, LOOKED).astype(int)]]
    with jax.enable_x64(True):
        inputs = {name: library.column(values) for name, values in rows.inputs.items()}
        here, along = (
            {name: library.array(v) for name, v in layout.split(each).items()}
            for each in (flat, unit)
        )

        def at(values: Mapping[str, Any], outcome: Any) -> Any:
            whole = library.xp.broadcast_to(outcome, rows.outcome.shape)
            about = library.array(rows.about)
            return row_log_likelihood(layout.model, values, inputs, whole, library, about)

        found = [
            jax.jvp(lambda v, y=y: at(v, y), (here,), (along,)) for y in map(library.array, looked)
        ]
    heights, slopes = (np.array(each) for each in zip(*found, strict=True))
    small = np.abs(slopes) <= SMALL * np.maximum(1.0, np.abs(heights))
    return np.asarray((np.isfinite(heights) & ~small).any(axis=0))
