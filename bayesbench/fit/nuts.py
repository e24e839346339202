"""NumPyro's No-U-Turn sampler, in chunks: compiled once, the same draws however it is cut.

Each chain's whole state, its random key included, passes from chunk to chunk, so neither
the length of the chunks, nor what is done between them, changes a draw. Chains run side by
side over the devices, and one after another (or vectorised) on each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from numpyro.infer import NUTS

from bayesbench.fit.jax_objective import log_density
from bayesbench.layout import Layout

KEPT = ("z", "potential_energy", "energy", "diverging", "num_steps", "accept_prob")
Part = dict[str, np.ndarray]


@dataclass(frozen=True)
class Plan:
    """What the compiled programs depend on beside the shapes of their arguments."""

    layout: Layout
    warmup: int
    chunk: int
    target_accept: float
    max_tree_depth: int
    devices: tuple[Any, ...]
    vectorized: bool

    @property
    def mesh(self) -> Mesh:
        """The devices, over which the chains are laid."""
        return Mesh(np.array(self.devices), ("chain",))


@dataclass(frozen=True)
class Chains:
    """What the programs are given: where the chains begin, and what all of them share.

    Attributes
    ----------
    seed : int
    z : array, shape (chains, size)
        Where the chains begin.
    unit : array, shape (size,)
        What each entry is measured in: the sampler's own scale, on which its warm-up takes
        one for the usual width.
    inputs, outcome
        The data, as JAX arrays.
    """

    seed: int
    z: np.ndarray
    unit: np.ndarray
    inputs: Any
    outcome: Any

    @property
    def shared(self) -> tuple[Any, Any, Any]:
        """What is the same for all chains."""
        return self.unit, self.inputs, self.outcome

    @property
    def keys(self) -> Any:
        """A random key for each chain."""
        return jax.random.split(jax.random.PRNGKey(self.seed), len(self.z))


def _kernel(plan: Plan, unit: Any, inputs: Any, outcome: Any) -> NUTS:
    def potential(w: Any) -> Any:
        return -log_density(plan.layout, "unconstrained", unit * w, inputs, outcome)

    return NUTS(
        potential_fn=potential,
        target_accept_prob=plan.target_accept,
        max_tree_depth=plan.max_tree_depth,
    )


def _over_chains(plan: Plan, one: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one chain's part and of what all share, for all chains over all devices."""

    def on_a_device(part: Any, shared: Any) -> Any:
        run = partial(one, shared=shared)
        return jax.vmap(run)(part) if plan.vectorized else jax.lax.map(run, part)

    chain, every = PartitionSpec("chain"), PartitionSpec()
    return jax.shard_map(
        on_a_device, mesh=plan.mesh, in_specs=(chain, every), out_specs=chain, check_vma=False
    )


@partial(jax.jit, static_argnums=0)
def _begin(plan: Plan, keys: Any, z: Any, shared: Any) -> Any:
    def one(part: Any, shared: Any) -> Any:
        key, at = part
        unit, *_ = shared
        return _kernel(plan, *shared).init(key, plan.warmup, at / unit, (), {})

    return _over_chains(plan, one)((keys, z), shared)


@partial(jax.jit, static_argnums=0)
def _go_on(plan: Plan, states: Any, shared: Any) -> Any:
    def one(state: Any, shared: Any) -> Any:
        kernel = _kernel(plan, *shared)
        # NumPyro sets up the sampler in `init`; what it computes here is thrown away.
        kernel.init(state.rng_key, plan.warmup, state.z, (), {})
        unit, *_ = shared

        def step(state: Any, _: None) -> tuple[Any, Any]:
            state = kernel.sample(state, (), {})
            kept = {name: getattr(state, name) for name in KEPT}
            return state, kept | {"z": unit * state.z}

        return jax.lax.scan(step, state, length=plan.chunk)

    return _over_chains(plan, one)(states, shared)


def begin(plan: Plan, chains: Chains) -> Any:
    """The states of the chains before their first step."""
    with jax.enable_x64(True):
        return _begin(plan, chains.keys, chains.z, chains.shared)


def chunks(plan: Plan, chains: Chains, states: Any) -> Iterator[tuple[Part, Any]]:
    """Warm up, then sample for ever: each time the next `plan.chunk` steps of every chain.

    Yields
    ------
    dict of arrays, states
        By the names in `KEPT`, each (chain, chunk, ...), the warm-up's first; and the states
        after these steps, from which the chains can go on.
    """
    while True:
        with jax.enable_x64(True):
            states, kept = _go_on(plan, states, chains.shared)
            part = {name: np.asarray(values) for name, values in kept.items()}
        yield part, states


def numbers_of(states: Any) -> list[np.ndarray]:
    """The states as plain arrays, in an order that depends on NumPyro's version alone."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(states)]


def states_from(plan: Plan, chains: Chains, numbers: list[np.ndarray]) -> Any:
    """The way back: the states that these arrays were."""
    with jax.enable_x64(True):
        shapes = jax.eval_shape(partial(_begin, plan), chains.keys, chains.z, chains.shared)
        over = NamedSharding(plan.mesh, PartitionSpec("chain"))
        leaves = [jax.device_put(each, over) for each in numbers]
        return jax.tree.unflatten(jax.tree.structure(shapes), leaves)
