"""The outcome as the prior holds it possible, against the outcome as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive

COLUMNS = 3  # of a vector outcome that are drawn
FEW = 15  # whole numbers, each of which has a bar of its own
BINS = 30
MIDDLE = (0.02, 0.98)  # of what is simulated: tails may reach anywhere
BAND = (0.05, 0.95)


def plot_prior_predictive(kept: Archive, axs: list[Axes] | None = None) -> Axes:
    """Draw shares of rows: of the data as bars, of simulated tables as their mean and 90% band.

    A column of the outcome has a panel, and three at most have; the first is returned.
    """
    simulated = kept.tree["prior_predictive"]["outcome"].to_numpy()[0]
    seen = kept.tree["observed_data"]["outcome"].to_numpy()
    simulated = simulated.reshape(*simulated.shape[:2], -1)[..., :COLUMNS]
    seen = seen.reshape(len(seen), -1)[:, :COLUMNS]
    if axs is None:
        from matplotlib.figure import Figure

        count = seen.shape[1]
        figure = Figure(figsize=(7.2, 2.3), layout="constrained")
        axs = list(figure.subplots(1, count, squeeze=False)[0])
    outcome = kept.results["description"]["outcome"]
    names = [outcome] if isinstance(outcome, str) else list(outcome)
    if len(names) < len(axs):  # a vector in one column of the table
        names = [f"{outcome}[{k}]" for k in range(1, len(axs) + 1)]
    for k, ax in enumerate(axs):
        _draw(ax, simulated[..., k], seen[:, k])
        ax.set_xlabel(names[k])
    axs[0].set_ylabel("share of the rows")
    axs[0].legend(loc="best")
    return axs[0]


def _draw(ax: Axes, simulated: np.ndarray, seen: np.ndarray) -> None:
    edges = bin_edges(simulated, seen)
    shares = np.array([_shares(table, edges) for table in simulated])
    low, high = np.quantile(shares, BAND, axis=0)
    middles, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    ax.bar(middles, _shares(seen, edges), widths * 0.9, color="#C9CED8", label="the data")
    colour = look("posterior")[0]
    mean = shares.mean(axis=0)
    if len(middles) <= FEW:
        ends = np.abs([mean - low, high - mean])
        ax.errorbar(middles, mean, ends, fmt="o", color=colour, capsize=3, label="the prior")
        ax.set_xticks(middles)
        return
    ax.fill_between(middles, low, high, step="mid", color=colour, alpha=0.2, linewidth=0)
    ax.step(middles, mean, where="mid", color=colour, linewidth=1.4, label="the prior")


def bin_edges(simulated: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """One bin a whole number where there are few; else 30 over the middle of what is there."""
    finite = simulated[np.isfinite(simulated)]
    low, high = np.quantile(finite, MIDDLE) if len(finite) else (seen.min(), seen.max())
    low, high = min(low, seen.min()), max(high, seen.max())
    whole = bool((seen == np.floor(seen)).all() and (finite == np.floor(finite)).all())
    if whole and high - low < FEW:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    if not high > low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    finite = values[np.isfinite(values)]
    return np.histogram(finite, edges)[0] / len(values)
