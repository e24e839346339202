"""The figures of a contrast, for notebooks: matplotlib axes, and a small one in its HTML."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bayesbench.archive import Archive
from bayesbench.contrasting import Contrast
from bayesbench.errors import BadInput, check_name
from bayesbench.figures.estimates import has_estimate
from bayesbench.figures.estimates import plot_estimates as of_one
from bayesbench.figures.forest import plot_forest
from bayesbench.figures.predictive import plot_predictive
from bayesbench.figures.style import styled, svg
from bayesbench.plain import plain
from bayesbench.results import by_entry, by_event

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 20  # entries in one figure, if none are named


def plot_estimates(
    contrast: Contrast, entries: str | Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the estimates of some entries by each fit, with their 95% intervals.

    Parameters
    ----------
    contrast : Contrast
    entries : str or sequence of str, optional
        `theta`, or `slopes[age]`; if none are named the first twenty that have an estimate.
    ax : Axes, optional
        Where to draw; on a new figure, `.figure`, if not given.

    Raises
    ------
    BadInput
        If there is no such entry, or no fit found one.
    """
    kept = _kept(contrast)
    found = kept.results["estimates"]
    asked = [entries] if isinstance(entries, str) else list(entries or found)
    for entry in asked:
        check_name("plot_estimates", entry, list(found), "entries")
    shown = [entry for entry in asked if has_estimate(found[entry])]
    if not shown:
        raise BadInput(
            "plot_estimates",
            found=f"no estimate of {', '.join(asked) or 'a parameter with a name'} by any fit",
            expected="an estimate",
            remedy="the status of each fit says why there is none",
        )
    with styled():
        if len(shown) == 1:
            return of_one(kept, shown[0], ax)
        return plot_forest(kept, shown if entries else shown[:MOST], ax)


def plot_events(contrast: Contrast, ax: Axes | None = None) -> Axes:
    """Draw the probability of each of the model's events by each fit.

    Raises
    ------
    BadInput
        If the model names no events.
    """
    kept = _kept(contrast)
    if not kept.results["predictive"]:
        raise BadInput(
            f"plot_events of {contrast.bound.model.__name__}",
            found="a model without events",
            expected="one at least",
            remedy="declare it with @event, or draw predict()",
        )
    with styled():
        return plot_predictive(kept, ax)


def small_figure(contrast: Contrast) -> str:
    """The estimates as an HTML image; nothing where there is no estimate."""
    if not any(map(has_estimate, _kept(contrast).results["estimates"].values())):
        return ""
    picture = base64.b64encode(svg(plot_estimates(contrast))).decode("ascii")
    alt = "Estimates by each fit with their 95% intervals"
    source = f"data:image/svg+xml;base64,{picture}"
    return f'<img alt="{alt}" style="max-width: 40rem; background: #fff" src="{source}">'


def _kept(contrast: Contrast) -> Archive:
    """As much of an archive as these figures read."""
    import xarray as xr

    found: dict[str, Any] = {
        "estimates": by_entry(contrast),
        "predictive": by_event(contrast),
        "status": {name: fit.status.name for name, fit in contrast.points.items()},
    }
    return Archive(plain(found), xr.DataTree())
