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

Slope = Callable[[Any], tuple[Any, Any]]  # the log-density and its gradient


class Point(NamedTuple):
    """A place, the momentum there, and the log-density with its gradient."""

    at: Any
    momentum: Any
    height: Any
    slope: Any

    @property
    def energy(self) -> Any:
        """What the exact motion keeps."""
        return 0.5 * jnp.sum(self.momentum**2, axis=0) - self.height


class Half(NamedTuple):
    """The half of a tree that is being built, from its first leaf on.

    `checkpoints` are the momenta, and their sums, at which its own halves began.
    """

    rightwards: Any
    end: Point
    proposal: Point
    log_weight: Any
    momenta: Any
    leaves: Any
    checkpoints: Any
    sums: Any


class Tree(NamedTuple):
    """A chain in the middle of a transition.

    `acceptance` and `steps` are of this transition: the sum of what each leaf would have been
    accepted with, and the number of leaves.
    """

    left: Point
    right: Point
    proposal: Point
    log_weight: Any
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


def begun(where: Point, momentum: Any, rightwards: Any) -> Tree:
    """A transition before its first step."""
    point = where._replace(momentum=momentum)
    zero, none = jnp.zeros_like(where.height), jnp.zeros(where.height.shape, dtype=jnp.int32)
    checkpoints = jnp.zeros((DEEPEST, *momentum.shape))
    half = Half(rightwards, point, point, zero, momentum, none, checkpoints, checkpoints)
    return Tree(point, point, point, zero, momentum, none, point.energy, half, zero, none)


def leapfrog(slope: Slope, point: Point, step: Any) -> Point:
    """The point one step on; backwards for a negative one."""
    halfway = point.momentum + 0.5 * step * point.slope
    at = point.at + step * halfway
    height, gradient = slope(at)
    return Point(at, halfway + 0.5 * step * gradient, height, gradient)


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


def with_leaf(tree: Tree, leaf: Point, uniform: Any) -> tuple[Tree, Any, Any]:
    """The tree whose half has one leaf more; whether that diverged, and whether it turned."""
    half = tree.half
    lost = leaf.energy - tree.energy
    lost = jnp.where(jnp.isnan(lost), jnp.inf, lost)
    first = half.leaves == 0
    before = jnp.where(first, -jnp.inf, half.log_weight)
    log_weight = jnp.logaddexp(before, -lost)
    taken = computed_once(first | (jnp.log(uniform) < -lost - log_weight))
    momenta = jnp.where(first, 0.0, half.momenta) + leaf.momentum
    # The leaf's place among the halves of the half, in binary.
    n = half.leaves
    last = jax.lax.population_count(n >> 1)
    ended = jax.lax.population_count((~n & (n + 1)) - 1)
    even, places = n % 2 == 0, jnp.arange(DEEPEST).reshape(-1, *[1] * n.ndim)
    here = even & (places == last)
    checkpoints = jnp.where(here[:, None], leaf.momentum, half.checkpoints)
    sums = jnp.where(here[:, None], momenta, half.sums)
    asked = ~even & (places > last - ended) & (places <= last)
    since = momenta - sums + checkpoints
    back = turns(checkpoints, leaf.momentum[None], since, axis=1)
    turned = (asked & back).any(axis=0)
    half = Half(
        half.rightwards,
        leaf,
        chosen(taken, leaf, half.proposal),
        log_weight,
        momenta,
        n + 1,
        checkpoints,
        sums,
    )
    acceptance = tree.acceptance + jnp.minimum(1.0, jnp.exp(-lost))
    grown = tree._replace(half=half, acceptance=acceptance, steps=tree.steps + 1)
    return grown, lost > TOO_FAR, turned


def merged(tree: Tree, good: Any, uniform: Any, rightwards: Any) -> tuple[Tree, Any]:
    """The tree with its half, ready for the next one; and whether the whole turns back.

    A half that is no good has a weight of nothing.
    """
    half = tree.half
    left = chosen(half.rightwards, tree.left, half.end)
    right = chosen(half.rightwards, half.end, tree.right)
    taken = computed_once(good & (jnp.log(uniform) < half.log_weight - tree.log_weight))
    momenta = tree.momenta + half.momenta
    end = chosen(rightwards, right, left)
    none = jnp.zeros_like(half.leaves)
    whole = tree._replace(
        left=left,
        right=right,
        proposal=chosen(taken, half.proposal, tree.proposal),
        log_weight=jnp.logaddexp(tree.log_weight, half.log_weight),
        momenta=momenta,
        depth=tree.depth + 1,
        half=half._replace(rightwards=rightwards, end=end, leaves=none),
    )
    return whole, turns(left.momentum, right.momentum, momenta)


def advance(slope: Slope, tree: Tree, step: Any, uniform: Any) -> tuple[Tree, Ended]:
    """One leapfrog step; where it ends a transition, the next one begins at its proposal.

    Parameters
    ----------
    slope : function
        The log-density and its gradient at a place.
    tree : Tree
    step : array, shape (chains)
    uniform : array, shape (3 + size, chains)
        The chance in it, uniform between 0 and 1.
    """
    going = jnp.where(tree.half.rightwards, step, -step)
    leaf = leapfrog(slope, tree.half.end, going)
    grown, diverged, turned = with_leaf(tree, leaf, uniform[0])
    bad = computed_once(diverged | turned)
    full = computed_once(bad | (grown.half.leaves == 1 << grown.depth))
    rightwards = uniform[2] < 0.5
    whole, turns_back = merged(grown, ~bad, uniform[1], rightwards)
    now = computed_once(full & (bad | turns_back | (whole.depth == DEEPEST)))
    anew = begun(whole.proposal, momenta_of(uniform), rightwards)
    # Checkpoints are written before they are read, whatever stood there.
    old = {"checkpoints": grown.half.checkpoints, "sums": grown.half.sums}
    anew = anew._replace(half=anew.half._replace(**old))
    after = chosen(now, anew, chosen(full, whole, grown))
    return after, Ended(now, now & diverged, grown.acceptance / grown.steps)


def momenta_of(uniform: Any) -> Any:
    """Standard Normal momenta, by what is left of the chance."""
    return jax.scipy.special.ndtri(uniform[3:])
