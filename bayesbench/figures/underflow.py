"""A product of likelihoods that vanishes, above a sum of logarithms that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import look

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_underflow(view: xr.Dataset, axs: list[Axes] | None = None) -> Axes:
    """Draw the product, on a logarithmic scale, and the sum; the first of the two axes."""
    if axs is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.2, 4.4), layout="constrained")
        axs = list(figure.subplots(2, 1, sharex=True))
    n, product = view["n"].to_numpy(), view["product"].to_numpy()
    colour, _ = look("mle")
    inside = (product > 0) & np.isfinite(product)
    axs[0].semilogy(n[inside], product[inside], color=colour, linewidth=1.8)
    axs[0].set_ylabel("product of\nthe likelihoods")
    axs[1].plot(n, view["log_sum"], color=look("map")[0], linewidth=1.8)
    axs[1].set_ylabel("sum of\ntheir logarithms")
    axs[1].set_xlabel("rows")
    zero = int(view.attrs["zero_at"])
    if zero >= 0:
        for ax in axs:
            ax.axvline(zero, color="#555555", linestyle=":", linewidth=1.0)
        axs[0].annotate(
            f"exactly 0 from n = {zero}",
            (zero, 0.5),
            (6, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=9,
        )
    return axs[0]
