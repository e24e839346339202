"""One leapfrog step of the No-U-Turn sampler, as a function from a chain's state to the next.

A sampler that builds a whole tree before it returns makes chains that run side by side wait for
the deepest tree of all, at every transition. Here the tree is part of the state: each step
is one leapfrog, whether it begins a transition, goes on with it, or ends it, and no chain waits
(Dance, Glaser, Orbanz and Adams 2025). The algorithm is the usual one: trees grow by doubling
(Hoffman and Gelman 2014), a proposal is drawn by the points' weights, the later halves favoured,
and a tree ends where its summed momentum turns back (Betancourt 2017, sections A.3 and A.4); the
halves of each half are checked with as many checkpoints as it is deep (Phan, Pradhan and Jankowiak
2019). The mass matrix is the identity: the coordinates are to be such that this is right.

Entries are the first axis of an array and chains the last, so that operations run along chains.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

DEEPEST = 8  # doublings of a tree
TOO_FAR = 1000.0  # above the energy at the beginning: the step has diverged
HIGHEST = 700.0  # of a leaf's log-weight: a fall from where no chain is but at its start

Slope = Callable[[Any], tuple[Any, Any]]  # the log-density and its gradient


class Place(NamedTuple):
    """A place with the log-density there and its gradient."""

    at: Any
    height: Any
    slope: Any


class End(NamedTuple):
    """An end of a path: a place, its gradient, and the momentum with which it was reached."""

    at: Any
    slope: Any
    momentum: Any


class Half(NamedTuple):
    """The half of a tree that is being built, from its first leaf on.

    A leaf weighs what the density has against that at the beginning, both with their momenta.
    `momenta` is the sum over the leaves; `checkpoints` and `sums` are momentum and sum at which
    its own halves began.
    """

    proposal: Place
    weight: Any
    momenta: Any
    leaves: Any
    checkpoints: Any
    sums: Any


class Tree(NamedTuple):
    """A chain in the middle of a transition.

    The path has an end that stays and one that grows, forwards or backwards in time.
    `acceptance` and `steps` are of this transition: the sum of what each leaf would have been
    accepted with, and the number of leaves.
    """

    stays: End
    grows: End
    forwards: Any
    proposal: Place
    weight: Any
    momenta: Any
    depth: Any
    energy: Any
    half: Half
    acceptance: Any
    steps: Any


class Ended(NamedTuple):
    """What a step has to say of a transition: whether it ended with it, and how."""

    now: Any
    diverged: Any
    acceptance: Any  # the mean over the leaves


def begun(place: Place, momentum: Any, forwards: Any) -> Tree:
    """A transition before its first step."""
    zero, none = jnp.zeros_like(place.height), jnp.zeros(place.height.shape, dtype=jnp.int32)
    one = zero + 1
    checkpoints = jnp.zeros((DEEPEST, *momentum.shape))
    half = Half(place, one, momentum, none, checkpoints, checkpoints)
    end, energy = End(place.at, place.slope, momentum), energy_of(place, momentum)
    return Tree(end, end, forwards, place, one, momentum, none, energy, half, zero, none)


def energy_of(place: Place, momentum: Any) -> Any:
    """What the exact motion keeps."""
    return 0.5 * jnp.sum(momentum**2, axis=0) - place.height


def leapfrog(slope: Slope, end: End, step: Any) -> tuple[End, Place]:
    """The end of the path one step on, backwards for a negative one; and the place there."""
    halfway = end.momentum + 0.5 * step * end.slope
    at = end.at + step * halfway
    height, gradient = slope(at)
    return End(at, gradient, halfway + 0.5 * step * gradient), Place(at, height, gradient)


def turns(first: Any, last: Any, momenta: Any, axis: int = 0) -> Any:
    """Whether a piece of the path, from one momentum to another, has begun to turn back."""
    between = momenta - (first + last) / 2
    ends = (jnp.sum(each * between, axis=axis) for each in (first, last))
    return functools.reduce(jnp.logical_or, (along <= 0 for along in ends))


def chosen(condition: Any, one: Any, other: Any) -> Any:
    """One of two states of the same kind."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), one, other)


def computed_once(condition: Any) -> Any:
    """The same condition; XLA would compute it anew for each array that is chosen by it.

    It fuses whatever it can into each of its results, but no reduction into what comes after.
    """
    first = jnp.array([True, False]).reshape(2, *[1] * condition.ndim)
    return (first & condition).any(axis=0)


