"""The paths of recorded runs over the likelihood of two parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import axes, in_full, run_look

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_path(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the log-likelihood as colour, and over it each path from its ring to its mark."""
    from matplotlib.colors import SymLogNorm
    from matplotlib.patheffects import Normal, Stroke

    ax = axes(ax, 7.2, 4.8)
    x, y = view["x"].to_numpy(), view["y"].to_numpy()
    heights = view["log_likelihood"].to_numpy()
    heights = heights - np.nanmax(heights)
    # Within 1 of the highest the data hardly tell places apart: there the colour is linear.
    norm = SymLogNorm(1.0, vmin=min(-1.0, float(np.nanmin(heights))), vmax=0.0)
    mesh = ax.pcolormesh(x, y, heights, norm=norm, cmap="viridis", rasterized=True)
    words = "log-likelihood, less its highest value here"
    ax.figure.colorbar(mesh, ax=ax, label=words, format=in_full)
    ax.grid(visible=False)
    edge = [Stroke(linewidth=3.2, foreground="white"), Normal()]
    names = view["run"].to_numpy()
    for k, name in enumerate(names):
        colour, marker = run_look(k)
        path = view["path"].to_numpy()[k]
        path = path[np.isfinite(path).all(axis=1)]
        label = f"{name} ({path[-1][0]:.4g}, {path[-1][1]:.4g})"
        (drawn,) = ax.plot(*path.T, color=colour, linewidth=2.0, label=label, zorder=4)
        drawn.set(marker=marker, markevery=[-1], markersize=8, path_effects=edge)
        # Rings of runs that begin at one place lie within each other.
        size = 7 + 4 * (len(names) - 1 - k)
        (ring,) = ax.plot(*path[:1].T, "o", markersize=size, markerfacecolor="white", zorder=5)
        ring.set(markeredgecolor=colour, markeredgewidth=1.8)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    ax.set_xlabel(view.attrs["xlabel"])
    ax.set_ylabel(view.attrs["ylabel"])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return ax
