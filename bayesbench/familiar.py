"""A fit under the names by which users of statsmodels and ArviZ look for its parts.

Only where the meaning is the same: `params`, `bse`, `conf_int`, `nobs` and `llf` as of a
statsmodels result; `summary` a table; `idata` the groups that ArviZ's functions take.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from bayesbench.errors import BadInput, a
from bayesbench.fit.record import Fit
from bayesbench.joint import marginal

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def params(fit: Fit) -> pd.Series:
    """The estimate of each entry of the parameters, or the mean of its draws; NaN if none."""
    table = fit.table()
    return table["value" if "value" in table else "mean"].rename("params")


def bse(fit: Fit) -> pd.Series:
    """The standard error of each entry, or the standard deviation of its draws."""
    table = fit.table()
    return table["se" if "se" in table else "sd"].rename("bse")


def conf_int(fit: Fit, alpha: float = 0.05) -> pd.DataFrame:
    """An interval of each entry, in columns 0 and 1: its lower and its upper end.

    Of a point estimate it is Wald's, the estimate and ndtri(1 - α/2) standard errors to either
    side; of draws the quantiles α/2 and 1 - α/2.

    Raises
    ------
    BadInput
        If alpha is not between 0 and 1.
    """
    import pandas as pd

    if not 0 < alpha < 1:
        raise BadInput(
            "alpha",
            found=repr(alpha),
            expected="a number between 0 and 1",
            remedy="0.05 for 95% intervals",
        )
    if fit.draws is None:
        reach = ndtri(1 - alpha / 2) * bse(fit)
        return pd.DataFrame({0: params(fit) - reach, 1: params(fit) + reach})
    layout = fit.bound.layout.joint
    draws = layout.join(fit.draws.values).reshape(-1, layout.size)
    low, high = np.quantile(draws, (alpha / 2, 1 - alpha / 2), axis=0)
    return pd.DataFrame({0: low, 1: high}, index=params(fit).index)


def llf(fit: Fit) -> float:
    """The log-likelihood at a point estimate, latents integrated out; NaN if there is none.

    Raises
    ------
    BadInput
        If the fit has draws: then there is one for each draw.
    """
    from bayesbench.fit.at_draws import likelihood_and_prior

    if fit.draws is not None:
        raise BadInput(
            f"llf of {a(fit.method)}",
            found="many draws",
            expected="a point estimate",
            remedy="`idata` has the log-likelihood of each draw and row",
        )
    if fit.estimate is None:
        return float("nan")
    values = {name: np.asarray(value)[None] for name, value in fit.estimate.values.items()}
    if fit.bound.by_passes:
        return float(fit.diagnostics["value"])  # maximum likelihood alone passes over a file
    return float(likelihood_and_prior(fit.bound, values)[0][0])


def idata(fit: Fit) -> xr.DataTree:
    """The draws in ArviZ's groups: posterior, sample_stats, log_prior, log_likelihood, ...

    Raises
    ------
    BadInput
        If it is no posterior that was sampled.
    """
    import xarray as xr

    from bayesbench.arviz_groups import of_data, sampled

    if fit.method != "posterior" or fit.draws is None:
        raise BadInput(
            f"idata of {a(fit.method)}",
            found="no chains",
            expected="a posterior that was sampled",
            remedy="use fit_posterior",
        )
    layout = replace(fit.bound.layout, model=marginal(fit.bound.model), centred=())
    bound = replace(fit.bound, layout=layout)
    groups = sampled(bound, fit) | of_data(bound)
    return xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})
