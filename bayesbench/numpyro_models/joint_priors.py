"""Priors of several numbers together, as NumPyro has them: simplexes, ordered numbers, and others.

What such a prior draws may be bound: shares that add up to one, cut points in order, a
correlation matrix. The parameter is then a vector of coordinates on the line, by NumPyro's own
bijection, and its prior the density of these, Jacobian included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
from jax import numpy as jnp
from numpyro.distributions import biject_to

from bayesbench.distributions import Family
from bayesbench.errors import BadInput, a
from bayesbench.libraries import Library
from bayesbench.numpyro_models.translation import AsGiven, ByJax, arguments_of, stripped, support_of
from bayesbench.supports import real

Transform = Any  # of NumPyro: from coordinates on the line to what a site is


def coordinates_of(made: Any, place: str) -> Transform | None:
    """The way from the line to the values of a bare distribution; None if each is free by itself.

    Raises
    ------
    BadInput
        If NumPyro knows none, or the prior is an improper one of bound values.
    """
    constraint = stripped(made.support)
    if constraint.event_dim == 0:
        return None
    words = type(constraint).__name__.strip("_")
    if type(made).__name__ == "ImproperUniform":
        raise BadInput(
            place,
            found=f"an improper prior with the support {words}",
            expected="a proper one",
            remedy="write a Dirichlet, an LKJCholesky, or a Normal with an OrderedTransform",
        )
    try:
        return biject_to(constraint)
    except NotImplementedError:
        raise BadInput(
            place,
            found=f"{a(words)} support, to which NumPyro has no way from the line",
            expected="numbers that coordinates on the line stand for",
            remedy="write it by parameters on the line, and transform these",
        ) from None


@dataclass(frozen=True, eq=False, repr=False)
class JointPrior(AsGiven):
    """A prior of several numbers together, of the shape that the parameter has."""

    shape: tuple[int, ...] = ()
    transform: Transform | None = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The parameter's shape."""
        return self.shape

    def build(self, library: Library) -> Any:
        """For JAX what has the density; for torch, what has it by way of JAX."""
        if library.name != "jax":
            return ByJax(self)
        return Together(self.given, self.shape, self.transform)


@partial(
    jax.tree_util.register_dataclass, data_fields=["given"], meta_fields=["shape", "transform"]
)
@dataclass(frozen=True)
class Together:
    """The joint density of several numbers, in equal shares; or that of their coordinates."""

    given: Any
    shape: tuple[int, ...]
    transform: Transform | None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The parameter's shape."""
        return self.shape

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Its entries are no events here."""
        return ()

    def log_prob(self, value: Any) -> Any:
        """The log-density, in equal shares of the entries that it is of."""
        if self.transform is None:
            found, dims = self.given.log_prob(value), self.given.event_dim
        else:
            own = self.transform(value)
            found = self.given.log_prob(own) + self.transform.log_abs_det_jacobian(value, own)
            dims = self.transform.domain.event_dim
        size = math.prod(value.shape[value.ndim - dims :])
        wide = jnp.reshape(found, (*found.shape, *(1,) * dims))
        return jnp.broadcast_to(wide, value.shape) / size

    def sample(self, key: Any, shape: tuple[int, ...] = ()) -> Any:
        """A draw of the parameter, behind further axes."""
        own = (*self.given.batch_shape, *self.given.event_shape)
        whole = (*shape, *self.shape)
        if self.transform is None:
            return self.given.sample(key, whole[: len(whole) - len(own)])
        whole = self.transform.forward_shape(whole)
        return self.transform.inv(self.given.sample(key, whole[: len(whole) - len(own)]))


def joint_prior(made: Any, shape: tuple[int, ...], place: str) -> JointPrior:
    """The prior of a site of that shape, as one of its coordinates where its values are bound."""
    transform = coordinates_of(made, place)
    names = tuple(k for k in made.arg_constraints if k in vars(made))  # others are computed
    support = support_of(made.support, place) if transform is None else real
    family = Family(type(made).__name__, names, support)
    own = shape if transform is None else tuple(transform.inverse_shape(shape))
    return JointPrior(family, arguments_of(made, family), made, own, transform)


def log_volume(transform: Transform) -> Callable[[Any], Any]:
    """How much of the values' own space a unit of the coordinates stands for, as a logarithm."""

    def of(value: Any) -> Any:
        return transform.log_abs_det_jacobian(value, transform(value)).sum()

    return of


def is_joint(made: Any) -> bool:
    """Whether a bare distribution is one density of several numbers."""
    return bool(made.event_dim > 0)
