"""The estimates of one fit as a table: a row an entry of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.density import entry_supports
from bayesbench.fit.record import Fit

if TYPE_CHECKING:
    import pandas as pd

HDI = 0.95  # as much as two standard errors to either side of an MLE hold


def estimates(fit: Fit) -> pd.DataFrame:
    """A row an entry of the parameters, and of the latents.

    A point estimate has `value`, `se` and the `status` of the entry: that of the fit, but
    `converged` for what lies inside of the support when something else is on its edge.
    Many draws have `mean`, `sd`, the ends of the 95% highest-density interval, and the fit's
    `status`; for a sampler `r_hat` and the effective sample sizes; for an approximation
    `corrected_mean` and `corrected_sd`, by importance weights. What a fit did not find is NaN.
    Beside a point estimate a latent has its mean and sd given the estimate.
    """
    import pandas as pd

    index = pd.Index(fit.bound.layout.joint.entries, name="parameter")
    return pd.DataFrame(columns_of(fit), index=index)


def columns_of(fit: Fit) -> dict[str, np.ndarray]:
    """The columns of that table by name, for those who need no pandas."""
    if fit.method in ("mle", "map"):
        return _point(fit)
    size = fit.bound.layout.joint.size
    return _summary(fit) | {"status": np.full(size, fit.status.name)}


def _point(fit: Fit) -> dict[str, np.ndarray]:
    layout, size = fit.bound.layout, fit.bound.layout.joint.size
    status = np.full(size, fit.status.name, dtype=object)
    if fit.estimate is None:
        absent = np.full(size, np.nan)
        return {"value": absent, "se": absent, "status": status}
    values, errors = layout.join(fit.estimate.values), layout.join(fit.standard_errors)
    supports = entry_supports(layout, priors=fit.method == "map")
    on_edge = [v in (s.lower, s.upper) for v, s in zip(values, supports, strict=True)]
    if fit.status.name == "boundary":
        on_edge += [False] * (len(status) - len(on_edge))
        status = np.where(on_edge, "boundary", "converged")
    # The latents stand behind the parameters, in the order of their declaration.
    means, sds = ([np.ravel(each[k]) for each in fit.effects.values()] for k in (0, 1))
    values, errors = np.concatenate([values, *means]), np.concatenate([errors, *sds])
    return {"value": values, "se": errors, "status": status}


def _summary(fit: Fit) -> dict[str, np.ndarray]:
    layout = fit.bound.layout.joint
    names = ("mean", "sd", "hdi_low", "hdi_high")
    found = fit.diagnostics.get("convergence")
    sampled = fit.method == "posterior"
    judged = ("r_hat", "ess_bulk", "ess_tail") if sampled else ("corrected_mean", "corrected_sd")
    if fit.draws is None:
        return {name: np.full(layout.size, np.nan) for name in (*names, *judged)}
    from numpyro.diagnostics import hpdi

    draws = layout.join(fit.draws.values)
    low, high = hpdi(draws.reshape(-1, layout.size), HDI)
    summary = {
        "mean": draws.mean(axis=(0, 1)),
        "sd": draws.std(axis=(0, 1), ddof=1),
        "hdi_low": low,
        "hdi_high": high,
    }
    if found:
        # Weights of networks are not judged one by one.
        for name in judged:
            known = {p: each[name] for p, each in found.items() if p in layout.model.parameters}
            absent = {p: np.full(layout.shape(p), np.nan) for p in layout.model.parameters}
            summary[name] = layout.join(absent | known)
    if fit.importance is not None:
        corrected = fit.importance.mean, fit.importance.sd
        summary |= {name: layout.join(v) for name, v in zip(judged, corrected, strict=True)}
    return summary
