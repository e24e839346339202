"""Why people take logarithms: the likelihood as a product, and as a sum of logarithms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.layout import Bound
from bayesbench.views.view import check_no_latents, place_of, thinned

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast


@dataclass(frozen=True)
class Underflow:
    """The cumulative product of the rows' likelihoods in float64, and the sum of their logs.

    Taken at the MLE; rows are repeated in turn when the data are too few.

    Parameters
    ----------
    most : int
        How many factors are multiplied.
    """

    most: int = 2000

    def check(self, bound: Bound) -> None:
        """The likelihood must be a product over the rows: with latents it is one of groups."""
        check_no_latents("underflow", bound, "rows that are independent given the parameters")

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """By the number of rows: the product, the sum, and where the product is exactly 0."""
        import xarray as xr

        from bayesbench.fit.at_draws import pointwise_log_likelihood
        from bayesbench.underflow import underflow

        fit = contrast.fits["mle"]
        place = place_of(fit)
        if place is None:
            return None
        values = {name: value[None, None] for name, value in place.values.items()}
        rows = pointwise_log_likelihood(fit.bound, values)[0, 0]
        found = underflow(rows, most=self.most)
        zero = -1 if found.zero_at is None else int(found.zero_at)
        seen = thinned(len(found.n))
        again = " The rows are repeated in turn." if len(rows) < len(found.n) else ""
        end = f"at n = {found.n[-1]} it is {found.product[-1]:.3g}"
        if zero >= 0:
            total = float(found.log_sum[zero - 1])
            end = f"from n = {zero} on it is exactly 0, where the sum of logs is {total:.4g}"
        return xr.Dataset(
            {
                "n": ("at", np.asarray(found.n)[seen]),
                "product": ("at", np.asarray(found.product)[seen]),
                "log_sum": ("at", np.asarray(found.log_sum)[seen]),
            },
            attrs={
                "kind": "underflow",
                "title": "Why people take logarithms",
                "zero_at": zero,
                "caption": "The likelihood at the MLE as a product of the rows’ densities, in "
                f"64-bit floating point: {end}.{again}",
                "alt": "The product of the likelihoods and the sum of their logarithms against "
                f"the number of rows: of the product, {end}.",
            },
        )
