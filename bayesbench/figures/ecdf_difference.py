"""The distribution functions of the ranks, less the uniform one, with a band for all points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bayesbench.describe import name_in_formula
from bayesbench.figures.rank_histograms import METHODS, PANELS, Key
from bayesbench.figures.style import look, tiles
from bayesbench.studies.calibration import BAND, Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_ecdf_difference(found: Mapping[Key, Calibration]) -> Axes:
    """Draw a panel for each size and entry, twelve at most, with a curve for each method.

    The band holds 95% of such curves, all of their points together, if the ranks are uniform
    (Säilynoja, Bürkner and Vehtari 2022). The first panel is returned.
    """
    shown = list(dict.fromkeys((n, entry) for n, _, entry in found))[:PANELS]
    axs = [ax for row in tiles(len(shown), 8.0, 2.5) for ax in row]
    for ax, (n, entry) in zip(axs, shown, strict=True):
        curves = {m: found[n, m, entry] for m in METHODS if (n, m, entry) in found}
        for method, each in curves.items():
            colour = look(method)[0]
            ax.step(each.at, each.difference, where="post", color=colour, label=METHODS[method])
        widest = min(curves.values(), key=lambda each: len(each.ranks))
        ax.fill_between(
            *(widest.at, widest.low, widest.high), color="#BBBBBB", alpha=0.35, linewidth=0
        )
        ax.set_title(
            f"{name_in_formula(entry)}, {n:,} row{'' if n == 1 else 's'}", loc="left", fontsize=9
        )
        ax.set_xlabel("rank / number of ranks")
    axs[0].set_ylabel(f"ECDF difference\n({BAND:.0%} band)")
    figure: Any = axs[0].figure
    figure.legend(*axs[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return axs[0]
