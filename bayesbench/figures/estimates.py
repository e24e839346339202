"""The estimates of every parameter by every way of fitting, with their uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import axes, look
from bayesbench.methods import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive


def plot_estimates(kept: Archive, entry: str, ax: Axes | None = None) -> Axes:
    """Draw a row a fit: the point and two standard errors, or the mean and the 95% interval.

    The MLE has the interval of its profile likelihood, where there is one.
    """
    found: dict[str, Any] = kept.results["estimates"][entry]
    profiled = profile_ends(kept, entry)
    ax = axes(ax, 7.2, 2.3)
    shown = [fit for fit in found if centre_of(found[fit]) is not None]
    for row, fit in enumerate(shown):
        values = found[fit]
        centre = centre_of(values)
        low, high = (fit == "mle" and profiled) or ends_of(values, centre)
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
    return any(centre_of(values) is not None for values in found.values())


def _label(fit: str, values: dict[str, Any]) -> str:
    failed = values["status"] != "converged"
    return f"{label(fit)} ({values['status']})" if failed else label(fit)


def centre_of(values: dict[str, Any]) -> Any:
    """The point estimate, or the mean of the draws; None if the fit found none."""
    return values.get("value", values.get("mean"))


def profile_ends(kept: Archive, entry: str) -> tuple[float, float] | None:
    """The interval of the MLE's profile likelihood, where there is one with two ends."""
    each = kept.results.get("profile", {}).get("entries", {}).get(entry, {})
    low, high = each.get("low"), each.get("high")
    return None if low is None or high is None else (low, high)


def ends_of(values: dict[str, Any], centre: float) -> tuple[float, float]:
    """The ends of the highest-density interval, or two standard errors to either side."""
    if values.get("hdi"):
        low, high = values["hdi"]
        return low, high
    error = 2 * (values.get("se") or 0.0)
    return centre - error, centre + error
