"""A slice through what a search climbs, a panel a data set: optima, starts and their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.basins import GREY, draw_starts
from bayesbench.figures.style import look, panels

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_landscape(view: xr.Dataset, axs: list[Axes] | None = None) -> Axes:
    """Draw a panel each, with the places where the searches ended; the first of the axes."""
    headings = [str(heading) for heading in view["heading"].to_numpy()]
    axs = axs or panels(len(headings), max(7.2, 4.4 * len(headings)), 3.2)
    colour, marker = look("mle")
    marks = view["mark"].to_numpy()
    for k, (ax, heading) in enumerate(zip(axs, headings, strict=True)):
        ax.plot(view["at"], view["height"].to_numpy()[k], color="#555555", linewidth=0.9)
        _, x, y = marks[marks[:, 0] == k].T
        ax.plot(x, y, marker, color=colour, markersize=6, zorder=5)
        if "path" in view:  # pages of older fits have none
            paths = view["path"].to_numpy()
            _, begun, ended, there = paths[paths[:, 0] == k].T
            shades = [colour if each else GREY for each in there]
            heights = view["height"].to_numpy()
            draw_starts(ax, begun, ended, shades, (np.nanmin(heights), np.nanmax(heights)))
        ax.set_xlim(float(view["at"][0]), float(view["at"][-1]))
        ax.set_title(heading, fontsize=10)
        ax.set_xlabel(view.attrs["xlabel"])
    axs[0].set_ylabel(view.attrs["ylabel"])
    return axs[0]
