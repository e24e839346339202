"""NUTS in many data sets at once: one compiled program, every chain of every data set a lane.

Each data set is sampled in coordinates of its own, in which its Laplace approximation is the
standard Normal: where that is roughly right, no mass matrix is to be learnt, and the warm-up
is short. The program takes some leapfrog steps in every lane, and is called until all have
their draws. A chain's numbers depend on its key and its data, not on what runs beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.random import threefry_2x32
from numpyro.infer.hmc_util import dual_averaging

from bayesbench.batched.trees import Place, Slope, Tree, advance, begun, set_off
from bayesbench.fit.jax_objective import log_density
from bayesbench.layout import Layout

STEPS = 50  # leapfrogs of a call of the program


class Posteriors(NamedTuple):
    """The log-densities that are sampled, behind an axis of data sets.

    Attributes
    ----------
    centre : array, shape (datasets, size)
        Where each data set's coordinates w have their middle: z = centre + spread w.
    spread : array, shape (datasets, size, size)
    data : tuple of (inputs, outcome, weights)
    """

    centre: Any
    spread: Any
    data: Any


@dataclass(frozen=True)
class Run:
    """How far a run goes: `draws` of each chain, each `every` transitions behind the last."""

    warmup: int  # transitions by which the step is tuned
    draws: int
    every: int = 1

    @property
    def total(self) -> int:
        """Transitions of a chain."""
        return self.warmup + self.draws * self.every


@dataclass(frozen=True)
class Drawn:
    """What a run gave, by data set and chain.

    Attributes
    ----------
    w : array, shape (datasets, chains, draws, size)
        In each data set's own coordinates.
    step : array, shape (datasets, chains)
        The length of a leapfrog step.
    divergent : array, shape (datasets, chains)
        How many transitions after the warm-up diverged.
    leapfrogs : array, shape (datasets, chains)
        Steps until the last draw.
    """

    w: np.ndarray
    step: np.ndarray
    divergent: np.ndarray
    leapfrogs: np.ndarray


class _Lanes(NamedTuple):
    """Chains under way; data sets and chains are the last axes of all arrays."""

    tree: Tree
    step: Any
    tuning: Any
    done: Any  # transitions


TUNE, TUNED = dual_averaging()  # the step, as Hoffman and Gelman 2014 do


def draw(
    layout: Layout,
    posteriors: Posteriors,
    keys: Any,
    start: np.ndarray,
    step: np.ndarray,
    run: Run,
    target_accept: float,
    compiled: Callable[[], None],
) -> Drawn:
    """Run the chains.

    Parameters
    ----------
    layout : Layout
    posteriors : Posteriors
    keys : array of keys, shape (datasets, chains)
    start : array, shape (datasets, chains, size)
        In the data sets' own coordinates; where there is no density, the middle is taken.
    step : array, shape (datasets, chains)
        The first length of a leapfrog step; with no warm-up, the only one.
    run : Run
    target_accept : float
        The acceptance probability that the step is tuned to.
    compiled : callable
        Called as soon as all programs are compiled.
    """
    shape = start.shape[:2]
    kept = _Kept(np.full((layout.size, *shape, run.draws), np.nan), run)
    divergent, leapfrogs = np.zeros(shape, dtype=int), np.zeros(shape, dtype=int)
    done, call = np.zeros(shape, dtype=int), 0
    lanes = _begin(layout, keys, np.moveaxis(start, -1, 0), step, posteriors)
    tuned = (run.warmup, target_accept)
    while done.min() < run.total:
        lanes, found = _go_on(layout, lanes, keys, call, tuned, posteriors)
        compiled()
        # `number` is that of the transition which the step belongs to, from 1 on.
        ended, number, diverged, at = map(np.asarray, found)
        kept.keep(ended, number, at)
        if diverged.any():
            counted = (number > run.warmup) & (number <= run.total)
            divergent += (diverged & counted).sum(axis=0)
        leapfrogs += (number <= run.total).sum(axis=0)
        done, call = number[-1] - 1 + ended[-1], call + 1
    w = np.moveaxis(kept.w, 0, -1)
    return Drawn(w, np.asarray(lanes.step), divergent, leapfrogs)


@dataclass(frozen=True)
class _Kept:
    """Where draws are gathered: w, shape (size, datasets, chains, draws)."""

    w: np.ndarray
    run: Run

    def keep(self, ended: np.ndarray, number: np.ndarray, at: np.ndarray) -> None:
        """Those of some steps: all (steps, datasets, chains), and `at` behind steps and size.

        Places are counted in flat arrays: there are many calls, and this is much of their cost
        that is not the sampler's.
        """
        size, run = len(self.w), self.run
        lanes = ended[0].size
        flat = np.flatnonzero(ended & (number > run.warmup) & (number <= run.total))
        after = number.ravel()[flat] - run.warmup
        if run.every > 1:
            which = after % run.every == 0
            flat, after = flat[which], after[which] // run.every
        step, lane = np.divmod(flat, lanes)
        to, source = lane * run.draws + after - 1, step * size * lanes + lane
        for entry, values in enumerate(self.w.reshape(size, -1)):
            values[to] = at.ravel()[source + entry * lanes]


def _slopes(layout: Layout, posteriors: Posteriors) -> Slope:
    """The log-densities and gradients at w, shape (size, datasets, chains)."""

    def height(w: Any, given: Posteriors) -> Any:
        z = given.centre + (given.spread * w).sum(axis=-1)
        inputs, outcome, weights = given.data
        return log_density(layout, "unconstrained", z, inputs, outcome, weights=weights)

    one = jax.value_and_grad(height)
    chains = jax.vmap(one, in_axes=(1, None), out_axes=(0, 1))
    every: Callable[..., Any] = jax.vmap(chains, in_axes=(1, 0), out_axes=(0, 1))
    return lambda w: every(w, posteriors)


def _chance(keys: Any, call: Any, steps: int, size: int) -> Any:
    """Words of 32 random bits for so many steps: (steps, 2 + size, datasets, chains).

    They are threefry's (Salmon et al. 2011) at counters that no other call has.
    """
    words = steps * (2 + size)
    counters = jnp.arange(words, dtype=jnp.uint32) + words * jnp.uint32(call)

    def one(key: Any) -> Any:
        return threefry_2x32(key, counters).reshape(steps, 2 + size)

    bits = jax.vmap(jax.vmap(one, out_axes=-1), out_axes=-2)
    return bits(jax.random.key_data(keys))


def _uniform(bits: Any) -> Any:
    return (bits.astype(jnp.float64) + 0.5) * 2.0**-32


@partial(jax.jit, static_argnums=0)
def _begin(layout: Layout, keys: Any, at: Any, step: Any, posteriors: Posteriors) -> _Lanes:
    slopes, uniform = _slopes(layout, posteriors), _uniform(_chance(keys, 0, STEPS, layout.size)[0])
    height, gradient = slopes(at)
    fine = jnp.isfinite(height) & jnp.isfinite(gradient).all(axis=0)
    at = jnp.where(fine, at, 0.0)
    tree = begun(Place(at, *slopes(at)), *set_off(uniform))
    tuning = jax.vmap(jax.vmap(TUNE))(jnp.log(step))
    return _Lanes(tree, step, tuning, jnp.zeros(step.shape, dtype=jnp.int32))


@partial(jax.jit, static_argnums=0)
def _go_on(
    layout: Layout, lanes: _Lanes, keys: Any, call: Any, tuned: Any, posteriors: Posteriors
) -> Any:
    """`STEPS` leapfrogs; after each whether a transition ended, diverged, and where it led."""
    slopes, (warmup, target) = _slopes(layout, posteriors), tuned

    def step(lanes: _Lanes, bits: Any) -> Any:
        tree, ended = advance(slopes, lanes.tree, lanes.step, _uniform(bits))
        warm = ended.now & (lanes.done < warmup)
        length, tuning = jax.lax.cond(
            warm.any(),
            lambda: _tuned(lanes, warm, target - ended.acceptance, lanes.done == warmup - 1),
            lambda: (lanes.step, lanes.tuning),
        )
        following = _Lanes(tree, length, tuning, lanes.done + ended.now)
        number = lanes.done + 1
        return following, (ended.now, number, ended.diverged, tree.proposal.at)

    return jax.lax.scan(step, lanes, _chance(keys, call + 1, STEPS, layout.size))


def _tuned(lanes: _Lanes, warm: Any, lacking: Any, last: Any) -> tuple[Any, Any]:
    """Steps and their tuning where a transition of the warm-up has ended."""
    after = jax.vmap(jax.vmap(TUNED))(lacking, lanes.tuning)
    tuning = jax.tree.map(lambda a, b: jnp.where(warm, a, b), after, lanes.tuning)
    # At the end of the warm-up the step stays at the average of the logarithms.
    log_step = jnp.where(last, tuning[1], tuning[0])
    return jnp.where(warm, jnp.exp(log_step), lanes.step), tuning
