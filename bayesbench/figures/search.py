"""The way to the point estimates: how the gradient's norm falls, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import COLOURS, axes, legend_above
from bayesbench.methods import LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive

ROUNDING = 1e-17  # what is smaller is drawn there
FEW = 300  # steps that have a dot each


def plot_search(kept: Archive, ax: Axes | None = None) -> Axes:
    """Draw the gradient's norm at each step of the two searches, on a logarithmic scale."""
    ax = axes(ax, 7.2, 2.5)
    for fit in ("mle", "map"):
        if f"search_{fit}" not in kept.tree.children:
            continue
        label = f"{LABELS[fit]}: {kept.results['settings'][fit]['optimizer']}"
        search = kept.tree[f"search_{fit}"]
        steps, heights = search["step"], np.maximum(search["gradient_norm"].to_numpy(), ROUNDING)
        line = "o-" if len(steps) <= FEW else "-"
        ax.semilogy(steps, heights, line, markersize=3.5, color=COLOURS[fit], label=label)
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel("step")
    ax.set_ylabel("gradient's norm")
    legend_above(ax)
    return ax
