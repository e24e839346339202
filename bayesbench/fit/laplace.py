"""The Laplace approximation: a Normal at the posterior's mode, on the unconstrained scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.fit.approximation import on_own_scale, refused
from bayesbench.fit.at_draws import log_densities
from bayesbench.fit.importance import how_many, weighed
from bayesbench.fit.map import posterior_search
from bayesbench.fit.partition_check import partition_checked
from bayesbench.fit.record import Fit, Status
from bayesbench.fit.search import is_large
from bayesbench.fit.start import check_count, check_seed
from bayesbench.model import Model


def fit_laplace(
    model: type[Model],
    data: Any = None,
    *,
    seed: int = 0,
    draws: int = 10_000,
    start: Model | Mapping[str, Any] | None = None,
) -> Fit:
    """Approximate the posterior by a Normal where it is highest (Laplace 1774).

    On the unconstrained scale, Jacobian included, the posterior is replaced by the Normal
    whose mean is the mode and whose covariance is the inverse of the negative Hessian
    (Tierney and Kadane 1986). Independent draws of it are carried back to the parameters'
    own scale, so that intervals stay inside of the support. Latents are integrated out, and
    drawn at each of these from the Normal with their mean and sd given the parameters.

    The Hessian is computed by automatic differentiation, in float64. The draws (the
    first thousands, where there are more than 10,000 rows) are weighted by the ratio of the
    posterior's density to the Normal's, which says how far the Normal can be relied on, and
    corrects its mean and sd where it can (Vehtari et al. 2024).

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    seed : int
        Of the draws.
    draws : int
        How many.
    start : Model or mapping, optional
        Where the search for the mode begins, on the parameters' own scale.

    Returns
    -------
    Fit
        With `draws` of shape (1, draws, ...); none if the mode is none. `importance` has the
        draws' weights, Pareto's k, and the corrected mean and sd by parameter. `diagnostics`
        has `pareto_k`; `importance_ess`, the effective sample size of the weighted draws; and
        `log_evidence`: the log-density at the mode + d/2 log 2π - 1/2 log det of the negative
        Hessian (MacKay 2003, equation 27.3).

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    check_seed(seed)
    check_count("draws", draws, 2)
    began = perf_counter()
    bound = bind(model, data)
    settings = {"seed": seed, "draws": draws}
    if is_large(bound.layout):
        return refused("laplace", bound, settings)
    target, done = posterior_search(bound, "unconstrained", start=start, seed=seed)
    mode = done.found
    made: dict[str, Any] = {}
    status = mode.status
    if status.converged and not np.isfinite(mode.covariance).all():
        status = Status("stopped early", "stopped early: the mode has no curvature to build on.")
    if status.converged:
        generator = np.random.default_rng(seed)
        unit = generator.standard_normal((draws, len(mode.z)))
        z = mode.z + unit @ root(mode.covariance).T
        at_mode = target.constrain(mode.z, Pins.none(len(mode.z)))
        made["draws"] = on_own_scale(bound, z, generator)
        made["estimate"] = model(**at_mode)
        status = Status("converged", f"a Normal at the mode; its search {status.sentence}")
    if status.converged and not any(p.is_flat for p in model.parameters.values()):
        size = len(mode.z)
        half_log_det = 0.5 * np.linalg.slogdet(mode.covariance)[1]
        evidence = mode.value + size / 2 * np.log(2 * np.pi) + half_log_det
        made["diagnostics"] = {"log_evidence": float(evidence)}
    record = Fit(
        method="laplace",
        bound=bound.joint,
        objective=target.words,
        scale="unconstrained",
        settings=settings,
        status=status,
        seconds={"fit": perf_counter() - began},
        **made,
    )
    record = partition_checked(record)
    if record.draws is None:
        return record
    some = slice(how_many(draws, bound.n))
    heights = log_densities(bound, z[some])
    record = weighed(record, heights + 0.5 * np.sum(unit[some] ** 2, axis=1))
    return replace(record, seconds={"fit": perf_counter() - began})


def root(covariance: np.ndarray) -> np.ndarray:
    """R with R Rᵀ the covariance, (..., size, size); by its correlations, for units differ."""
    sd = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    squares, axes = np.linalg.eigh(covariance / (sd[..., :, None] * sd[..., None, :]))
    return np.asarray(sd[..., :, None] * axes * np.sqrt(np.maximum(squares, 0.0))[..., None, :])
