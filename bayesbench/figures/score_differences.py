"""On which rows a fit predicts better than another: differences of their log scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import in_full, look, tiles

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

SHOWN = 2000  # rows that are drawn, evenly spaced


def plot_score_differences(view: xr.Dataset, against: str | None = None) -> Axes:
    """Draw each row's log score less that of one fit, a panel a fit; the first is returned.

    Above zero the fit predicted that row better. The line is the mean. Rows of which one of
    the two said that they could not be are left out.
    """
    fits, scores = view["fit"].to_numpy().tolist(), view["log_score"].to_numpy()
    other = against or view.attrs["against"]
    shown = [k for k, fit in enumerate(fits) if fit != other and np.isfinite(scores[k]).any()]
    rows = tiles(len(shown), 7.6, 2.3)
    for ax, k in zip([ax for row in rows for ax in row], shown, strict=True):
        with np.errstate(invalid="ignore"):
            apart = scores[k] - scores[fits.index(other)]
        at = np.flatnonzero(np.isfinite(apart))
        some = at[np.unique(np.linspace(0, len(at) - 1, min(len(at), SHOWN)).astype(int))]
        colour, marker = look(fits[k])
        size = 5 if len(some) <= 100 else 2.5
        ax.axhline(0, color="#555555", linewidth=0.8)
        ax.plot(some + 1, apart[some], marker, color=colour, markersize=size, alpha=0.8)
        ax.axhline(apart[at].mean(), color=colour, linewidth=1.2, linestyle="--")
        ax.set_title(str(view["heading"].to_numpy()[k]), loc="left", fontsize=10)
        ax.xaxis.set_major_formatter(in_full)
        ax.locator_params(axis="x", integer=True, nbins=5)
    for row in rows:
        row[0].set_ylabel("log score, difference")
    for ax in rows[-1]:
        ax.set_xlabel("row")
    return rows[0][0]
