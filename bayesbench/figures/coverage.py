"""How often each method's intervals held the truth, against the number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import in_full, look

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANELS = 5  # entries that are drawn, beside the new outcomes
ERRORS = 2  # Monte Carlo errors that a bar is long to either side
NUDGE = 0.06  # of the distance between two sizes, from one method to the next
INTERVALS = {
    "mle": "Wald, MLE",
    "profile": "profile",
    "map": "Wald, MAP",
    "laplace": "Laplace",
    "posterior": "posterior",
}
PLUGGED = {"mle": "MLE, plugged in", "map": "MAP, plugged in"}


def plot_coverage(coverage: pd.DataFrame, predictions: pd.DataFrame, level: float = 0.95) -> Axes:
    """Draw `Study.coverage` at a level, a panel an entry, and the new outcomes in the last.

    Bars are two Monte Carlo errors to either side. The first panel is returned.
    """
    from bayesbench.figures.style import tiles

    held = coverage.xs(level, level="level")
    entries = list(held.index.unique("parameter"))[:PANELS]
    predicted = not predictions.empty
    axs = [ax for row in tiles(len(entries) + predicted, 8.0, 3.0) for ax in row]
    for ax, entry in zip(axs, entries, strict=False):
        found = held.xs(entry, level="parameter")
        _lines(ax, found["coverage"], found["coverage_error"], level)
        ax.set_title(name_in_formula(entry), loc="left", fontsize=10)
    if predicted:
        name = f"coverage_{100 * level:.0f}"
        _lines(axs[-1], predictions[name], predictions[f"{name}_error"], level)
        axs[-1].set_title("new outcomes", loc="left", fontsize=10)
    axs[0].set_ylabel(f"coverage of {level:.0%} intervals")
    handles = {
        text: line for ax in axs for line, text in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure: Any = axs[0].figure
    figure.legend([*handles.values()], [*handles], loc="outside lower center", ncols=5)
    return axs[0]


def _lines(ax: Axes, value: pd.Series, error: pd.Series, level: float) -> None:
    """A line a method, each a little to the side of the others."""
    from matplotlib.ticker import PercentFormatter

    sizes = sorted(value.index.unique("n"))
    methods = [m for m in INTERVALS if m in value.index.unique("method")]
    ax.axhline(level, color="#555555", linewidth=1.0)
    for k, method in enumerate(methods):
        y = value.xs(method, level="method").reindex(sizes).to_numpy()
        bar = ERRORS * error.xs(method, level="method").reindex(sizes).to_numpy()
        x = np.arange(len(sizes)) + NUDGE * (k - (len(methods) - 1) / 2)
        colour, marker = look("likelihood" if method == "profile" else method)
        marker = "*" if method == "profile" else marker
        line: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 5}
        line["linestyle"] = "--" if method == "profile" else "-"
        ax.errorbar(x, y, bar, label=INTERVALS[method], linewidth=1.1, **line)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xticks(range(len(sizes)), [in_full(size) for size in sizes])
    ax.set_xlabel("rows")
