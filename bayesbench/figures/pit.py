"""The PIT of each fit's predictions: its distribution function less the uniform one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import axes, legend_above, look
from bayesbench.scores.pit import pit_ecdf

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

BAND = 0.95
SIMULATIONS = 1000
MOST = 1000  # rows for which the band is simulated: with more it shrinks as 1/√n
POINTS = 201
DASHES = {"mle": "--", "map": "-.", "map_unconstrained": "-.", "laplace": ":", "pathfinder": ":"}


def plot_pit(view: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw a line a fit, and the band that holds 95% of such lines if all is calibrated.

    The band is ArviZ's (Säilynoja, Bürkner and Vehtari 2022), for rows that are independent.
    Of whole numbers the PIT is not randomised and strays less, so that the band is wide.
    """
    ax = axes(ax, 7.2, 3.0)
    fits = view["fit"].to_numpy().tolist()
    below, upto = (view[name].to_numpy().reshape(len(fits), -1) for name in ("below", "upto"))
    known = ~np.isnan(upto)
    at, low, high = band(int(known.sum(axis=1).max()))
    ax.fill_between(
        at, low - at, high - at, color="#BBBBBB", alpha=0.35, linewidth=0, label=f"{BAND:.0%} band"
    )
    u = np.linspace(0, 1, POINTS)
    for k, fit in enumerate(fits):
        if not known[k].any():
            continue
        line = pit_ecdf(below[k, known[k]], upto[k, known[k]], u) - u
        heading = str(view["heading"].to_numpy()[k])
        ax.plot(u, line, DASHES.get(fit, "-"), color=look(fit)[0], linewidth=1.5, label=heading)
    ax.axhline(0, color="#555555", linewidth=0.8)
    ax.set_xlim(0, 1)
    ax.set_xlabel("probability integral transform of the outcome")
    ax.set_ylabel("ECDF difference")
    legend_above(ax)
    return ax


def band(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the ECDF of n uniform numbers stays: points, and the lower and the upper edge."""
    from arviz_stats.ecdf_utils import ecdf_pit

    few = min(max(n, 2), MOST)
    generator = np.random.default_rng(0)
    at, _, low, high = ecdf_pit(np.linspace(0, 1, few), BAND, SIMULATIONS, rng=generator)
    narrower = np.sqrt(few / max(n, 2))
    return at, at + narrower * (low - at), at + narrower * (high - at)
