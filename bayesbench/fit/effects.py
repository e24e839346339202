"""The effects of a population at a point estimate, and whether integrating them out was exact."""

from __future__ import annotations

import numpy as np

from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Status
from bayesbench.marginal import NODES

ACCURATE = 1e-6  # of the log-likelihood, or absolutely where that is small

Means = dict[str, tuple[np.ndarray, np.ndarray]]  # by latent: means and standard deviations


def latents_at(objective: Objective, values: dict[str, np.ndarray]) -> tuple[Means, float]:
    """Mean and sd of each effect given the parameters, and the error of the log-likelihood.

    The error is what doubling the nodes of the quadrature changes.
    """
    if objective.effects is None:
        return {}, 0.0
    found, finer = (objective.effects(values, nodes) for nodes in (NODES, 2 * NODES))
    (name,) = objective.layout.model.latents
    error = abs(float(finer.log_likelihood) - float(found.log_likelihood))
    return {name: (np.asarray(finer.mean), np.asarray(finer.sd))}, error


def accurate(status: Status, error: float, value: float) -> Status:
    """The status, or that of a search whose integrals were too rough to be relied on."""
    if error <= ACCURATE * max(1.0, abs(value)):
        return status
    words = (
        f"stopped early: the integrals over the effects are known to {error:.1g} only, and more "
        "than a millionth of the log-likelihood is too much; use fit_posterior, which samples them."
    )
    return Status("stopped early", words)
