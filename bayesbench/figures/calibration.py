"""Whether predictions come true as often as they say: the right picture for the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_calibration(view: xr.Dataset) -> Axes:
    """Draw the reliability of an outcome that is 0 or 1, and of any other its PIT.

    The PIT of an outcome with two values says no more than how often each occurs.
    """
    from bayesbench.figures.pit import plot_pit
    from bayesbench.figures.reliability import plot_reliability

    return plot_reliability(view) if view.attrs["kind"] == "binary" else plot_pit(view)
