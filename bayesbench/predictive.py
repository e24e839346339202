"""What a fit predicts of new rows: draws, bands, and the density of what came true.

A point estimate is plugged in: it predicts as if it were the truth. So are latents, at their
means given the estimate. For many draws the prediction is the average over them, the
posterior predictive distribution (Gelman et al. 2013, equation 1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.errors import BadInput
from bayesbench.fit.jax_objective import pointwise_log_likelihood
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.new_rows import bind_rows

BLOCK = 4_000_000  # draws times rows that are computed at once
SIMULATED = 10_000  # draws of a plugged-in distribution
HALVINGS = 60  # of the interval in which a quantile lies

Instances = Mapping[str, np.ndarray]  # by parameter and latent, each with one leading axis


@dataclass(frozen=True)
class Bands:
    """The predictive mean of each row, and the ends of its central interval: each (n, ...)."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def instances(fit: Fit, last: bool = False) -> Instances:
    """The instances that predict: all the draws, or the one estimate, behind one axis.

    With `last` a fit that has no estimate gives where its search had got to, which is not
    an answer and is to be labelled so. Latents stand among the parameters, as in
    `layout.joint`; beside a point they have their means given it.

    Raises
    ------
    BadInput
        If the fit has none, or it stopped where the latents are not known.
    """
    layout = fit.bound.layout.joint
    if fit.draws is not None:
        return layout.split(layout.join(fit.draws.values).reshape(-1, layout.size))
    one = fit.estimate or (fit.last if last else None)
    if one is None:
        remedy = "last=True takes the place where the search stopped"
        raise BadInput(
            f"the {fit.method} of {fit.bound.model.__name__}",
            found=f"no estimate ({fit.status.name})",
            expected="an estimate or draws to predict with",
            remedy=remedy if fit.last is not None else "see its status",
        )
    values = vars(one)
    unknown = ", ".join(name for name in fit.bound.model.latents if name not in values)
    if unknown:
        raise BadInput(
            f"the {fit.method} of {fit.bound.model.__name__}",
            found=f"no value of {unknown} where its search stopped ({fit.status.name})",
            expected="latents to predict with",
            remedy="use fit_posterior, which samples them",
        )
    return {name: np.asarray(values[name])[None] for name in layout.model.parameters}


def predictive_draws(
    fit: Fit, inputs: Any, seed: int = 0, *, last: bool = False, size: int = SIMULATED
) -> np.ndarray:
    """Simulate outcomes of new rows: one from each draw of a posterior, `size` from a point.

    Parameters
    ----------
    fit : Fit
    inputs : DataFrame, dict of arrays, or Data
        The inputs of the new rows.
    seed : int
    last : bool
        Whether a fit without an estimate predicts from where its search stopped.
    size : int
        How many times a point estimate is simulated.

    Returns
    -------
    array, shape (draws, n) or (draws, n, k) for a vector outcome

    Raises
    ------
    BadInput
        If the fit has no instance, or the inputs can't be bound.
    """
    rows = bind_rows(fit.bound.joint, inputs, outcome=False)
    return simulated(rows, instances(fit, last), seed, size)


def predictive_bands(fit: Fit, inputs: Any, prob: float = 0.95, *, last: bool = False) -> Bands:
    """The mean and the central interval of the prediction of each new row.

    Quantiles of an average of distributions are found by bisection of their average
    distribution function, without Monte Carlo error beyond that of the draws; where a
    family knows no such function, they are those of simulated outcomes (seed 0).

    Parameters
    ----------
    fit : Fit
    inputs : DataFrame, dict of arrays, or Data
    prob : float
        The probability that the interval holds.
    last : bool
        Whether a fit without an estimate predicts from where its search stopped.

    Raises
    ------
    BadInput
        If the fit has no instance, the inputs can't be bound, or `prob` is none.
    """
    if not 0 < prob < 1:
        raise BadInput("prob", found=f"{prob}", expected="between 0 and 1", remedy="try 0.95")
    rows, values = bind_rows(fit.bound.joint, inputs, outcome=False), instances(fit, last)
    tails = ((1 - prob) / 2, (1 + prob) / 2)
    try:
        mean = _over_draws(_mean, rows, values)
        low, high = (_over_draws(partial(_quantile, share=t), rows, values) for t in tails)
    except (NotImplementedError, AttributeError):
        drawn = simulated(rows, values, 0, SIMULATED)
        mean, (low, high) = drawn.mean(axis=0), np.quantile(drawn, tails, axis=0)
    return Bands(mean, low, high)


