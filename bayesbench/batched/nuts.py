"""NUTS in many data sets at once: one compiled program, every chain of every data set a lane.

Each data set is sampled in coordinates of its own, in which its Laplace approximation is the
standard Normal: where that is roughly right, one step size and no mass matrix do for all of
them, the warm-up is short, and no lane waits long for another's deeper tree. A chain's numbers
depend on the seed and on its data set's place in the study, not on the block it runs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from numpyro.infer import NUTS

from bayesbench.batched.batch import Batch
from bayesbench.batched.blocks import block_size, blocks
from bayesbench.batched.chains import reliability
from bayesbench.batched.keys import NUTS as BY_NUTS
from bayesbench.batched.keys import keys_of
from bayesbench.batched.modes import Modes
from bayesbench.fit.jax_objective import draws_on_own_scale, log_density
from bayesbench.fit.laplace import root
from bayesbench.layout import Layout

AT_ONCE, WORK = 256, 500_000  # data sets, and rows times chains, for which a program is made
STEPS = 50  # of a call of the program
WIDER = 1.5  # than the approximation: R-hat wants starts that are spread more than the draws
DEEPEST = (6, 8)  # trees, during warm-up and after it


@dataclass(frozen=True)
class Sampling:
    """How the chains are run, and until when.

    Attributes
    ----------
    chains, warmup, draws : int
        Of each data set; draws are kept in multiples of 50 a chain.
    ess, r_hat : float
        Until every effective sample size is at least this, and every R-hat at most that.
    rounds : int
        How often a data set that is not there yet is sampled for twice as many steps, of
        which every second is kept.
    target_accept : float
    """

    chains: int = 4
    warmup: int = 100
    draws: int = 250
    ess: float = 200.0
    r_hat: float = 1.05
    rounds: int = 4
    target_accept: float = 0.8


@dataclass(frozen=True)
class ChainsOfMany:
    """Draws of many posteriors, and how far they can be trusted.

    Attributes
    ----------
    draws : array, shape (datasets, chains, draws, size)
        On the parameters' own scale, entry by entry.
    r_hat, ess : array, shape (datasets,)
        The largest R-hat and the smallest effective sample size, in bulk or tail.
    divergent : array, shape (datasets,)
        The share of the transitions that diverged.
    thinned : array of int, shape (datasets,)
        Every how many-th step was kept: 1, 2, 4, ...
    converged : array of bool, shape (datasets,)
    """

    draws: np.ndarray
    r_hat: np.ndarray
    ess: np.ndarray
    divergent: np.ndarray
    thinned: np.ndarray
    converged: np.ndarray


@dataclass(frozen=True)
class _Plan:
    """What the compiled programs depend on beside the shapes of their arguments."""

    layout: Layout
    chains: int
    warmup: int
    target_accept: float


def _kernel(plan: _Plan, data: Any) -> NUTS:
    centre, spread, inputs, outcome, weights = data

    def potential(w: Any) -> Any:
        z = centre + spread @ w
        return -log_density(plan.layout, "unconstrained", z, inputs, outcome, weights=weights)

    return NUTS(
        potential_fn=potential,
        target_accept_prob=plan.target_accept,
        adapt_mass_matrix=False,
        max_tree_depth=DEEPEST,
    )


@partial(jax.jit, static_argnums=0)
def _begin(plan: _Plan, keys: Any, data: Any) -> Any:
    def chain(key: Any, data: Any) -> Any:
        kernel = _kernel(plan, data)
        first, rest = jax.random.split(key)
        middle = jax.numpy.zeros(plan.layout.size)
        at = WIDER * jax.random.normal(first, middle.shape)
        height, slope = jax.value_and_grad(kernel._potential_fn)(at)
        fine = jax.numpy.isfinite(height) & jax.numpy.isfinite(slope).all()
        return kernel.init(rest, plan.warmup, jax.numpy.where(fine, at, middle), (), {})

    def one(key: Any, data: Any) -> Any:
        return jax.vmap(chain, in_axes=(0, None))(jax.random.split(key, plan.chains), data)

    return jax.vmap(one)(keys, data)


@partial(jax.jit, static_argnums=0)
def _go_on(plan: _Plan, states: Any, every: Any, data: Any) -> Any:
    """`STEPS` draws of each chain, of which each is `every` steps behind the last."""

    def chain(state: Any, data: Any) -> Any:
        kernel = _kernel(plan, data)
        # NumPyro sets up the sampler in `init`; what it computes here is thrown away.
        kernel.init(state.rng_key, plan.warmup, state.z, (), {})

        def draw(state: Any, _: None) -> tuple[Any, Any]:
            def step(_: int, carried: Any) -> Any:
                state, diverged = carried
                state = kernel.sample(state, (), {})
                return state, diverged + state.diverging

            state, diverged = jax.lax.fori_loop(0, every, step, (state, 0))
            return state, (state.z, diverged)

        return jax.lax.scan(draw, state, length=STEPS)

    return jax.vmap(jax.vmap(chain, in_axes=(0, None)))(states, data)


def sample_many(
    batch: Batch, modes: Modes, seed: int, index: np.ndarray, sampling: Sampling
) -> ChainsOfMany:
    """Draw from the posterior of each data set by NUTS.

    Parameters
    ----------
    batch : Batch
    modes : Modes
        On the unconstrained scale: the coordinates' centres and widths. Where there is none,
        the coordinates are z as it is.
    seed : int
    index : array of int, shape (datasets,)
        Each data set's place in the study: with the seed, all that its draws depend on.
    sampling : Sampling
    """
    size = block_size(batch, AT_ONCE, WORK // sampling.chains)
    parts = [_of_block(batch, modes, seed, index, sampling, w) for w in blocks(len(index), size)]
    whole = {
        name: np.concatenate([getattr(part, name) for part in parts])[: len(index)]
        for name in ChainsOfMany.__annotations__
    }
    return ChainsOfMany(**whole)


@dataclass(frozen=True)
class _Run:
    """The chains of a block as far as they have come, as NumPy's arrays."""

    states: Any
    w: np.ndarray  # (datasets, chains, draws, size)
    diverged: np.ndarray  # (datasets,): how many transitions


