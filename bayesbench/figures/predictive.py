"""The probability of each event by each way of fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.figures.style import axes, legend_above, look
from bayesbench.methods import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive


MARGIN = 0.02  # of the axis, beyond 0 and 1, so that a mark there is seen


def plot_predictive(kept: Archive, ax: Axes | None = None) -> Axes:
    """Draw a row an event and a mark a fit; a bar of two Monte Carlo errors where it is drawn."""
    events = kept.results["predictive"]
    ax = axes(ax, 7.2, 1.0 + 0.95 * len(events))
    fits = [
        fit
        for fit in kept.results["status"]
        if any(row.get(fit) is not None for row in events.values())
    ]
    for row, values in enumerate(events.values()):
        for place, fit in enumerate(fits):
            if values.get(fit) is None:
                continue
            height = row + 0.5 * (place / max(1, len(fits) - 1) - 0.5)
            colour, marker = look(fit)
            error = 2 * values.get(f"{fit}_mcse", 0.0)
            ax.errorbar(
                values[fit],
                height,
                xerr=error or None,
                fmt=marker,
                color=colour,
                capsize=2,
                markersize=6,
                label=label(fit) if row == 0 else None,
            )
    ax.set_yticks(range(len(events)), [values["words"] for values in events.values()])
    ax.set_ylim(len(events) - 0.45, -0.55)
    low, high = ax.get_xlim()
    margin = MARGIN * (min(high, 1) - max(low, 0))
    ax.set_xlim(max(low, -margin), min(high, 1 + margin))
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel("probability")
    ax.grid(visible=False, axis="y")
    legend_above(ax)
    return ax
