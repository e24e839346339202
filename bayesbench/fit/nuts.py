"""NumPyro's No-U-Turn sampler, in chunks: compiled once, the same draws however it is cut.

Each chain's whole state, its random key included, passes from chunk to chunk, so neither
the length of the chunks, nor what is done between them, changes a draw. Chains run side by
side over the devices, and one after another (or vectorised) on each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from numpyro.infer import NUTS

from bayesbench.density import constrain
from bayesbench.fit import threefry
from bayesbench.fit.identity import density_hashes
from bayesbench.fit.jax_objective import log_density
from bayesbench.fit.known_programs import sources
from bayesbench.fit.programs import call
from bayesbench.fit.threefry import as_key, as_numbers, is_key
from bayesbench.layout import Layout
from bayesbench.libraries import jax_library
from bayesbench.row_blocks import a_block

KEPT = {
    "potential_energy": float,
    "energy": float,
    "accept_prob": float,
    "num_steps": int,
    "diverging": bool,
}
VALUES = "values"  # of the parameters, on their own scale: an entry each
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
    summed : inputs, outcome and weights
        The rows whose log-likelihoods add up to that of the data, as JAX arrays.
    """

    seed: int
    z: np.ndarray
    unit: np.ndarray
    summed: Any

    @property
    def shared(self) -> tuple[Any, Any]:
        """What is the same for all chains."""
        return self.unit, self.summed


def _kernel(plan: Plan, unit: Any, summed: Any) -> NUTS:
    inputs, outcome, weights = summed

    def potential(w: Any) -> Any:
        z = unit * w
        return -log_density(plan.layout, "unconstrained", z, inputs, outcome, weights=weights)

    return NUTS(
        potential_fn=potential,
        target_accept_prob=plan.target_accept,
        max_tree_depth=plan.max_tree_depth,
    )


def _known(plan: Plan, *arguments: Any) -> str:
    """What the programs of a plan depend on."""
    *_, (_, summed) = arguments
    settings = {field.name: str(getattr(plan, field.name)) for field in fields(plan)}
    settings |= {"layout": str(density_hashes(plan.layout, *a_block(*summed)))}
    return str(settings) + sources(__file__, threefry.__file__)


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
def _begin(plan: Plan, seed: Any, z: Any, shared: Any) -> Any:
    def one(part: Any, shared: Any) -> Any:
        key, at = part
        unit, *_ = shared
        return _packed(_kernel(plan, *shared).init(as_key(key), plan.warmup, at / unit, (), {}))

    keys = jax.random.split(jax.random.PRNGKey(seed), len(z))
    return _over_chains(plan, one)((keys, z), shared)


@partial(jax.jit, static_argnums=0)
def _go_on(plan: Plan, states: Any, shared: Any) -> tuple[Any, Any]:
    def one(packed: Any, shared: Any) -> Any:
        unit, *_ = shared
        kernel = _kernel(plan, *shared)
        # NumPyro sets up the sampler in `init`: of the state that it computes the form is used.
        key = as_key(jnp.zeros(2, dtype=jnp.uint32))
        form = kernel.init(key, plan.warmup, jnp.zeros_like(unit), (), {})

        def step(state: Any, _: None) -> tuple[Any, Any]:
            state = kernel.sample(state, (), {})
            return state, _in_a_row(
                *(getattr(state, name) for name in KEPT), _values(plan.layout, unit * state.z)
            )

        state, kept = jax.lax.scan(step, _unpacked(packed, form), length=plan.chunk)
        return _packed(state), kept

    return _over_chains(plan, one)(states, shared)


def _packed(state: Any) -> Any:
    """A state as one row of numbers: an array is fetched from its device in one go.

    A key's numbers have 32 bits, counts fewer than 53: doubles hold them all.
    """
    return _in_a_row(*map(as_numbers, jax.tree.leaves(state)))


def _unpacked(packed: Any, form: Any) -> Any:
    """The state of that form that was packed."""
    leaves, tree = jax.tree.flatten(form)
    kinds = [as_numbers(leaf) for leaf in leaves]
    ends = np.cumsum([kind.size for kind in kinds])
    read = [
        part.reshape(kind.shape).astype(kind.dtype)
        for part, kind in zip(jnp.split(packed, ends[:-1]), kinds, strict=True)
    ]
    keyed = [as_key(r) if is_key(leaf) else r for leaf, r in zip(leaves, read, strict=True)]
    return jax.tree.unflatten(tree, keyed)


def _in_a_row(*arrays: Any) -> Any:
    return jnp.concatenate([jnp.ravel(each).astype(float) for each in arrays])


def _values(layout: Layout, z: Any) -> Any:
    values, _ = constrain(layout, z, jax_library(), priors=True)
    return _in_a_row(*values.values())


def begin(plan: Plan, chains: Chains) -> Any:
    """The states of the chains before their first step.

    An array (chain, number), whose order depends on NumPyro's version alone.
    """
    with jax.enable_x64(True):
        given = _everywhere(plan, (np.int64(chains.seed), chains.z, chains.shared))
        return call(_begin, _known, (plan,), *given)


def chunks(plan: Plan, chains: Chains, states: Any) -> Iterator[tuple[Part, Any]]:
    """Warm up, then sample for ever: each time the next `plan.chunk` steps of every chain.

    Yields
    ------
    dict of arrays, states
        By the names in `KEPT` and `VALUES`, each (chain, chunk, ...), the warm-up's first; and
        the states after these steps, from which the chains can go on.
    """
    with jax.enable_x64(True):
        shared = _everywhere(plan, chains.shared)
    while True:
        with jax.enable_x64(True):
            states, kept = call(_go_on, _known, (plan,), states, shared)
        yield _by_name(np.asarray(kept)), states


def _by_name(kept: np.ndarray) -> Part:
    """What was kept of each step, in arrays of their kinds."""
    numbers: Part = {name: kept[..., k].astype(kind) for k, (name, kind) in enumerate(KEPT.items())}
    return numbers | {VALUES: kept[..., len(KEPT) :]}


def _everywhere(plan: Plan, values: Any) -> Any:
    """The same values, on each of the devices."""
    return jax.device_put(values, NamedSharding(plan.mesh, PartitionSpec()))


def states_from(plan: Plan, numbers: np.ndarray) -> Any:
    """The states that were kept as this array, where the chains run."""
    with jax.enable_x64(True):
        return jax.device_put(numbers, NamedSharding(plan.mesh, PartitionSpec("chain")))
