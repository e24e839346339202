"""Named series against the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.figures.style import SERIES, axes

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

FAR = 1e4  # times the first values: then the scale is logarithmic


def plot_trace(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw a line a series; differences of many powers of ten on a symmetric log scale."""
    ax = axes(ax, 7.2, 3.4)
    for k, name in enumerate(view["series"].to_numpy()):
        colour, style = SERIES[k % len(SERIES)]
        line = view["value"].to_numpy()[k]
        ax.plot(view["step"], line, style, color=colour, linewidth=1.8, label=str(name))
    if float(abs(view["value"]).max()) > FAR * max(1.0, float(abs(view["value"][:, 0]).max())):
        ax.set_yscale("symlog")
    ax.set_xlabel(view.attrs["xlabel"])
    ax.set_ylabel(view.attrs["ylabel"])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax
