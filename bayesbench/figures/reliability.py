"""Reliability of an outcome that is 0 or 1: how often it is 1 where that had some probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import look, tiles

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

BAND = 0.95
SIMULATIONS = 500


def plot_reliability(view: xr.Dataset) -> Axes:
    """Draw a panel a fit; the first is returned, its `.figure` has all.

    The frequencies are those of isotonic regression on the predicted probabilities (pool
    adjacent violators; Dimitriadis, Gneiting and Jordan 2021), which needs no bins. The band
    holds 95% of them, point by point, when outcomes come true as they were predicted.
    """
    outcome = view["outcome"].to_numpy()
    known = [k for k, mean in enumerate(view["mean"].to_numpy()) if not np.isnan(mean).all()]
    rows = tiles(len(known), 7.6, 2.7)
    for ax, k in zip([ax for row in rows for ax in row], known, strict=True):
        _draw(ax, view["mean"].to_numpy()[k], outcome, str(view["fit"].to_numpy()[k]))
        ax.set_title(str(view["heading"].to_numpy()[k]), loc="left", fontsize=10)
    for row in rows:
        row[0].set_ylabel("how often it was 1")
    for ax in rows[-1]:
        ax.set_xlabel("probability of 1")
    return rows[0][0]


def _draw(ax: Axes, mean: np.ndarray, outcome: np.ndarray, fit: str) -> None:
    kept = ~np.isnan(mean)
    x, which = np.unique(mean[kept], return_inverse=True)
    generator = np.random.default_rng(0)
    drawn = generator.uniform(size=(SIMULATIONS, len(which))) < mean[kept]
    lines = np.array([frequencies(which, each) for each in drawn])
    tail = 100 * (1 - BAND) / 2
    low, high = np.percentile(lines, [tail, 100 - tail], axis=0)
    colour, marker = look(fit)
    ax.plot([0, 1], [0, 1], color="#555555", linewidth=0.8)
    if len(x) == 1:
        ends = np.abs([x - low, high - x])
        ax.errorbar(x, x, ends, fmt="none", ecolor="#999999", capsize=3)
    else:
        ax.fill_between(x, low, high, color="#BBBBBB", alpha=0.4, linewidth=0)
    shape = f"{marker}-" if len(x) < 20 else "-"
    ax.plot(x, frequencies(which, outcome[kept]), shape, color=colour, markersize=5, linewidth=1.5)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)


def frequencies(which: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """How often the outcome is 1 at each of several probabilities, never falling.

    Parameters
    ----------
    which : array of int, shape (n,)
        Which probability each row was given, of those in rising order.
    outcome : array, shape (n,)
        0 or 1.
    """
    from scipy.optimize import isotonic_regression

    counts = np.bincount(which)
    shares = np.bincount(which, weights=outcome) / counts
    return np.asarray(isotonic_regression(shares, weights=counts).x)
