"""The distribution functions of the ranks, less the uniform one, with a band for all points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bayesbench.figures.rank_histograms import PANELS, Key, title
from bayesbench.figures.style import look, tiles
from bayesbench.studies.calibration import BAND, Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_ecdf_difference(found: Mapping[Key, Calibration]) -> Axes:
    """Draw a curve for each size, method and entry, nine at most; the first panel is returned.

    The band holds 95% of such curves, all of their points together, if the ranks are uniform
    (Säilynoja, Bürkner and Vehtari 2022).
    """
    shown = list(found.items())[:PANELS]
    axs = [ax for row in tiles(len(shown), 8.0, 2.3) for ax in row]
    for ax, ((n, method, entry), each) in zip(axs, shown, strict=True):
        ax.fill_between(each.at, each.low, each.high, color="#BBBBBB", alpha=0.35, linewidth=0)
        ax.step(each.at, each.difference, where="post", color=look(method)[0], linewidth=1.3)
        ax.set_title(title(n, method, entry), loc="left", fontsize=9)
        ax.set_xlabel("rank / number of ranks")
    axs[0].set_ylabel(f"ECDF difference\n({BAND:.0%} band)")
    return axs[0]
