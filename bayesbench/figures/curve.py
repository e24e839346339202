"""The fitted curve and its band, a panel a way of fitting, with the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import look, panels

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

ROOM = 0.6  # of the data's range, above and below: bands that leave it are cut


def plot_curve(view: xr.Dataset, axs: list[Axes] | None = None) -> Axes:
    """Draw mean, band and data in each panel, and the truth dashed; the first of the axes."""
    fits = [str(fit) for fit in view["fit"].to_numpy()]
    axs = axs or panels(len(fits), 3.3 * len(fits) + 0.4, 3.4)
    x = view["x"].to_numpy()
    for k, (ax, fit) in enumerate(zip(axs, fits, strict=True)):
        colour, _ = look(fit)
        mean, low, high = (view[name].to_numpy()[k] for name in ("mean", "low", "high"))
        ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(view["row_x"], view["row_y"], ".", color="#555555", markersize=3, alpha=0.5)
        ax.plot(x, mean, color=colour, linewidth=1.8)
        if "true_mean" in view:
            ax.plot(x, view["true_mean"], "--", color="black", linewidth=1.0)
            for name in ("true_low", "true_high"):
                ax.plot(x, view[name], "--", color="black", linewidth=0.6)
        ax.set_title(in_two_lines(str(view["heading"].to_numpy()[k])), fontsize=10)
        ax.set_xlabel(view.attrs["xlabel"])
    axs[0].set_ylabel(view.attrs["ylabel"])
    axs[0].set_ylim(*limits(view))
    return axs[0]


def limits(view: xr.Dataset) -> tuple[float, float]:
    """The range of data and bands, the bands cut where they leave the data far behind."""
    rows = view["row_y"].to_numpy()
    room = ROOM * (np.ptp(rows) or 1.0)
    low = max(np.nanmin([view["low"].min(), rows.min()]), rows.min() - room)
    high = min(np.nanmax([view["high"].max(), rows.max()]), rows.max() + room)
    space = 0.04 * (high - low)
    return float(low - space), float(high + space)


def in_two_lines(heading: str) -> str:
    """A heading with what stands in brackets on a line of its own."""
    return heading.replace(" (", "\n(").replace(": ", ":\n")
