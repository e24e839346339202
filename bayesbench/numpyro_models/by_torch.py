"""What torch asks of a model of NumPyro: the rows, and a population, by way of JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from jax import numpy as jnp

from bayesbench.distributions import Family
from bayesbench.errors import BadInput, a
from bayesbench.libraries import Library, jax_library
from bayesbench.numpyro_models.through_jax import Program, through_jax
from bayesbench.numpyro_models.translation import KNOWN

if TYPE_CHECKING:
    from bayesbench.numpyro_models.wrapped import Wrapped


@dataclass(frozen=True)
class Rows:
    """A likelihood at torch's tensors: JAX computes it, and its derivatives."""

    wrapped: Wrapped
    values: Mapping[str, Any]
    inputs: Mapping[str, Any]

    def log_prob_of_rows(self, outcome: Any, library: Library) -> Any:
        """The log-density of each row, shape (n,)."""
        program = _program(self.wrapped, tuple(self.values), tuple(self.inputs))
        data = (outcome, *self.inputs.values())
        (rows,) = through_jax(program, tuple(self.values.values()), data)
        return rows


@cache
def _program(wrapped: Wrapped, names: tuple[str, ...], columns: tuple[str, ...]) -> Program:
    """The rows' log-density as a program of the values of these parameters, and of the data."""

    def function(arrays: tuple[Any, ...], data: tuple[Any, ...]) -> tuple[Any, ...]:
        outcome, inputs = data[0], dict(zip(columns, data[1:], strict=True))
        made = wrapped.likelihood(dict(zip(names, arrays, strict=True)), inputs)
        return (made.log_prob_of_rows(outcome, jax_library()),)

    return Program(function)


@cache
def population(wrapped: Wrapped, name: str, names: tuple[str, ...]) -> tuple[Program, Family]:
    """A prior's arguments as a program of the values of these parameters, and its family."""
    start = {k: np.zeros(wrapped.shapes[wrapped.names[k]]) + 0.5 for k in names}
    family = wrapped.prior(name, start).family
    if family.name not in KNOWN:
        raise BadInput(
            f"the prior of {wrapped.name}.{name}",
            found=f"{a(family.name)}, which only NumPyro has",
            expected="a distribution that torch has, too",
            remedy="fit_map, fit_laplace and fit_posterior take it",
        )

    def function(arrays: tuple[Any, ...], data: tuple[Any, ...]) -> tuple[Any, ...]:
        made = wrapped.prior(name, dict(zip(names, arrays, strict=True)))
        return tuple(jnp.asarray(each, dtype=jnp.float64) for each in made.arguments.values())

    return Program(function), family
