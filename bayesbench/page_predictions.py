"""What a page tells of the predictions: a table for some rows, and a figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bayesbench.binding import at_start
from bayesbench.energy import EnergyBased
from bayesbench.layout import Bound
from bayesbench.predict.mixture import has_distribution_function
from bayesbench.predict.side_by_side import SHOWN, predictions
from bayesbench.predict.usual_rows import rows_of_figure, usual_rows
from bayesbench.supports import Box
from bayesbench.views.curves import Curve
from bayesbench.views.densities import FittedDensity

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast


@dataclass(frozen=True)
class PagePredictions:
    """The numbers as plain data, and what the figure shows; nothing of what is left out."""

    results: dict[str, Any] = field(default_factory=dict)
    shown: xr.Dataset | None = None


def page_predictions(contrast: Contrast) -> PagePredictions:
    """The predictions of the usual rows.

    A figure of its own they have only where no view of the model draws the same.
    """
    bound = contrast.bound
    why = _too_long(bound)
    if why:
        return PagePredictions({"prob": None, "rows": [], "why_not": {}, "left_out": why})
    # Each draw of an unnormalised density costs a grid.
    only = None if has_distribution_function(bound) else SHOWN
    found = predictions(contrast, usual_rows(bound), only=only)
    drawn = any(isinstance(view, Curve | FittedDensity) for view in bound.model.views)
    if drawn or bound.outcome.ndim > 1 or not {*SHOWN} & found.by_fit.keys():
        return PagePredictions(found.results())
    return PagePredictions(
        found.results(), predictions(contrast, rows_of_figure(bound), only=SHOWN).shown
    )


def _too_long(bound: Bound) -> str:
    """Why a page does not wait for them; nothing if it does."""
    made = at_start(bound.layout).likelihood(**bound.inputs)
    plane = isinstance(made, EnergyBased) and isinstance(made.support, Box)
    return "drawing from an unnormalised density in the plane takes long" if plane else ""