def predictive_log_density(fit: Fit, table: Any, last: bool = False) -> np.ndarray:
    """The logarithm of the predictive density of each row's outcome, shape (n,).

    For a point the log-density under it, latents plugged in; for draws the logarithm of the
    mean density.

    Raises
    ------
    BadInput
        If the fit has no instance, or the table can't be bound.
    """
    return log_density_of(bind_rows(fit.bound.joint, table), instances(fit, last))


def log_density_of(rows: Bound, values: Instances) -> np.ndarray:
    """The same for rows that are bound already, and instances behind one axis."""
    from scipy.special import logsumexp

    chain = {name: value[None] for name, value in values.items()}
    count = len(next(iter(values.values())))
    parts = [
        logsumexp(pointwise_log_likelihood(block, chain)[0], axis=0) - np.log(count)
        for block in _blocks(rows, count)
    ]
    return np.concatenate(parts)


def _blocks(rows: Bound, count: int) -> Iterator[Bound]:
    """The rows, as many at a time as the memory holds beside so many draws."""
    size = max(1, BLOCK // count)
    for at in range(0, rows.n, size):
        part = slice(at, at + size)
        inputs = {name: value[part] for name, value in rows.inputs.items()}
        yield replace(rows, inputs=inputs, outcome=rows.outcome[part])


def _over_draws(what: Callable[..., Any], rows: Bound, values: Instances) -> np.ndarray:
    """A number for each row, of the distributions that all the instances give it."""
    built, parts = partial(_built, rows.layout), []
    compute = jax.jit(partial(what, built))
    with jax.enable_x64(True):
        for block in _blocks(rows, len(next(iter(values.values())))):
            inputs = {name: jax_library().column(v) for name, v in block.inputs.items()}
            found = np.asarray(compute(dict(values), inputs))
            parts.append(np.broadcast_to(found, block.outcome.shape))
    return np.concatenate(parts)


def _built(layout: Layout, one: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
    return layout.model(**one).likelihood(**inputs).build(jax_library())


def _mean(built: Callable[..., Any], values: Any, inputs: Any) -> Any:
    return jax.vmap(lambda one: built(one, inputs).mean)(values).mean(axis=0)


def _quantile(built: Callable[..., Any], values: Any, inputs: Any, share: float) -> Any:
    """It lies between the lowest and the highest of the single distributions' quantiles."""
    if built(jax.tree.map(lambda v: v[0], values), inputs).support.is_discrete:
        raise NotImplementedError
    each = jax.vmap(lambda one: built(one, inputs).icdf(share))(values)

    def halve(_: int, ends: tuple[Any, Any]) -> tuple[Any, Any]:
        low, high = ends
        middle = (low + high) / 2
        below = jax.vmap(lambda one: built(one, inputs).cdf(middle))(values).mean(axis=0) < share
        where = jax_library().xp.where
        return where(below, middle, low), where(below, high, middle)

    low, high = jax.lax.fori_loop(0, HALVINGS, halve, (each.min(axis=0), each.max(axis=0)))
    return (low + high) / 2


def simulated(rows: Bound, values: Instances, seed: int, size: int) -> np.ndarray:
    """Outcomes of rows that are bound already: one from each of many instances.

    A single instance is simulated `size` times. Shape (draws, n), or (draws, n, k).
    """
    count = len(next(iter(values.values())))
    each = size if count == 1 else 1

    def draw(keys: Any, values: Any, inputs: Any, shape: tuple[int, ...]) -> Any:
        def one(key: Any, at: Any) -> Any:
            made = _built(rows.layout, at, inputs)
            # What the rows share is drawn once a row.
            own = (*getattr(made, "batch_shape", ()), *getattr(made, "event_shape", ()))
            return made.sample(key, (each, *shape[: len(shape) - len(own)]))

        return jax.vmap(one)(keys, values)

    simulate, parts = jax.jit(draw, static_argnums=3), []
    with jax.enable_x64(True):
        for k, block in enumerate(_blocks(rows, count * each)):
            keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), k), count)
            inputs = {name: jax_library().column(v) for name, v in block.inputs.items()}
            found = np.asarray(simulate(keys, dict(values), inputs, block.outcome.shape))
            parts.append(found.reshape(count * each, *block.outcome.shape))
    return np.concatenate(parts, axis=1)
