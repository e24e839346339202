"""Distributions and constraints of NumPyro in the words of bayesbench."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import numpy as jnp
from jax.nn import softplus
from jax.scipy.special import gammaln
from numpyro import distributions
from numpyro.distributions import constraints

from bayesbench.distributions import FAMILIES, Distribution, Family, Flat
from bayesbench.errors import BadInput
from bayesbench.libraries import Library, jax_library
from bayesbench.numpyro_models.completed import completed, knows_cdf
from bayesbench.supports import Support, real

if TYPE_CHECKING:
    from bayesbench.numpyro_models.through_jax import Program

NAMES = {
    "BernoulliProbs": "Bernoulli",
    "BernoulliLogits": "Bernoulli",
    "BinomialProbs": "Binomial",
    "BinomialLogits": "Binomial",
    "GeometricProbs": "Geometric",
    "GeometricLogits": "Geometric",
}
BY_LOGITS = ("BernoulliLogits", "BinomialLogits")
KNOWN = {family.name: family for family in FAMILIES}


@dataclass(frozen=True, eq=False, repr=False)
class AsGiven(Distribution):
    """A distribution with the object of NumPyro that it was read from, which computes it.

    A Bernoulli by its logits keeps the digits that a probability next to 1 has not.
    """

    given: Any = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of what it is a distribution of."""
        return (*self.given.batch_shape, *self.given.event_shape)

    @property
    def numbers(self) -> list[Any]:
        """All that it was made of."""
        return jax.tree.leaves(self.given)

    @property
    def has_cdf(self) -> bool:
        """Whether its distribution function is known."""
        return self.family.name in KNOWN or knows_cdf(self.given)

    def build(self, library: Library) -> Any:
        """NumPyro's own object; for torch, what has its density by way of JAX."""
        return completed(self.given) if library.name == "jax" else ByJax(self)

    def log_prob_of_rows(self, outcome: Any, library: Library) -> Any:
        """The log-density of each row, shape (n,)."""
        if self.given.event_dim > 0:  # a row is one vector
            return jnp.broadcast_to(self.given.log_prob(outcome), outcome.shape[:-1])
        logits: Any = getattr(self.given, "logits", None)
        if type(self.given).__name__ not in BY_LOGITS:
            return super().log_prob_of_rows(outcome, library)
        # NumPyro's own has a kink at zero, where searches begin: its slope there is wrong.
        count = getattr(self.given, "total_count", 1)
        ways = gammaln(count + 1) - gammaln(outcome + 1) - gammaln(count - outcome + 1)
        rows = outcome * logits - count * softplus(logits) + ways
        return jnp.broadcast_to(rows, outcome.shape)


@dataclass(frozen=True)
class ByJax:
    """The density of a distribution that only NumPyro has, for torch."""

    distribution: AsGiven

    def log_prob(self, value: Any) -> Any:
        """The log-density of each entry."""
        from bayesbench.numpyro_models.through_jax import through_jax

        return through_jax(_density(self.distribution), (value,))[0]


@cache
def _density(made: AsGiven) -> Program:
    from bayesbench.numpyro_models.through_jax import Program

    return Program(lambda arrays, data: (made.build(jax_library()).log_prob(arrays[0]),))


def bare(made: Any) -> Any:
    """Without what plates and `to_event` put around: a row or an entry has its own anyway."""
    while isinstance(made, distributions.ExpandedDistribution | distributions.Independent):
        made = made.base_dist
    return made


def family_of(made: Any) -> Family:
    """The family of a bare distribution; one of its own, where bayesbench has no such name."""
    name = type(made).__name__
    if isinstance(made, distributions.ImproperUniform):
        return Flat
    known = KNOWN.get(NAMES.get(name, name))
    return known or Family(name, (), support_of(made.support, name))


def arguments_of(made: Any, family: Family) -> dict[str, Any]:
    """Its arguments by bayesbench's names."""
    return {name: getattr(made, name) for name in family.arguments}


def stripped(constraint: Any) -> Any:
    """A constraint of single numbers, where it is one of several that are free of each other."""
    while hasattr(constraint, "base_constraint"):
        constraint = constraint.base_constraint
    return constraint


def support_of(constraint: Any, place: str) -> Support:
    """An interval of the line, or the whole numbers in one.

    Raises
    ------
    BadInput
        If it is none.
    """
    constraint = stripped(constraint)
    if constraint is constraints.real:
        return real
    if constraint is constraints.boolean:
        return Support(0.0, 1.0, whole=True)
    edges = [getattr(constraint, f"{side}_bound", None) for side in ("lower", "upper")]
    if edges == [None, None]:
        raise BadInput(
            place,
            found=f"the support {type(constraint).__name__.strip('_')}",
            expected="numbers, each on the line or in an interval of it",
            remedy="write it by parameters on the line, and transform these",
        )
    low, high = (np.inf * sign if e is None else e for e, sign in zip(edges, (-1, 1), strict=True))
    if len(np.unique(low)) > 1 or len(np.unique(high)) > 1:
        raise BadInput(
            place,
            found="edges of a support that differ from entry to entry",
            expected="the same support for all entries",
            remedy="scale numbers from 0 to 1 in the model",
        )
    return Support(float(np.min(low)), float(np.max(high)), bool(constraint.is_discrete))
