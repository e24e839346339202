"""What many instances say of rows together: the average of the distributions that they give.

A program is compiled once for a layout and the shapes of rows and instances. Instances are
taken a thousand at a time, the last of them filled up, so that their number needs no program
of its own; rows are taken as many at a time as there is memory for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.binding import at_start
from bayesbench.energy import EnergyBased
from bayesbench.fit.at_draws import pointwise_log_likelihood
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.predict.distribution_function import distribution_function
from bayesbench.predict.special_functions import FUNCTIONS, by_special_functions

BLOCK = 4_000_000  # instances times rows that are held at once
TOGETHER = 1000  # instances that one call of a program computes
ENERGIES = 100  # the same of energies, which have thousands of nodes each

Instances = Mapping[str, np.ndarray]  # by parameter and latent, each with one leading axis


@dataclass(frozen=True)
class Moments:
    """Of each row's prediction: its mean, and its variance in two parts, each (n, ...).

    By the law of total variance the variance is the mean over the instances of Var[y | θ],
    which stays when the parameters are known, and the variance over them of E[y | θ].
    """

    mean: np.ndarray
    noise: np.ndarray
    parameters: np.ndarray


def count_of(instances: Instances) -> int:
    """How many instances there are."""
    return len(next(iter(instances.values())))


def thinned(values: Instances, most: int, parts: int = 1) -> Instances:
    """At most so many of the instances, evenly spaced: if there are enough, of equal parts."""
    m = count_of(values)
    count = min(m, most)
    kept = np.linspace(0, m - 1, count - count % parts if count > parts else count)
    some = np.unique(kept.astype(int))
    return {name: value[some] for name, value in values.items()}


def blocks(rows: Bound, count: int) -> Iterator[tuple[slice, Bound]]:
    """The rows, as many at a time as the memory holds beside so many numbers of each."""
    size = max(1, BLOCK // count)
    for at in range(0, rows.n, size):
        part = slice(at, at + size)
        inputs = {name: value[part] for name, value in rows.inputs.items()}
        yield part, replace(rows, inputs=inputs, outcome=rows.outcome[part])


def together(rows: Bound, count: int) -> list[np.ndarray]:
    """The places of so many instances, as many as are computed at once; the last are repeated."""
    size = min(count, TOGETHER if has_distribution_function(rows) else ENERGIES)
    starts = range(0, count, size)
    return [np.minimum(np.arange(start, start + size), count - 1) for start in starts]


def has_distribution_function(rows: Bound) -> bool:
    """Whether the rows' family has one: an unnormalised density has not, nor have some others."""
    made = at_start(rows.layout).likelihood(**rows.inputs)
    return not isinstance(made, EnergyBased) and made.has_cdf


def is_discrete(rows: Bound) -> bool:
    """Whether outcomes are whole numbers."""
    support = at_start(rows.layout).likelihood(**rows.inputs).support
    return bool(getattr(support, "whole", False))


