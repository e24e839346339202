"""Outcomes' distributions of which NumPyro knows the density only, with mean, variance and cdf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
from jax import numpy as jnp
from jax.scipy.special import ndtr
from numpyro import distributions

CATEGORICAL = distributions.CategoricalProbs | distributions.CategoricalLogits
INFLATED = distributions.discrete.ZeroInflatedProbs  # and its likes of any family
VECTOR = distributions.MultivariateNormal


def knows_cdf(made: Any) -> bool:
    """Whether there is a distribution function: NumPyro's own, or one of those here."""
    if isinstance(made, distributions.MixtureSameFamily):
        return knows_cdf(made.component_distribution)
    if isinstance(made, INFLATED):
        return knows_cdf(made.base_dist)
    own = type(made).cdf is not distributions.Distribution.cdf
    return own or isinstance(made, CATEGORICAL | VECTOR)


def completed(made: Any) -> Any:
    """The same distribution, with what it lacks, if it lacks any of it."""
    return Completed(made) if isinstance(made, CATEGORICAL | INFLATED | VECTOR) else made


@partial(jax.tree_util.register_dataclass, data_fields=["given"], meta_fields=[])
@dataclass(frozen=True)
class Completed:
    """A distribution of NumPyro and what it does not tell."""

    given: Any

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """As NumPyro's."""
        return tuple(self.given.batch_shape)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """As NumPyro's."""
        return tuple(self.given.event_shape)

    @property
    def mean(self) -> Any:
        """Of categories that of their numbers, from 0."""
        if not isinstance(self.given, CATEGORICAL):
            return self.given.mean
        return (self.given.probs * self._numbers).sum(-1)

    @property
    def variance(self) -> Any:
        """Likewise."""
        if not isinstance(self.given, CATEGORICAL):
            return self.given.variance
        return (self.given.probs * (self._numbers - self.mean[..., None]) ** 2).sum(-1)

    def log_prob(self, value: Any) -> Any:
        """Categories are whole numbers, and a table has numbers."""
        if isinstance(self.given, CATEGORICAL):
            return self.given.log_prob(jnp.asarray(value, dtype=int))
        return self.given.log_prob(value)

    def sample(self, key: Any, shape: Sequence[int] = ()) -> Any:
        """As NumPyro's."""
        return self.given.sample(key, tuple(shape))

    def cdf(self, value: Any) -> Any:
        """The distribution function; of a vector that of each component by itself."""
        if isinstance(self.given, CATEGORICAL):
            upto = self._numbers <= jnp.floor(value)[..., None]
            return jnp.where(upto, self.given.probs, 0.0).sum(-1)
        if isinstance(self.given, INFLATED):
            below = completed(self.given.base_dist).cdf(jnp.floor(value))
            return jnp.where(value < 0, 0.0, self.given.gate + (1 - self.given.gate) * below)
        sd = jnp.sqrt(self.given.variance)
        return ndtr((value - self.given.mean) / sd)

    @property
    def _numbers(self) -> Any:
        return jnp.arange(self.given.probs.shape[-1])
