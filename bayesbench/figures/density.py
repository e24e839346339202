"""Prior, likelihood and posterior of a single parameter, with every estimate marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import COLOURS, axes, legend_above, look
from bayesbench.methods import APPROXIMATIONS
from bayesbench.methods import label as heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive


def plot_density(kept: Archive, ax: Axes | None = None) -> Axes:
    """Draw the three curves, each enclosing an area of one, and mark the point estimates.

    Raises
    ------
    KeyError
        If the model has several parameters: then there are no curves.
    """
    curves = kept.tree["curves"].to_dataset()
    ((entry, found),) = kept.results["estimates"].items()
    ax = axes(ax, 7.2, 3.9)
    at = curves["value"].to_numpy()
    for name, style in (("prior", ":"), ("likelihood", "--"), ("posterior", "-")):
        label = "likelihood (scaled)" if name == "likelihood" else name
        heights = curves[name].to_numpy()
        ax.plot(at, heights, style, color=COLOURS[name], linewidth=1.8, label=label)
    posterior, likelihood = curves["posterior"].to_numpy(), curves["likelihood"].to_numpy()
    ax.fill_between(at, posterior, color=COLOURS["posterior"], alpha=0.08, linewidth=0)
    for place_in_row, fit in enumerate(f for f in found if f not in APPROXIMATIONS):
        place = found[fit].get("value", found[fit].get("mean"))
        if place is None:
            continue
        top = float(np.interp(place, at, likelihood if fit == "mle" else posterior))
        colour, marker = look(fit)
        ax.vlines(place, 0, top, color=colour, linewidth=0.9, alpha=0.7)
        # Staggered, because estimates that lie close together would hide each other.
        height = top * (0.88 - 0.16 * place_in_row)
        name = "posterior mean" if fit == "posterior" else heading(fit)
        label = f"{name} {place:.4f}"
        if found[fit]["status"] != "converged":
            label += f" ({found[fit]['status']})"
        ax.plot([place], [height], marker, color=colour, markersize=6, label=label, zorder=5)
    # A likelihood without a maximum inside may tower over the rest: it is cut, not they.
    tallest = max(float(curves["prior"].max()), float(posterior.max()))
    ax.set_ylim(0, 1.12 * max(tallest, min(float(likelihood.max()), 2 * tallest)))
    ax.set_xlabel(name_in_formula(entry))
    ax.set_ylabel("density")
    ax.margins(x=0.01)
    legend_above(ax)
    return ax
