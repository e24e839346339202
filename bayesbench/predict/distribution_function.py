"""The distribution function of each family: the probability of a value, or of less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jax import numpy as jnp
from jax.scipy.special import betainc

from bayesbench.distributions import Distribution
from bayesbench.libraries import jax_library
from bayesbench.several import Several
from bayesbench.supports import Support


def _bernoulli(k: Any, probs: Any) -> Any:
    return jnp.where(k < 1, 1 - probs, 1.0)


def _binomial(k: Any, total_count: Any, probs: Any) -> Any:
    """By the incomplete beta function (Abramowitz and Stegun 1964, 26.5.24)."""
    inside = jnp.clip(k, 0, total_count - 1)
    return jnp.where(k < total_count, betainc(total_count - inside, inside + 1, 1 - probs), 1.0)


def _geometric(k: Any, probs: Any) -> Any:
    return -jnp.expm1((k + 1) * jnp.log1p(-probs))


# Of whole numbers k that are at least zero; the library has the other families'.
WHOLE: dict[str, Callable[..., Any]] = {
    "Bernoulli": _bernoulli,
    "Binomial": _binomial,
    "Geometric": _geometric,
}


def distribution_function(made: Distribution, at: Any) -> Any:
    """P(Y <= at) under a distribution, whose arguments may be tracers of JAX.

    What lies outside of the family's support has the probability 0, or 1.
    """
    if isinstance(made, Several):
        return _of_each(made, at)
    library, plain = jax_library(), made.plain
    known = WHOLE.get(plain.family.name)
    support = plain.family.support if isinstance(plain.family.support, Support) else Support()
    within = jnp.clip(at, support.lower, support.upper)
    if known is None:
        found = plain.build(library).cdf(within)
    else:
        arguments = {name: library.array(value) for name, value in plain.arguments.items()}
        found = known(jnp.maximum(jnp.floor(within), 0), **arguments)
    lowest = 0.0 if known is not None else support.lower
    return jnp.where(at < lowest, 0.0, found)


def _of_each(made: Several, at: Any) -> Any:
    """By component, each by its own family."""
    columns = []
    for part, place in zip(made.parts, made.places, strict=True):
        found = distribution_function(part, at[..., place])
        columns.append(found[..., None] if isinstance(place, int) else found)
    shape = np.broadcast_shapes(*(each.shape[:-1] for each in columns))
    return jnp.concatenate(
        [jnp.broadcast_to(each, (*shape, each.shape[-1])) for each in columns], axis=-1
    )
