"""Predictions where the data leave some combination of the parameters open.

An estimate is then one of many that fit as well. What all of these predict alike is known all
the same: of b and c in Normal(b - c, 1), of which only b - c is informed, the next outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library
from bayesbench.model import Model

SMALL = 1e-6  # of a slope, in units of the parameters and of what is predicted


class NotIdentified(BadInput):
    """New rows whose prediction depends on what the data leave open."""


def is_open(fit: Fit) -> bool:
    """Whether a search ended where other values fit as well, and latents are not in question."""
    found = fit.status.name == "not identified" and fit.last is not None and fit.draws is None
    return found and not fit.bound.model.latents and len(fit.null) > 0


def check_identified(fit: Fit, rows: Bound) -> str:
    """Say why the rows are predicted although the fit has no estimate.

    The slopes of the distribution's arguments along the null directions are zero. A slope, and
    not a step: a ridge may be curved, so that a step would leave it.

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
    """Which rows are predicted otherwise a small step along a direction, as booleans (n,)."""
    assert fit.last is not None
    layout, library = fit.bound.layout, jax_library()
    flat = layout.join(fit.last.values)
    unit = max(1.0, np.abs(flat).max()) * direction / np.abs(direction).max()
    with jax.enable_x64(True):
        inputs = {name: library.column(values) for name, values in rows.inputs.items()}

        def at(values: Mapping[str, Any]) -> list[Any]:
            return _arguments(layout.model, values, inputs)

        here, along = (
            {name: library.array(v) for name, v in layout.split(each).items()}
            for each in (flat, unit)
        )
        leaves, slopes = jax.jvp(at, (here,), (along,))
    changed = np.zeros(rows.n, dtype=bool)
    for leaf, slope in zip(leaves, slopes, strict=True):
        far = ~(np.abs(slope) <= SMALL * np.maximum(1.0, np.abs(leaf)))
        by_row = far.shape[:1] == (rows.n,) and far.shape != rows.outcome.shape[1:]
        changed |= far.reshape(rows.n, -1).any(axis=1) if by_row else far.any()
    return changed


def _arguments(model: type[Model], values: Mapping[str, Any], inputs: Any) -> list[Any]:
    """What tells the rows' distributions apart, as arrays."""
    made = model(**values).likelihood(**inputs)
    if not isinstance(made, Distribution):  # an energy, of which the likelihood is all there is
        raise NotIdentified(
            f"the new rows of {model.__name__}",
            found="an unnormalised density",
            expected="a family with arguments",
            remedy="use a fit that has an estimate",
        )
    leaves = jax.tree.leaves(made.build(jax_library()))
    return [each for each in leaves if np.issubdtype(each.dtype, np.floating)]