def with_leaf(tree: Tree, end: End, place: Place, uniform: Any) -> tuple[Tree, Any, Any]:
    """The tree whose half has one leaf more; whether that diverged, and whether it turned."""
    half, n = tree.half, tree.half.leaves
    lost = energy_of(place, end.momentum) - tree.energy
    lost = jnp.where(jnp.isnan(lost), jnp.inf, lost)
    own = jnp.exp(jnp.minimum(-lost, HIGHEST))
    first = n == 0
    weight = jnp.where(first, 0.0, half.weight) + own
    taken = computed_once(first | (uniform * weight < own))
    momenta = jnp.where(first, 0.0, half.momenta) + end.momentum
    # The leaf's place among the halves of the half, in binary.
    last = jax.lax.population_count(n >> 1)
    ended = jax.lax.population_count((~n & (n + 1)) - 1)
    even, places = n % 2 == 0, jnp.arange(DEEPEST).reshape(-1, *[1] * n.ndim)
    here = even & (places == last)
    checkpoints = jnp.where(here[:, None], end.momentum, half.checkpoints)
    sums = jnp.where(here[:, None], momenta, half.sums)
    asked = ~even & (places > last - ended) & (places <= last)
    back = turns(checkpoints, end.momentum[None], momenta - sums + checkpoints, axis=1)
    proposal = chosen(taken, place, half.proposal)
    grown = tree._replace(
        grows=end,
        half=Half(proposal, weight, momenta, n + 1, checkpoints, sums),
        acceptance=tree.acceptance + jnp.minimum(1.0, own),
        steps=tree.steps + 1,
    )
    return grown, lost > TOO_FAR, (asked & back).any(axis=0)


def merged(tree: Tree, good: Any, uniform: Any, forwards: Any) -> tuple[Tree, Any]:
    """The tree with its half, ready for the next one; and whether the whole turns back.

    A half that is no good gives no proposal.
    """
    half = tree.half
    taken = computed_once(good & (uniform * tree.weight < half.weight))
    momenta, same = tree.momenta + half.momenta, forwards == tree.forwards
    whole = tree._replace(
        stays=chosen(same, tree.stays, tree.grows),
        grows=chosen(same, tree.grows, tree.stays),
        forwards=forwards,
        proposal=chosen(taken, half.proposal, tree.proposal),
        weight=tree.weight + half.weight,
        momenta=momenta,
        depth=tree.depth + 1,
        half=half._replace(leaves=jnp.zeros_like(half.leaves)),
    )
    return whole, turns(tree.stays.momentum, tree.grows.momentum, momenta)


def advance(slope: Slope, tree: Tree, step: Any, uniform: Any) -> tuple[Tree, Ended]:
    """One leapfrog step; where it ends a transition, the next one begins at its proposal.

    Parameters
    ----------
    slope : function
        The log-density and its gradient at a place.
    tree : Tree
    step : array, shape (chains)
    uniform : array, shape (2 + size, chains)
        The chance in it, uniform between 0 and 1.
    """
    end, place = leapfrog(slope, tree.grows, jnp.where(tree.forwards, step, -step))
    grown, diverged, turned = with_leaf(tree, end, place, uniform[0])
    bad = computed_once(diverged | turned)
    full = computed_once(bad | (grown.half.leaves == 1 << grown.depth))
    momentum, forwards = set_off(uniform)
    whole, turns_back = merged(grown, ~bad, 2 * uniform[1] % 1, forwards)
    now = computed_once(full & (bad | turns_back | (whole.depth == DEEPEST)))
    anew = begun(whole.proposal, momentum, forwards)
    # Checkpoints are written before they are read, whatever stood there.
    old = {"checkpoints": grown.half.checkpoints, "sums": grown.half.sums}
    anew = anew._replace(half=anew.half._replace(**old))
    after = chosen(now, anew, chosen(full, whole, grown))
    return after, Ended(now, now & diverged, grown.acceptance / grown.steps)


def set_off(uniform: Any) -> tuple[Any, Any]:
    """A standard Normal momentum, and whether the first half, or the next one, goes forwards.

    That is the first bit of a number whose others decide whether a half gives the proposal.
    """
    return jax.scipy.special.ndtri(uniform[2:]), uniform[1] < 0.5
