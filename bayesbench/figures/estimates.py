"""The estimates of every parameter by every way of fitting, with their uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.compare import label
from bayesbench.describe import name_in_formula
from bayesbench.figures.style import axes, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive


def plot_estimates(kept: Archive, entry: str, ax: Axes | None = None) -> Axes:
    """Draw a row a fit: the point and two standard errors, or the mean and the 95% interval."""
    found: dict[str, Any] = kept.results["estimates"][entry]
    ax = axes(ax, 7.2, 2.3)
    shown = [fit for fit in found if _centre(found[fit]) is not None]
    for row, fit in enumerate(shown):
        values = found[fit]
        centre = _centre(values)
        low, high = _ends(values, centre)
        colour, marker = look(fit)
        ax.hlines(row, low, high, color=colour, linewidth=2)
        ax.plot([centre], [row], marker=marker, color=colour, markersize=6)
    ax.set_yticks(range(len(shown)), [_label(fit, found[fit]) for fit in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_xlabel(name_in_formula(entry))
    ax.grid(visible=False, axis="y")
    return ax


def has_estimate(found: dict[str, Any]) -> bool:
    """Whether any fit found this entry."""
    return any(_centre(values) is not None for values in found.values())


def _label(fit: str, values: dict[str, Any]) -> str:
    failed = values["status"] != "converged"
    return f"{label(fit)}\n({values['status']})" if failed else label(fit)


def _centre(values: dict[str, Any]) -> Any:
    return values.get("value", values.get("mean"))


def _ends(values: dict[str, Any], centre: float) -> tuple[float, float]:
    if values.get("hdi"):
        low, high = values["hdi"]
        return low, high
    error = 2 * (values.get("se") or 0.0)
    return centre - error, centre + error
