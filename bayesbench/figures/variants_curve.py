"""The curves of several variants through the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.figures.style import SERIES, axes

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_variants_curve(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw a line a variant, and the rows."""
    ax = axes(ax, 7.2, 3.9)
    for k, (heading, mean) in enumerate(
        zip(view["heading"].to_numpy(), view["mean"].to_numpy(), strict=True)
    ):
        colour, style = SERIES[k % len(SERIES)]
        ax.plot(view["x"], mean, style, color=colour, linewidth=1.8, label=str(heading))
    ax.plot(view["row_x"], view["row_y"], "o", color="black", markersize=5, zorder=5, label="data")
    ax.set_xlabel(view.attrs["xlabel"])
    ax.set_ylabel(view.attrs["ylabel"])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax
