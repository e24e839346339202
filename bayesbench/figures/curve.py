"""The fitted curve and its band, a panel a way of fitting, with the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import look, panels

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

CUT = 0.1  # of a band's edges: what lies further out at the ends of the range is cut
FEW = 20  # rows that are drawn larger


def plot_curve(view: xr.Dataset, axs: list[Axes] | None = None) -> Axes:
    """Draw mean, band and data in each panel, and the truth dashed; the first of the axes."""
    fits = [str(fit) for fit in view["fit"].to_numpy()]
    axs = axs or panels(len(fits), 3.3 * len(fits) + 0.4, 3.4)
    x = view["x"].to_numpy()
    for k, (ax, fit) in enumerate(zip(axs, fits, strict=True)):
        colour, _ = look(fit)
        mean, low, high = (view[name].to_numpy()[k] for name in ("mean", "low", "high"))
        ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        size, alpha = (8, 1.0) if view.sizes["row"] <= FEW else (3, 0.5)
        rows = view["row_x"], view["row_y"]
        ax.plot(*rows, ".", color="#555555", markersize=size, alpha=alpha)
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
    """The range of data and bands, the bands cut where they run away at the ends."""
    rows = view["row_y"].to_numpy()
    low = min(np.nanquantile(view["low"], CUT, axis=1).min(), rows.min())
    high = max(np.nanquantile(view["high"], 1 - CUT, axis=1).max(), rows.max())
    space = 0.04 * (high - low)
    return float(low - space), float(high + space)


def in_two_lines(heading: str) -> str:
    """A heading with what stands in brackets on a line of its own."""
    return heading.replace(" (", "\n(").replace(": ", ":\n")
