"""The way to the point estimates: how the gradient's norm falls, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.compare import LABELS
from bayesbench.figures.style import COLOURS, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive

ROUNDING = 1e-17  # what is smaller is drawn there


def plot_search(kept: Archive, ax: Axes | None = None) -> Axes:
    """Draw the gradient's norm at each step of the two searches, on a logarithmic scale."""
    ax = axes(ax, 7.2, 2.5)
    for fit in ("mle", "map"):
        if f"search_{fit}" not in kept.tree.children:
            continue
        label = f"{LABELS[fit]}: {kept.results['settings'][fit]['optimizer']}"
        norms = kept.tree[f"search_{fit}"]["gradient_norm"].to_numpy()
        heights = np.maximum(norms, ROUNDING)
        ax.semilogy(heights, "o-", markersize=3.5, color=COLOURS[fit], label=label)
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel("step")
    ax.set_ylabel("gradient's norm")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax
