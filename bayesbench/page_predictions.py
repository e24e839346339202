"""What a page tells of the predictions: a table for some rows, and a figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bayesbench.predict.mixture import has_distribution_function, is_discrete, thinned
from bayesbench.predict.side_by_side import SHOWN, Predictions, predictions
from bayesbench.predict.usual_rows import rows_of_figure, usual_rows
from bayesbench.views.curves import Curve
from bayesbench.views.densities import FittedDensity
from bayesbench.views.usual import views_of

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast

COSTLY = 1000  # draws of a fit from which outcomes in the plane are drawn, at most


@dataclass(frozen=True)
class PagePredictions:
    """The numbers as plain data, and what the figure shows."""

    results: dict[str, Any]
    shown: xr.Dataset | None = None


def page_predictions(contrast: Contrast) -> PagePredictions:
    """The predictions of the usual rows.

    A figure of its own they have only where no view of the model draws the same. Each draw of
    an unnormalised density costs a grid: of those in the plane there are 1,000 a fit.
    """
    bound = contrast.bound
    vector, known = bound.outcome.ndim > 1, has_distribution_function(bound)
    found = predictions(contrast, usual_rows(bound), only=None if known else SHOWN)
    costly = vector and not known
    found = _with_fewer_draws(found) if costly else found
    results = found.results() | ({"draws": COSTLY} if costly else {})
    drawn = any(isinstance(view, Curve | FittedDensity) for view in views_of(bound))
    no_plane = bound.outcome.shape[1:] != (2,) or bound.inputs or is_discrete(bound)
    if drawn or (vector and no_plane) or not {*SHOWN} & found.by_fit.keys():
        return PagePredictions(results)
    if not bound.inputs:
        return PagePredictions(results, found.shown)
    along = predictions(contrast, rows_of_figure(bound), only=SHOWN)
    return PagePredictions(results, along.shown)


def _with_fewer_draws(found: Predictions) -> Predictions:
    """The same, of draws that are evenly spaced."""
    by_fit = {
        name: replace(each, instances=thinned(each.instances, COSTLY))
        for name, each in found.by_fit.items()
    }
    return Predictions(by_fit, found.why_not)
