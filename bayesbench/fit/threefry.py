"""JAX's random numbers, bit by bit, in fewer steps on a CPU.

There JAX's hash is a loop of five turns, each of some fifteen small steps: quick to compile, and a
third of what a step of the sampler takes for a model of few numbers. Here its rounds stand one
after another, so that XLA makes one step of them all.
"""

from __future__ import annotations

import math
from typing import Any

import jax
from jax import numpy as jnp
from jax.extend.random import define_prng_impl

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))  # Salmon et al. (2011), table 2
PARITY = 0x1BD11BDA  # Skein's, of 32 bits
WORD = {8: jnp.uint8, 16: jnp.uint16, 32: jnp.uint32, 64: jnp.uint64}


def threefry_2x32(key: Any, high: Any, low: Any) -> tuple[Any, Any]:
    """Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011, section 3.3).

    Parameters
    ----------
    key : array of uint32, shape (2,)
    high, low : arrays of uint32
        The counter, of 64 bits.
    """
    keys = (key[0], key[1], key[0] ^ key[1] ^ jnp.uint32(PARITY))
    x, y = high + keys[0], low + keys[1]
    for turn in range(5):
        for by in ROTATIONS[turn % 2]:
            x = x + y
            y = x ^ ((y << jnp.uint32(by)) | (y >> jnp.uint32(32 - by)))
        x = x + keys[(turn + 1) % 3]
        y = y + keys[(turn + 2) % 3] + jnp.uint32(turn + 1)
    # Else XLA writes the rounds down once for each that reads them, and compiles all of that.
    words: tuple[Any, Any] = jax.lax.optimization_barrier((x, y))
    return words


def _counted(key: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """The hashes of 0, 1, 2, ...: fewer than 2³² of them."""
    low = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    return threefry_2x32(key, jnp.zeros_like(low), low)


def _seed(seed: Any) -> Any:
    whole = jnp.asarray(seed)
    high = jax.lax.shift_right_logical(whole, jnp.asarray(32, whole.dtype))  # 0 of 32 bits
    return jnp.stack([high.astype(jnp.uint32), whole.astype(jnp.uint32)])


def _split(key: Any, shape: tuple[int, ...]) -> Any:
    return jnp.stack(_counted(key, shape), axis=-1)


def _bits(key: Any, width: int, shape: tuple[int, ...]) -> Any:
    high, low = _counted(key, shape)
    if width == 64:
        return (high.astype(jnp.uint64) << jnp.uint64(32)) | low.astype(jnp.uint64)
    return (high ^ low).astype(WORD[width])


def _fold_in(key: Any, data: Any) -> Any:
    low = jnp.asarray(data).astype(jnp.uint32)
    return jnp.stack(threefry_2x32(key, jnp.zeros_like(low), low))


UNROLLED = define_prng_impl(
    key_shape=(2,), seed=_seed, split=_split, random_bits=_bits, fold_in=_fold_in, name="unrolled"
)


def is_key(value: Any) -> bool:
    """Whether an array has keys for entries, which nothing outside of JAX can read."""
    return bool(jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key))


def as_numbers(value: Any) -> Any:
    """A key as two numbers of 32 bits, and all else as it is."""
    return jax.random.key_data(value) if is_key(value) else value


def as_key(numbers: Any) -> Any:
    """The key of two such numbers; JAX's own keys have the same ones."""
    return jax.random.wrap_key_data(numbers, impl=UNROLLED)
