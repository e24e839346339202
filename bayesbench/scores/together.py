"""The fits of all folds together, by programs that are compiled once; see `bayesbench.batched`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.record import Fit, Status
from bayesbench.layout import Bound

if TYPE_CHECKING:
    from bayesbench.batched.many import Answers
    from bayesbench.batched.posterior import Sampling
    from bayesbench.contrasting import Contrast

R_HAT = 1.01  # as of a single fit's chains
DRAWS = 1000  # of a chain, if no number was asked for: they cost little beside each other


def fitted_together(contrast: Contrast, fold: np.ndarray) -> dict[str, list[Fit | None]]:
    """By fit, that to the rows outside of each fold; None where it found no answer.

    There are none of models that are not fitted so, and of ways of fitting that are not.
    """
    from bayesbench.batched.batch import folds_of, why_not
    from bayesbench.batched.many import METHODS, fit_many

    bound = contrast.bound
    methods = [name for name in contrast.points if name in METHODS]
    if not methods or why_not(bound.layout, bound.inputs):
        return {}
    masks = fold != np.arange(fold.max() + 1)[:, None]
    laplace = contrast.fits.get("laplace")
    many = fit_many(
        folds_of(bound, masks),
        methods,
        seed=contrast.seed,
        draws=laplace.settings["draws"] if laplace else DRAWS,
        sampling=_sampling(contrast),
    )
    rows = [bound.only(mask) for mask in masks]
    return {
        name: [_fit(contrast.points[name], many[name], k, each) for k, each in enumerate(rows)]
        for name in methods
    }


def _sampling(contrast: Contrast) -> Sampling | None:
    """How the contrast's chains ran, as far as many at once can run so."""
    from bayesbench.batched.posterior import Sampling

    posterior = contrast.fits.get("posterior")
    if posterior is None:
        return None
    asked = posterior.settings
    draws = asked["draws"] or DRAWS
    return Sampling(
        chains=asked["chains"],
        draws=draws + draws % 2,
        ess=asked["ess"],
        r_hat=R_HAT,
        target_accept=asked["target_accept"],
    )


def _fit(whole: Fit, found: Answers, k: int, rows: Bound) -> Fit | None:
    """The record of one fold's fit, as that to all the rows is."""
    from bayesbench.batched.modes import STATUSES

    if not found.converged[k]:
        return None
    layout = rows.layout
    made: dict[str, Any] = {}
    if found.draws is None:
        made["estimate"] = rows.model(**layout.split(found.estimate[k]))
    else:
        draws = found.draws[k].reshape(found.chains, -1, layout.size)
        made["draws"] = rows.model(**layout.split(draws))
    words = found.sentences.get(k, "converged, beside the fits to the other folds.")
    status = Status(STATUSES[found.status[k]], words)
    settings = {**whole.settings, "fitted": "together with the other folds"}
    return Fit(whole.method, rows, whole.objective, whole.scale, settings, status, **made)