def _of_block(
    batch: Batch,
    modes: Modes,
    seed: int,
    index: np.ndarray,
    sampling: Sampling,
    which: np.ndarray,
) -> ChainsOfMany:
    block, layout = batch.only(which), batch.layout
    plan = _Plan(layout, sampling.chains, sampling.warmup, sampling.target_accept)
    known = modes.converged[which] & np.isfinite(modes.covariance[which]).all(axis=(1, 2))
    centre = np.where(known[:, None], modes.z[which], 0.0)
    unit = np.eye(layout.size)
    spread = root(np.where(known[:, None, None], modes.covariance[which], unit))
    data = (centre, spread, *block.arrays)
    kept = -(-sampling.draws // STEPS)
    with jax.enable_x64(True):
        states = _begin(plan, keys_of(seed, index[which], BY_NUTS), data)
        for _ in range(-(-sampling.warmup // STEPS)):
            states, _ = _go_on(plan, states, 1, data)
        states, w, diverged = _drawn(plan, states, kept, 1, data)
    own = _own(layout, centre, spread, w)
    r_hat, ess = reliability(own)
    thinned = np.ones(len(which), dtype=int)
    return ChainsOfMany(
        own,
        r_hat.max(axis=1),
        ess.min(axis=1),
        diverged / own[0, ..., 0].size,
        thinned,
        (r_hat.max(axis=1) <= sampling.r_hat) & (ess.min(axis=1) >= sampling.ess),
    )


def _drawn(plan: _Plan, states: Any, calls: int, every: int, data: Any) -> Any:
    parts, diverged = [], 0
    for _ in range(calls):
        states, (w, lost) = _go_on(plan, states, every, data)
        parts.append(np.asarray(w))
        diverged = diverged + np.asarray(lost).sum(axis=(1, 2))
    return states, np.concatenate(parts, axis=2), diverged


def _own(layout: Layout, centre: np.ndarray, spread: np.ndarray, w: np.ndarray) -> np.ndarray:
    z = centre[:, None, None] + np.einsum("dij,dckj->dcki", spread, w)
    flat = z.reshape(len(z), -1, layout.size)
    return layout.join(draws_on_own_scale(layout, flat)).reshape(z.shape)
