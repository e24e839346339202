"""The landscape along one entry, with where each start began and where it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import SERIES, axes, look
from bayesbench.fit.starts import close

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.fit.basins import Basins

GREY = "#A0A0A0"  # starts that ended at one of many, or at none
POINTS = 4000  # of the curve that are drawn


def plot_basins(found: Basins, ax: Axes | None = None) -> Axes:
    """Draw the mean log-likelihood of a row along the entry.

    Below it a line leads from each start to where it ended, in the colour of its optimum;
    the range of starts that end at the highest one is shaded.
    """
    ax = axes(ax, 7.6, 3.6)
    n = found.bound.n
    every = max(1, len(found.scan.at) // POINTS)
    at, heights = found.scan.at[::every], found.scan.heights[::every] / n
    ax.plot(at, heights, color="#555555", linewidth=0.9)
    colour, marker = look("mle")
    best = found.best[found.place]
    if found.reach is not None:
        ax.axvspan(*found.reach, color=colour, alpha=0.12, linewidth=0)
    if found.over[0] <= best <= found.over[1]:
        top = np.interp(best, found.scan.at, found.scan.heights / n)
        ax.plot(best, top, marker, color=colour, zorder=5)
    finite = heights[np.isfinite(heights)]
    ends = found.ends[:, found.place]
    draw_starts(ax, found.starts, ends, colours(found), (finite.min(), finite.max()))
    ax.set_xlim(*found.over)
    ax.set_xlabel(name_in_formula(found.entry))
    ax.set_ylabel("mean log-likelihood")
    return ax


def draw_starts(
    ax: Axes,
    starts: np.ndarray,
    ends: np.ndarray,
    shades: list[str],
    span: tuple[float, float],
) -> None:
    """Below a curve of this span, a line from each start down to where it ended."""
    gap = 0.05 * (span[1] - span[0])
    begun, ended = span[0] - gap, span[0] - 4 * gap
    for one, other, shade in zip(starts, ends, shades, strict=True):
        ax.plot([one, other], [begun, ended], color=shade, linewidth=0.8)
    ax.scatter(starts, np.full(len(starts), begun), marker="|", c=shades, s=40)
    ax.scatter(ends, np.full(len(ends), ended), marker="v", c=shades, s=22)
    ax.set_ylim(span[0] - 5 * gap, span[1] + gap)


def colours(found: Basins) -> list[str]:
    """Of each start, by where it ended; grey where nothing is told apart."""
    layout, best = found.bound.layout, found.best
    tops = [layout.join(each.values) for each in found.optima]
    others = [top for top in tops if not close(top, best)]
    told = [best, *(others if len(others) < len(SERIES) else [])]
    made = []
    for end, arrived in zip(found.ends, found.arrived, strict=True):
        near = [k for k, top in enumerate(told) if arrived and close(end, top)]
        made.append(SERIES[near[0]][0] if near else GREY)
    return made
