"""The figure of each kind of view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bayesbench.figures.curve import plot_curve
from bayesbench.figures.fitted_density import plot_fitted_density
from bayesbench.figures.landscape import plot_landscape
from bayesbench.figures.parameter_trace import plot_parameter_trace
from bayesbench.figures.path import plot_path
from bayesbench.figures.run_trace import plot_run_trace
from bayesbench.figures.surface import plot_surface
from bayesbench.figures.sweep import plot_sweep
from bayesbench.figures.trace import plot_trace
from bayesbench.figures.underflow import plot_underflow
from bayesbench.figures.variants_curve import plot_variants_curve

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

KINDS: dict[str, Callable[[xr.Dataset], Axes]] = {
    "curve": plot_curve,
    "fitted_density": plot_fitted_density,
    "landscape": plot_landscape,
    "parameter_trace": plot_parameter_trace,
    "path": plot_path,
    "run_trace": plot_run_trace,
    "surface": plot_surface,
    "sweep": plot_sweep,
    "trace": plot_trace,
    "underflow": plot_underflow,
    "variants_curve": plot_variants_curve,
}

# What those that have panels side by side have a panel of.
PANELS = {"curve": "fit", "landscape": "panel", "sweep": "learning_rate"}


def plot_view(view: xr.Dataset) -> Axes:
    """Draw a view on new axes, by its kind."""
    return KINDS[view.attrs["kind"]](view)


def is_wide(view: xr.Dataset) -> bool:
    """Whether it has panels side by side, which are too small for a telephone's width."""
    panels = {"curve": "fit", "landscape": "panel", "sweep": "learning_rate"}.get(
        view.attrs["kind"]
    )
    return panels is not None and view.sizes[panels] > 1
