"""The entries of one parameter, a row each, by every way of fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.describe import name_in_formula
from bayesbench.figures.estimates import centre_of, ends_of, profile_ends
from bayesbench.figures.style import axes, legend_above, look
from bayesbench.methods import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive

APART = 0.62  # of a row: how far the first fit's mark stands from the last's


def plot_forest(kept: Archive, entries: list[str], ax: Axes | None = None) -> Axes:
    """Draw in each row the fits beside each other, with their 95% intervals."""
    found = kept.results["estimates"]
    fits = [
        fit
        for fit in kept.results["status"]
        if any(centre_of(found[entry].get(fit, {})) is not None for entry in entries)
    ]
    ax = axes(ax, 7.2, 1.7 + max(0.4, 0.13 * len(fits)) * len(entries))
    for place, fit in enumerate(fits):
        colour, marker = look(fit)
        rows, centres = [], []
        for row, entry in enumerate(entries):
            values = found[entry].get(fit, {})
            centre = centre_of(values)
            if centre is None:
                continue
            height = row + APART * (place / max(1, len(fits) - 1) - 0.5)
            profiled = profile_ends(kept, entry) if fit == "mle" else None
            ax.hlines(height, *(profiled or ends_of(values, centre)), color=colour, linewidth=1.5)
            rows.append(height)
            centres.append(centre)
        ax.plot(centres, rows, marker, color=colour, markersize=4.5, label=label(fit))
    ax.set_yticks(range(len(entries)), [_tag(entry) for entry in entries])
    ax.set_ylim(len(entries) - 0.5, -0.5)
    ax.set_xlabel(name_in_formula(entries[0].partition("[")[0]))
    ax.grid(visible=False, axis="y")
    if fits:
        legend_above(ax)
    return ax


def _tag(entry: str) -> str:
    """What stands within the brackets: the label."""
    return entry.partition("[")[2].removesuffix("]") or entry
