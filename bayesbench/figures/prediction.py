"""What is predicted, by each way of fitting: a density, probabilities, or bands over an input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import axes, legend_above, look
from bayesbench.figures.surface import levels
from bayesbench.methods import label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

DASHES = ("solid", (0, (6, 2)), (0, (3, 3)), (0, (1, 2)))
DODGE = 0.6  # of the room between whole numbers, or rows, in which the fits stand side by side


def plot_predicted(kept: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw predictions of the same rows by several fits, as `predicted` has them."""
    ax = axes(ax, 7.2, 3.6)
    KINDS[kept.attrs["kind"]](kept, ax)
    ax.set_xlabel(kept.attrs["xlabel"])
    ax.set_ylabel(kept.attrs["ylabel"])
    legend_above(ax)
    return ax


def _densities(kept: xr.Dataset, ax: Axes) -> None:
    for fit, line in _by_fit(kept, "density"):
        colour, _ = look(fit)
        ax.plot(kept["x"], line, color=colour, linewidth=1.6, label=label(fit))
    ax.set_ylim(bottom=0)


def _probabilities(kept: xr.Dataset, ax: Axes) -> None:
    x = kept["x"].to_numpy()
    for (fit, heights), aside in zip(_by_fit(kept, "density"), _aside(kept), strict=True):
        colour, marker = look(fit)
        ax.vlines(x + aside, 0, heights, color=colour, linewidth=1.0)
        ax.plot(x + aside, heights, marker, color=colour, markersize=5, label=label(fit))
    ax.set_ylim(bottom=0)
    ax.locator_params(axis="x", integer=True)


def _bands(kept: xr.Dataset, ax: Axes) -> None:
    x = kept["x"].to_numpy()
    ends = zip(_by_fit(kept, "low"), _by_fit(kept, "high"), strict=True)
    for (fit, mean), ((_, low), (_, high)) in zip(_by_fit(kept, "mean"), ends, strict=True):
        colour, _ = look(fit)
        if kept.sizes["fit"] == 1:
            ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(x, mean, color=colour, linewidth=1.6, label=label(fit))
        for end in (low, high):
            ax.plot(x, end, color=colour, linewidth=1.0)


def _rows(kept: xr.Dataset, ax: Axes) -> None:
    x = kept["x"].to_numpy()
    ends = zip(_by_fit(kept, "low"), _by_fit(kept, "high"), strict=True)
    for (fit, mean), ((_, low), (_, high)), aside in zip(
        _by_fit(kept, "mean"), ends, _aside(kept), strict=True
    ):
        colour, marker = look(fit)
        ax.vlines(x + aside, low, high, color=colour, linewidth=1.4)
        ax.plot(x + aside, mean, marker, color=colour, markersize=5, label=label(fit))
    ax.set_xticks(x, [str(name) for name in kept["name"].to_numpy()])


def _plane(kept: xr.Dataset, ax: Axes) -> None:
    for k, (fit, heights) in enumerate(_by_fit(kept, "log_density")):
        colour, _ = look(fit)
        style = DASHES[k % len(DASHES)]  # contours that coincide are told apart by them
        drawn = {"colors": colour, "linewidths": 1.4, "linestyles": [style]}
        ax.contour(kept["across"], kept["up"], heights, levels=levels(heights), **drawn)
        ax.plot([], [], color=colour, linestyle=style, label=label(fit))
    ax.set_aspect("equal")


def _by_fit(kept: xr.Dataset, name: str) -> list[tuple[str, np.ndarray]]:
    return list(zip(map(str, kept["fit"].to_numpy()), kept[name].to_numpy(), strict=True))


def _aside(kept: xr.Dataset) -> np.ndarray:
    """How far beside its place each fit is drawn."""
    count = kept.sizes["fit"]
    return DODGE * (np.arange(count) / max(1, count - 1) - 0.5) * (count > 1)


KINDS: dict[str, Callable[[xr.Dataset, Axes], None]] = {
    "densities": _densities,
    "probabilities": _probabilities,
    "bands": _bands,
    "rows": _rows,
    "plane": _plane,
}
