"""Draws from the posteriors of many data sets, until they are worth enough in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import jax
import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.batched.blocks import block_size, by_block
from bayesbench.batched.keys import NUTS, keys_of
from bayesbench.batched.modes import Modes
from bayesbench.batched.nuts import Drawn, Posteriors, Run, draw
from bayesbench.batched.sufficient import with_few_rows
from bayesbench.fit.at_draws import draws_on_own_scale
from bayesbench.fit.chains import TAIL
from bayesbench.fit.laplace import root
from bayesbench.fit.rank_normalised import reliability
from bayesbench.fit.stopping import DIVERGENT

AT_ONCE, WORK = 128, 500_000  # data sets, and rows times chains, for which a program is made
WIDER = 1.5  # than the approximation: R-hat wants starts that are spread more than the draws


@dataclass(frozen=True)
class Sampling:
    """How the chains of each data set are run, and until when.

    Attributes
    ----------
    chains, warmup, draws : int
        Draws are an even number a chain.
    ess, r_hat : float
        Until every effective sample size, in bulk and tail, is at least this, and every R-hat
        at most that; and at most 1% of the transitions diverged.
    rounds : int
        How often a data set that is not there yet may go on, each time for as many transitions
        as it has had: every second draw is kept then, so that there are as many as before.
    target_accept : float
    """

    chains: int = 2
    warmup: int = 100
    draws: int = 500
    ess: float = 100.0
    r_hat: float = 1.05
    rounds: int = 4
    target_accept: float = 0.65  # the widest steps at which draws are worth most, as measured


@dataclass(frozen=True)
class Chains:
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
        Every how many-th transition was kept: 1, 2, 4, ...
    leapfrogs : array, shape (datasets,)
        What the draws cost, warm-up included.
    converged : array of bool, shape (datasets,)
    """

    draws: np.ndarray
    r_hat: np.ndarray
    ess: np.ndarray
    divergent: np.ndarray
    thinned: np.ndarray
    leapfrogs: np.ndarray
    converged: np.ndarray


@dataclass(frozen=True)
class _Task:
    """What is to be sampled, and in which coordinates: z = centre + spread w in each data set."""

    batch: Batch
    centre: np.ndarray  # (datasets, size)
    spread: np.ndarray  # (datasets, size, size)
    keys: Any  # (datasets,)
    sampling: Sampling


def sample_many(
    batch: Batch, modes: Modes, seed: int, index: np.ndarray, sampling: Sampling
) -> Chains:
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
    size = batch.layout.size
    known = modes.converged & np.isfinite(modes.covariance).all(axis=(1, 2))
    centre = np.where(known[:, None], modes.z, 0.0)
    spread = root(np.where(known[:, None, None], modes.covariance, np.eye(size)))
    with jax.enable_x64(True):
        keys = keys_of(seed, index, NUTS)
        start = WIDER * np.asarray(_starts(keys, sampling.chains, size))
    task = _Task(with_few_rows(batch), centre, spread, keys, sampling)
    which = np.arange(batch.datasets)
    parts, judged = _round(task, which, start, np.ones(start.shape[:2]), 0, None)
    chains = judged
    for again in range(1, sampling.rounds + 1):
        short = np.flatnonzero(~judged.converged)
        if not len(short):
            break
        before, which = _some(_joined(parts, len(which)), short), which[short]
        parts, judged = _round(task, which, before.w[:, :, -1], before.step, again, before)
        chains = _with_some(chains, judged, which)
    return chains


def _round(
    task: _Task,
    which: np.ndarray,
    start: np.ndarray,
    step: np.ndarray,
    again: int,
    before: Drawn | None,
) -> tuple[list[Drawn], Chains]:
    """The first round of some data sets, block by block, or one in which they go on; judged."""
    how, layout = task.sampling, task.batch.layout
    run = Run(0, how.draws // 2, 2**again) if again else Run(how.warmup, how.draws)
    # Those that go on are few, and a block that is not full costs less than another program.
    size = block_size(task.batch, AT_ONCE, WORK // how.chains)

    def of_block(block: np.ndarray, compiled: Callable[[], None]) -> tuple[Drawn, Chains]:
        at = which[block]
        with jax.enable_x64(True):
            data = jax.device_put(task.batch.only(at).arrays)
            given = Posteriors(task.centre[at], task.spread[at], data)
            keys = _keys_of_chains(task.keys[at], how.chains, again)
            target = how.target_accept
            drawn = draw(layout, given, keys, start[block], step[block], run, target, compiled)
        if before is not None:
            drawn = _longer(_some(before, block), drawn)
        return drawn, _judged(task, at, drawn, 2**again)

    found = by_block(of_block, len(which), size)
    return [drawn for drawn, _ in found], _joined([judged for _, judged in found], len(which))


def _longer(before: Drawn, after: Drawn) -> Drawn:
    """Both runs as one of as many draws, twice as far from each other."""
    return Drawn(
        np.concatenate([before.w[:, :, 1::2], after.w], axis=2),
        after.step,
        before.divergent + after.divergent,
        before.leapfrogs + after.leapfrogs,
    )


def _judged(task: _Task, which: np.ndarray, drawn: Drawn, every: int) -> Chains:
    layout, how = task.batch.layout, task.sampling
    spread, w = task.spread[which], drawn.w
    z = task.centre[which][:, None, None] + np.einsum("dij,dckj->dcki", spread, w)
    flat = z.reshape(len(z), -1, layout.size)
    own = layout.join(draws_on_own_scale(layout, flat)).reshape(z.shape)
    with np.errstate(invalid="ignore", divide="ignore"):  # what never varies divides by zero
        found = reliability(np.moveaxis(own, 0, 2), TAIL)  # each (datasets, size)
    r_hat, ess = found[0].max(axis=1), np.minimum(*found[1:]).min(axis=1)
    divergent = drawn.divergent.sum(axis=1) / (how.chains * how.draws * every)
    good = (r_hat <= how.r_hat) & (ess >= how.ess) & (divergent <= DIVERGENT)
    thinned = np.full(len(which), every)
    return Chains(own, r_hat, ess, divergent, thinned, drawn.leapfrogs.sum(axis=1), good)


Record = TypeVar("Record", Drawn, Chains)


def _some(record: Record, which: np.ndarray) -> Record:
    """The record of some data sets."""
    return type(record)(*(part[which] for part in vars(record).values()))


def _joined(records: Sequence[Record], count: int) -> Record:
    """The records of several blocks as one, without what filled the last."""
    parts = zip(*(vars(record).values() for record in records), strict=True)
    return type(records[0])(*(np.concatenate(part)[:count] for part in parts))


def _with_some(whole: Chains, some: Chains, which: np.ndarray) -> Chains:
    """The chains, with others' in the place of some data sets."""
    made = [part.copy() for part in vars(whole).values()]
    for part, other in zip(made, vars(some).values(), strict=True):
        part[which] = other
    return Chains(*made)


@partial(jax.jit, static_argnums=(1, 2))
def _starts(keys: Any, chains: int, size: int) -> Any:
    def one(key: Any) -> Any:
        return jax.random.normal(jax.random.fold_in(key, chains), (chains, size))

    return jax.vmap(one)(keys)


@partial(jax.jit, static_argnums=1)
def _keys_of_chains(keys: Any, chains: int, again: Any) -> Any:
    def one(key: Any, chain: Any) -> Any:
        return jax.random.fold_in(jax.random.fold_in(key, chain), again)

    return jax.vmap(jax.vmap(one, in_axes=(None, 0)), in_axes=(0, None))(keys, np.arange(chains))
