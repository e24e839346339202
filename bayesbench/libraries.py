"""The two libraries that a model's text is computed by, as one kind of record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Library:
    """What the densities need of torch, or of JAX with NumPyro."""

    name: str
    array: Callable[[Any], Any]  # a float64 array of this library
    xp: ModuleType  # its array functions, under the array API's names
    distributions: ModuleType
    constraints: ModuleType
    options: dict[str, Any]  # given to every distribution when it is built

    def bijection(self, support: Any) -> Any:
        """The library's own map from the real line onto a support."""
        return self.distributions.biject_to(support.constraint(self.constraints))


@cache
def torch_library() -> Library:
    """Torch, with torch.distributions."""
    import array_api_compat.torch as xp
    import torch
    from torch import distributions

    def array(value: Any) -> torch.Tensor:
        return torch.as_tensor(value, dtype=torch.float64)

    # Torch raises outside of a support; a search for a maximum wants minus infinity.
    options = {"validate_args": False}
    return Library("torch", array, xp, distributions, distributions.constraints, options)


@cache
def jax_library() -> Library:
    """JAX, with numpyro.distributions."""
    import jax.numpy as jnp
    from numpyro import distributions

    def array(value: Any) -> Any:
        return jnp.asarray(value, dtype=jnp.float64)

    return Library("jax", array, jnp, distributions, distributions.constraints, {})