def moments(rows: Bound, instances: Instances) -> Moments:
    """Mean and variance of each row's prediction; see `Moments`."""
    parts = []
    for _, block in blocks(rows, count_of(instances)):
        mean, variance = each(mean_and_variance, block, instances)
        with np.errstate(invalid="ignore"):  # a family may have none: inf - inf
            parts.append((mean.mean(axis=0), variance.mean(axis=0), mean.var(axis=0)))
    return Moments(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def expected(rows: Bound, instances: Instances) -> np.ndarray:
    """The mean of each row's outcome by each instance, (instances, n, ...)."""
    return each(mean_and_variance, rows, instances)[0]


def probability_below(rows: Bound, instances: Instances, at: np.ndarray) -> np.ndarray:
    """P(Y <= at) of each row, for several values each: at and the answer are (m, n, ...)."""
    parts = [
        probabilities_below(block, instances, at[:, part]).mean(axis=0)
        for part, block in blocks(rows, count_of(instances) * len(at))
    ]
    return np.concatenate(parts, axis=1)


def estimated_below(
    rows: Bound, instances: Instances, at: np.ndarray, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """P(Y <= at) by each of so many equal parts of the instances, and how far it is known by all.

    Returns
    -------
    array, shape (parts, m, n, ...)
    array, shape (m, n, ...)
        The squared standard error of the average over all instances, if they are independent
        draws; a single instance is no draw, and has none.
    """
    count, found, errors = count_of(instances), [], []
    for part, block in blocks(rows, count * len(at)):
        each = probabilities_below(block, instances, at[:, part])
        found.append(each.reshape(parts, -1, *each.shape[1:]).mean(axis=1))
        errors.append(each.var(axis=0, ddof=1) / count if count > 1 else np.zeros(each.shape[1:]))
    return np.concatenate(found, axis=2), np.concatenate(errors, axis=1)


def probabilities_below(rows: Bound, instances: Instances, at: np.ndarray) -> np.ndarray:
    """The same under each instance: (instances, m, n, ...)."""
    made = at_start(rows.layout).likelihood(**rows.inputs)
    if not isinstance(made, EnergyBased) and made.plain.family.name in FUNCTIONS:
        plain = made.plain
        arguments = each(_arguments, rows, instances)
        named = {k: v[:, None] for k, v in zip(plain.arguments, arguments, strict=True)}
        return by_special_functions(plain.family.name, plain.support, named, at)
    (found,) = each(_distribution_function, rows, instances, at)
    return found


def log_density_of(rows: Bound, values: Instances) -> np.ndarray:
    """The logarithm of the average density of each row's outcome, shape (n,)."""
    from scipy.special import logsumexp

    chain = {name: value[None] for name, value in values.items()}
    count = count_of(values)
    parts = [
        logsumexp(pointwise_log_likelihood(block, chain)[0], axis=0) - np.log(count)
        for _, block in blocks(rows, count)
    ]
    return np.concatenate(parts)


def simulated(rows: Bound, values: Instances, seed: int, size: int) -> np.ndarray:
    """Outcomes of the rows: one from each of many instances.

    A single instance is simulated `size` times. Shape (draws, n), or (draws, n, k).
    """
    count, parts = count_of(values), []
    times = size if count == 1 else 1
    with jax.enable_x64(True):
        for k, (_, block) in enumerate(blocks(rows, count * times)):
            keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), k), count)
            inputs = {name: jax_library().column(v) for name, v in block.inputs.items()}
            shape, found = block.outcome.shape, []
            for places in together(rows, count):
                some = {name: value[places] for name, value in values.items()}
                drawn = _draw(rows.layout, times, shape, keys[places], some, inputs)
                found.append(np.asarray(drawn).reshape(-1, *shape))
            parts.append(np.concatenate(found)[: count * times])
    return np.concatenate(parts, axis=1)


def each(
    function: Callable[..., Any], rows: Bound, instances: Instances, *given: np.ndarray
) -> tuple[np.ndarray, ...]:
    """What a function makes of the distribution that each instance gives the rows.

    Parameters
    ----------
    function : function
        Of a distribution, the shape of the rows' outcome and what is given: several arrays.
        It is compiled, once for each such function.

    Returns
    -------
    tuple of arrays
        Each with one leading axis, of the instances.
    """
    count, parts = count_of(instances), []
    with jax.enable_x64(True):
        library = jax_library()
        inputs = {name: library.column(value) for name, value in rows.inputs.items()}
        for places in together(rows, count):
            some = {name: library.array(value[places]) for name, value in instances.items()}
            found = _each(function, rows.layout, rows.outcome.shape, some, inputs, *given)
            parts.append([np.asarray(array) for array in found])
    return tuple(np.concatenate(part)[:count] for part in zip(*parts, strict=True))


@partial(jax.jit, static_argnums=(0, 1, 2))
def _each(
    function: Any, layout: Layout, shape: tuple[int, ...], values: Any, inputs: Any, *given: Any
) -> Any:
    def one(at: Any) -> Any:
        return function(layout.model(**at).likelihood(**inputs), shape, *given)

    return jax.vmap(one)(values)


def mean_and_variance(made: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Those of each row's distribution, for `each`."""
    built = made.build(jax_library())
    wide = partial(jax.numpy.broadcast_to, shape=shape)
    return wide(built.mean), wide(built.variance)


def _arguments(made: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(jax.numpy.broadcast_to(value, shape) for value in made.plain.arguments.values())


def _distribution_function(made: Any, shape: tuple[int, ...], at: Any) -> tuple[Any]:
    found = distribution_function(made, at)
    return (jax.numpy.broadcast_to(found, at.shape),)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _draw(
    layout: Layout, times: int, shape: tuple[int, ...], keys: Any, values: Any, inputs: Any
) -> Any:
    def one(key: Any, at: Any) -> Any:
        made = layout.model(**at).likelihood(**inputs).build(jax_library())
        # What the rows share is drawn once a row.
        own = (*getattr(made, "batch_shape", ()), *getattr(made, "event_shape", ()))
        return made.sample(key, (times, *shape[: len(shape) - len(own)]))

    return jax.vmap(one)(keys, values)
