"""The data's histogram with the fitted densities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.figures.style import axes, look

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Lines that coincide are told apart by their widths.
STYLES = {"mle": ("-", 3.2), "map": ("--", 2.2), "posterior": ("-", 1.2)}


def plot_fitted_density(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the bars, a line a fit, and the true density dashed in black."""
    ax = axes(ax, 7.2, 3.9)
    ax.stairs(
        view["histogram"].to_numpy(),
        view["edge"].to_numpy(),
        fill=True,
        color="#D9DCE3",
        label="data",
    )
    for k, fit in enumerate(view["fit"].to_numpy()):
        colour, _ = look(str(fit))
        line, heading = view["density"].to_numpy()[k], str(view["heading"].to_numpy()[k])
        style, width = STYLES[str(fit)]
        ax.plot(view["x"], line, style, color=colour, linewidth=width, label=heading)
    if "true" in view:
        ax.plot(view["x"], view["true"], ":", color="black", linewidth=1.4, label="the truth")
    ax.set_ylim(bottom=0)
    ax.margins(x=0.01)
    ax.set_xlabel(view.attrs["xlabel"])
    ax.set_ylabel(view.attrs["ylabel"])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax
