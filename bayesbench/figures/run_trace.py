"""The log-likelihood of recorded runs against the step, with their drops marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import axes, far_below, run_look, steps_below

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

EARLY, FAR = 0.1, 10.0  # a first tenth that climbs ten times as far as the rest hides it
LOST = 10.0  # times as far below as the lowest beginning: what fell further has left the figure
BELOW = 6  # matplotlib's triangle that points up at a place from below, and hides nothing


def plot_run_trace(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw a line a run, its end as a mark and its drops as triangles.

    Where the first tenth of the runs takes nearly all of the height, it is that below the
    highest of all, on a symmetric log scale: one unit at the top remains visible.
    """
    ax = axes(ax, 7.2, 3.6)
    heights = view["log_likelihood"].to_numpy()
    top = float(np.nanmax(heights))
    steps = view["step"].to_numpy()
    # What falls below its own beginning has diverged, and tells nothing of the climb.
    climbed = np.fmax(heights, heights[:, :1])
    late = climbed[steps > EARLY * np.nanmax(steps, axis=1, keepdims=True)]
    # A run that was lost in its first step has nothing later.
    low = float(np.nanmin(late if np.isfinite(late).any() else heights))
    depth, begun = top - float(np.nanmin(heights)), float(np.nanmax(top - heights[:, 0]))
    far = depth > FAR * max(1.0, top - low) or depth > LOST * max(1.0, begun)
    base = top if far else 0.0
    drops = view["drop"].to_numpy()
    for k, name in enumerate(view["run"].to_numpy()):
        colour, marker = run_look(k)
        known = np.isfinite(heights[k])
        steps, line = view["step"].to_numpy()[k][known], heights[k][known] - base
        (drawn,) = ax.plot(steps, line, color=colour, linewidth=1.3, label=str(name))
        drawn.set(marker=marker, markevery=[-1], markersize=6)
        _, at, low = drops[drops[:, 0] == k].T
        ax.plot(at, low - base, linestyle="", marker=BELOW, color=colour, markersize=5, zorder=4)
    if far:
        far_below(ax)
        ax.set_ylim(max(-1.5 * depth, -LOST * begun), 0.15)
        ax.set_ylabel(f"{view.attrs['ylabel']},\nless the highest ({top:.6g})")
    else:
        ax.set_ylabel(view.attrs["ylabel"])
    steps_below(ax)
    ax.margins(x=0.02)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax
