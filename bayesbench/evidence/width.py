"""How far the evidence hangs on the width of a prior, which the posterior may hardly feel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jax
import numpy as np
from scipy.special import logsumexp

from bayesbench.describe import name_in_formula
from bayesbench.distributions import Distribution
from bayesbench.fit.importance import importance
from bayesbench.libraries import jax_library
from bayesbench.model import Parameter

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

WIDENED = {"Normal", "StudentT", "Cauchy", "Laplace", "HalfNormal", "HalfCauchy"}
NOTABLE = 0.3  # of the log evidence
TRUSTED = ("good", "exact")  # words of the weights


def prior_width(contrast: Contrast) -> list[str]:
    """What twice as wide a prior would make of the evidence, where Bayes factors rest on it.

    With the prior p(θ | s) of scale s the evidence Z changes by the factor Z(2s) / Z(s) =
    E[p(θ | 2s) / p(θ | s)], the mean over the posterior under s: so no fit is needed. Where
    the posterior is nearly as wide as the prior, a few draws in the tails would rule that
    mean (Vehtari et al. 2024), and nothing is said.
    """
    posterior = contrast.fits["posterior"]
    if posterior.draws is None or not posterior.converged:
        return []
    if contrast.evidence.best is None or not contrast.bayes_factors:
        return []
    found: dict[str, float] = {}
    for name, declared in contrast.bound.model.parameters.items():
        if _can_be_widened(declared):
            change = if_doubled(declared, posterior.draws.values[name])
            found |= {} if change is None else {name: change}
    if not found:
        return []
    name = max(found, key=lambda key: abs(found[key]))
    change = found[name]
    if abs(change) < NOTABLE:
        return []
    way = "lower" if change < 0 else "higher"
    return [
        f"The evidence depends on how wide a prior is: with that of {name_in_formula(name)} "
        f"twice as wide, its logarithm would be {abs(change):.2f} {way}"
        + (", and lower again with every doubling after that." if change < 0 else ".")
    ]


def _can_be_widened(declared: Parameter) -> bool:
    prior = declared.prior
    return (
        isinstance(prior, Distribution)
        and prior.family.name in WIDENED
        and declared.support.covers(prior.support)
    )


def if_doubled(declared: Parameter, draws: np.ndarray) -> float | None:
    """The change of the log evidence if a prior were twice as wide.

    Parameters
    ----------
    declared : Parameter
        With a prior that has a `scale`.
    draws : array, shape (chain, draw, ...)
        Of its posterior.

    Returns
    -------
    float, or None if the weights of the draws are not to be trusted
    """
    prior = declared.prior
    assert isinstance(prior, Distribution)
    doubled = replace(prior, arguments={**prior.arguments, "scale": 2 * prior.arguments["scale"]})
    library = jax_library()
    with jax.enable_x64(True):
        at = library.array(draws)
        change = np.asarray(doubled.build(library).log_prob(at) - prior.build(library).log_prob(at))
    flat = change.reshape(draws.shape[0] * draws.shape[1], -1).sum(axis=-1)
    if importance(flat, {}).word not in TRUSTED:
        return None
    return float(logsumexp(flat) - np.log(flat.size))
