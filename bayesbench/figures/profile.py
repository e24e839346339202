"""The profile likelihood of each entry, with Wald's parabola and the level of the interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import look, tiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 6  # panels
DEEP = 1.75  # levels below the maximum: so far down a panel shows
POINTS = 200
MARGIN = 0.12  # of the range, on either side
LEVEL = 0.1  # of the level: what changes less is level ground


def plot_profiles(found: Mapping[str, Any]) -> Axes:
    """Draw the first six entries, a panel each; the first panel's axes.

    Each has the log-likelihood ratio against the entry, Wald's parabola dashed, the level
    below which the interval ends, and the interval itself along it.
    """
    shown = list(found["entries"].items())[:MOST]
    rows = tiles(len(shown), 7.0 if len(shown) == 1 else 8.6, 2.8)
    panels = [ax for row in rows for ax in row]
    for ax, (entry, each) in zip(panels, shown, strict=True):
        _plot_one(ax, entry, each)
    for row in rows:
        row[0].set_ylabel("log-likelihood ratio")
    panels[0].legend(loc="lower center", fontsize=8)
    return panels[0]


def _plot_one(ax: Axes, entry: str, each: Mapping[str, Any]) -> None:
    colour, marker = look("mle")
    values, level = np.array(each["values"]), each["level"]
    # Roots are all but straight from stop to stop, so that a few stops make a smooth curve.
    roots = -np.sign(each["ratios"]) * np.sqrt(2 * np.abs(each["ratios"]))
    left, right = window(each)
    at = np.unique(np.concatenate([np.linspace(left, right, POINTS), values]))
    at = at[(at >= max(left, values[0])) & (at <= min(right, values[-1]))]
    curve = np.interp(at, values, roots)
    ax.plot(at, -np.abs(curve) * curve / 2, color=colour, label="profile")
    if each["se"] is not None:
        x = np.linspace(left, right, POINTS)
        parabola = -(((x - each["estimate"]) / each["se"]) ** 2) / 2
        ax.plot(x, parabola, "--", color="#555555", linewidth=1, label="Wald")
    ax.axhline(-level, color="#8A8A8A", linewidth=0.8)
    low = left if each["low"] is None else each["low"]
    high = right if each["high"] is None else each["high"]
    if "none" not in each["ends"]:
        ax.hlines(-level, low, high, color=colour, linewidth=2.5)
    if each["estimate"] is not None:
        ax.plot(each["estimate"], 0, marker, color=colour, markersize=5, clip_on=False, zorder=5)
    ax.set_xlim(left, right)
    ax.set_ylim(-DEEP * level, 0.1 * level)
    ax.set_xlabel(name_in_formula(entry))
    ax.locator_params(axis="x", nbins=4)


def window(each: Mapping[str, Any]) -> tuple[float, float]:
    """From where to where a panel shows an entry: both intervals, and some more.

    Where the profile never falls, up to where it is all but level.
    """
    values, ratios = np.array(each["values"]), np.array(each["ratios"])
    ends = [end for end in (each["low"], each["high"], *each["wald"]) if end is not None]
    kinds = each["ends"]
    for kind, way in ((kinds[0], slice(None)), (kinds[1], slice(None, None, -1))):
        if kind in ("falls", "edge"):
            continue
        if kind == "never":
            level = np.abs(ratios[way] - ratios[way][0]) < LEVEL * each["level"]
            ends.append(values[way][max(0, int(np.argmin(level)) - 1)])
        else:
            ends.append(values[way][0])
    low, high = min(ends), max(ends)
    gap = MARGIN * (high - low) if high > low else 1.0
    return float(low - gap), float(high + gap)
