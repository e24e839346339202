"""Where the truths rank among the draws: flat histograms if these are of the posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scipy.stats import binom

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import look, tiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.studies.calibration import Calibration

PANELS = 12
METHODS = {"laplace": "Laplace", "posterior": "posterior"}
BINS = 20
BAND = 0.99  # of each bar by itself

Key = tuple[int, str, str]  # rows, method, entry


def plot_rank_histograms(found: Mapping[Key, Calibration]) -> Axes:
    """Draw a histogram of the ranks for each size, method and entry, twelve at most.

    The band holds 99% of each bar, taken by itself, if the ranks are uniform (Talts et al.
    2018). The first panel is returned.
    """
    shown = list(found.items())[:PANELS]
    axs = [ax for row in tiles(len(shown), 8.0, 2.3) for ax in row]
    for ax, ((n, method, entry), each) in zip(axs, shown, strict=True):
        ranks = each.draws + 1
        bins = min(BINS, ranks)
        low, high = binom.interval(BAND, len(each.ranks), 1 / bins)
        ax.axhspan(low, high, color="#BBBBBB", alpha=0.35, linewidth=0)
        edges = [ranks * k / bins - 0.5 for k in range(bins + 1)]
        ax.hist(each.ranks, edges, color=look(method)[0], alpha=0.7, edgecolor="white")
        words = f"{name_in_formula(entry)}, {METHODS[method]}, {n:,} row{'' if n == 1 else 's'}"
        ax.set_title(words, loc="left", fontsize=9)
        ax.set_xlabel("rank of the truth")
    axs[0].set_ylabel("data sets")
    return axs[0]
