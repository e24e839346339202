"""The two libraries that a model's text is computed by, as one kind of record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from itertools import accumulate
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
    build: Callable[[Any, dict[str, Any]], Any]  # a distribution of a class and arguments
    vmap: Callable[[Callable[..., Any]], Callable[..., Any]]  # over each argument's first axis
    fixed: Callable[[Any], Any]  # a value that derivatives take for a constant
    fold: Callable[[Callable[[Any, Any], Any], Any, Any], Any]  # reduce, compiled once
    split: Callable[[Any, tuple[int, ...]], Any]  # a vector into pieces of such lengths
    group_sums: Callable[[Any, Any, int], Any]  # of rows, by their codes, for so many groups
    inside: Callable[[Any], Any]  # probabilities, as far from 0 and 1 as the library keeps them
    in_blocks: Callable[[], bool]  # whether sums over many rows go block by block

    def column(self, values: Any) -> Any:
        """An input as an array: the codes of levels stay whole, for they are indices."""
        return self.xp.asarray(values) if values.dtype.kind == "i" else self.array(values)

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

    def build(made: Any, arguments: dict[str, Any]) -> Any:
        # Torch raises outside of a support; a search for a maximum wants minus infinity, and
        # goes on from a step that led to NaN.
        # Some build others inside, so the argument validate_args alone would not do.
        before = distributions.Distribution._validate_args
        distributions.Distribution.set_default_validate_args(False)
        try:
            return unchecked(made(**arguments))
        finally:
            distributions.Distribution.set_default_validate_args(before)

    def unchecked(built: Any) -> Any:
        # Densities look the default up when they are computed, which is then another one.
        built._validate_args = False
        if hasattr(built, "base_dist"):
            unchecked(built.base_dist)
        return built

    def group_sums(rows: torch.Tensor, codes: torch.Tensor, size: int) -> torch.Tensor:
        return array([0.0] * size).index_add(0, codes, rows)

    def fixed(value: torch.Tensor) -> torch.Tensor:
        return value.detach()

    def fold(step: Callable[[Any, Any], Any], state: Any, items: torch.Tensor) -> Any:
        return reduce(step, items, state)

    def split(vector: torch.Tensor, sizes: tuple[int, ...]) -> Any:
        return torch.split(vector, list(sizes))

    parts = (distributions, distributions.constraints, build, torch.func.vmap, fixed, fold)
    inside = distributions.utils.clamp_probs
    return Library("torch", array, xp, *parts, split, group_sums, inside, lambda: False)


@cache
def jax_library() -> Library:
    """JAX, with numpyro.distributions."""
    import jax
    import jax.numpy as jnp
    from numpyro import distributions

    def array(value: Any) -> Any:
        return jnp.asarray(value, dtype=jnp.float64)

    def build(made: Any, arguments: dict[str, Any]) -> Any:
        return made(**arguments)

    def fold(step: Callable[[Any, Any], Any], state: Any, items: Any) -> Any:
        return jax.lax.scan(lambda at, item: (step(at, item), None), state, items)[0]

    def split(vector: Any, sizes: tuple[int, ...]) -> Any:
        return jnp.split(vector, list(accumulate(sizes))[:-1])

    parts = (distributions, distributions.constraints, build, jax.vmap, jax.lax.stop_gradient)

    def in_blocks() -> bool:
        return jax.default_backend() == "cpu"  # a block would leave most of a GPU without work

    inside, sums = distributions.util.clamp_probs, jax.ops.segment_sum
    return Library("jax", array, jnp, *parts, fold, split, sums, inside, in_blocks)
