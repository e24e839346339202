"""The log-likelihoods of many rows, added up block by block in one pass over them.

To compute all rows at once writes each step of the arithmetic for all of them, and reads the
rows a second time for the gradient: memory is then what takes the time. A block's rows, and
what is computed of them, stay in the cache, and its share of the gradient is taken beside its
share of the height. A row may be moved to a block only if it is given nothing by the others,
which is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bayesbench.distributions import Distribution
from bayesbench.layout import Bound
from bayesbench.sufficient import likelihood_at, somewhere

BYTES = 2**21  # of a block's rows
MANY = 16  # blocks at least: fewer rows and what is computed of them pass through the cache
ROWS = (1024, 16384)  # of a block, at least and at most


def in_blocks(bound: Bound) -> int | None:
    """How many blocks the rows of a table should be cut into; None where they stay together.

    Parameters
    ----------
    bound : Bound
        Its likelihood must be a distribution whose arguments for a row depend on that row alone.
    """
    columns = [bound.outcome, *bound.inputs.values()]
    a_row = sum(column[:1].nbytes for column in columns)
    size = int(np.clip(BYTES // a_row, *ROWS))
    if bound.n < MANY * size or bound.outcome.ndim > 1 or bound.model.latents:
        return None
    return -(-bound.n // size) if _are_alone(bound, size) else None


def _are_alone(bound: Bound, size: int) -> bool:
    """Whether the rows of each block are given by themselves what they are given among all."""
    _, values, _ = somewhere(bound.layout)
    every = likelihood_at(bound.layout, values, bound.inputs)
    if not isinstance(every, Distribution):
        return False
    for first in range(0, bound.n, size):
        rows = slice(first, first + size)
        own = {name: column[rows] for name, column in bound.inputs.items()}
        some = likelihood_at(bound.layout, values, own)
        if some is None:
            return False
        for name, whole in every.plain.arguments.items():
            part = whole if np.ndim(whole) == 0 else np.broadcast_to(whole, bound.n)[rows]
            if not np.allclose(some.plain.arguments[name], part, rtol=1e-9, equal_nan=True):
                return False
    return True


def cut(column: np.ndarray, blocks: int) -> np.ndarray:
    """Rows in blocks of one length, (blocks, rows a block, ...); the last is filled up."""
    size = -(-len(column) // blocks)
    filled = np.resize(column, (blocks * size, *column.shape[1:]))  # by its first rows
    return filled.reshape(blocks, size, *column.shape[1:])


def cut_weights(n: int, blocks: int, weights: np.ndarray | None) -> np.ndarray:
    """The weights in the same blocks: none for the rows by which the last is filled up."""
    made = cut(np.ones(n) if weights is None else weights, blocks)
    made.reshape(-1)[n:] = 0.0
    return made


def a_block(inputs: Any, outcome: Any, weights: Any) -> tuple[Any, Any]:
    """Shapes and types of the inputs and the outcome of a block; of all rows where these are one.

    Parameters
    ----------
    inputs, outcome, weights : arrays, or what tells their shapes and types
        As `summed_in` gives them.
    """
    if weights is None or len(weights.shape) == 1:
        return inputs, outcome
    import jax

    def first(value: Any) -> Any:
        return jax.ShapeDtypeStruct(value.shape[1:], value.dtype)

    return {name: first(value) for name, value in inputs.items()}, first(outcome)


def one_pass(height: Callable[..., Any], values: Any, blocks: Any) -> Any:
    """The sum of `height(values, block)` over the blocks, in JAX.

    Where it is differentiated by the values, a block's gradient is computed beside its height,
    and what is kept is the sum of these: the rows are read once.
    """
    import jax
    from jax import numpy as jnp

    def added(function: Callable[..., Any], values: Any, blocks: Any) -> Any:
        def step(so_far: Any, block: Any) -> tuple[Any, None]:
            return jax.tree.map(jnp.add, so_far, function(values, block)), None

        shapes = jax.eval_shape(function, values, jax.tree.map(lambda each: each[0], blocks))
        nothing = jax.tree.map(lambda each: jnp.zeros(each.shape, each.dtype), shapes)
        return jax.lax.scan(step, nothing, blocks)[0]

    @jax.custom_jvp
    def total(values: Any, blocks: Any) -> Any:
        return added(height, values, blocks)

    @total.defjvp
    def _(at: Any, moved: Any) -> Any:
        (values, blocks), (steps, _) = at, moved  # the blocks are data: nobody moves them
        found, slope = added(jax.value_and_grad(height), values, blocks)
        along = jax.tree.map(lambda a, b: jnp.sum(a * b), slope, steps)
        return found, sum(jax.tree.leaves(along))

    return total(values, blocks)
