"""Whether the chains tell the same story: the ranks of each chain's draws among all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import axes, legend_above
from bayesbench.fit.chains import convergence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.archive import Archive

SHADES = ("#7A3E9D", "#0072B2", "#009E73", "#D55E00", "#56B4E9", "#8A8A8A")
BAND = 0.99
SIMULATIONS = 1000
KEPT = 200  # draws of a chain at most


def plot_ranks(kept: Archive, name: str, ax: Axes | None = None) -> Axes:
    """Draw, for each chain, the ECDF of its draws' ranks less the uniform one.

    The band, by ArviZ, holds 99% of such curves, each taken by itself, when the chains
    agree (Säilynoja, Bürkner and Vehtari 2022). It supposes independent draws, so a chain is
    thinned to as many as its share of the effective sample size. Of several entries the first
    is shown.
    """
    from arviz_stats.ecdf_utils import ecdf_pit
    from scipy.stats import rankdata

    draws = kept.tree["posterior"][name].to_numpy()
    draws = independent(draws.reshape(*draws.shape[:2], -1)[..., 0])
    chains, length = draws.shape
    ranks = np.sort(rankdata(draws).reshape(chains, length) / draws.size, axis=1)
    # ArviZ's band for several chains at once (0.8) is degenerate for some seeds.
    uniform, generator = np.linspace(0, 1, length), np.random.default_rng(0)
    at, _, low, high = ecdf_pit(uniform, BAND, SIMULATIONS, rng=generator)
    ax = axes(ax, 7.2, 2.5)
    label = f"{BAND:.0%} band"
    ax.fill_between(at, low - at, high - at, color="#BBBBBB", alpha=0.35, linewidth=0, label=label)
    for chain in range(chains):
        ecdf = np.searchsorted(ranks[chain], at, side="right") / length
        ax.plot(at, ecdf - at, color=SHADES[chain % len(SHADES)], label=f"chain {chain + 1}")
    ax.set_xlabel(f"fractional rank of {name_in_formula(name)}")
    ax.set_ylabel("ECDF difference")
    legend_above(ax, 5)
    return ax


def independent(draws: np.ndarray) -> np.ndarray:
    """Evenly spaced draws of each chain, as many as its share of the ESS in bulk, of 200 at most.

    Where there is no ESS, for nothing varies, 200.
    """
    chains, length = draws.shape
    bulk = float(convergence({"draws": draws})["draws"]["ess_bulk"])
    share = KEPT if np.isnan(bulk) else min(KEPT, max(2, int(bulk) // chains))
    return draws[:, :: max(1, math.ceil(length / share))]
