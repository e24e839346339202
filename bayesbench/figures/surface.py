"""A likelihood or posterior over two parameters: contours or colours, with the fits marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import axes, look
from bayesbench.methods import label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

HELD = (0.99, 0.9, 0.5)  # the share of the volume within each contour


def plot_surface(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the surface, the draws as dots and the point estimates as marks."""
    ax = axes(ax, 7.2, 4.6)
    x, y = view["x"].to_numpy(), view["y"].to_numpy()
    heights = view[f"log_{view.attrs['of']}"].to_numpy()
    heights = heights - np.nanmax(heights)
    if view.attrs["style"] == "heat":
        mesh = ax.pcolormesh(x, y, heights, cmap="viridis", shading="nearest", rasterized=True)
        ax.figure.colorbar(mesh, ax=ax, label=f"log-{view.attrs['of']}, less its highest value")
        ax.grid(visible=False)
    else:
        colour, _ = look("posterior" if view.attrs["of"] == "posterior" else "mle")
        lines = {"colors": colour, "linewidths": 1.3, "linestyles": "solid"}
        ax.contour(x, y, heights, levels=levels(heights), **lines)
    draws = view["draw"].to_numpy()
    dots = "white" if view.attrs["style"] == "heat" else "#777777"
    ax.plot(*draws.T, ".", color=dots, markersize=2.5, alpha=0.5, zorder=1, rasterized=True)
    marks = zip(view["fit"].to_numpy(), view["mark"].to_numpy(), strict=True)
    for k, (fit, place) in enumerate(marks):
        colour, marker = look(str(fit))
        ax.plot(
            *place[:, None],
            marker,
            color=colour,
            markeredgecolor="white",
            markersize=max(5, 11 - 2 * k),  # so that none hides the one before it
            label=f"{label(str(fit))} ({place[0]:.3g}, {place[1]:.3g})",
            zorder=5,
        )
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    ax.set_xlabel(view.attrs["xlabel"])
    ax.set_ylabel(view.attrs["ylabel"])
    if len(view["fit"]):
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def levels(heights: np.ndarray) -> np.ndarray:
    """The log-heights above which the surface has the shares of its volume on the grid.

    They are rising and differ, as contours must.
    """
    flat = np.sort(np.nan_to_num(np.ravel(heights), nan=-np.inf))[::-1]
    shares = np.cumsum(np.exp(flat)) / np.exp(flat).sum()
    return np.unique(
        flat[[min(int(np.searchsorted(shares, held)), len(flat) - 1) for held in HELD]]
    )
