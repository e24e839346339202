"""What the prior says before the data do: draws of the parameters, and of outcomes.

Each prior is truncated to its parameter's support and renormalised, as in its density. A
prior that reads other parameters is drawn after these, and a latent from its population.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.binding import bind
from bayesbench.density import LEAST, SYMMETRIC
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput
from bayesbench.fit.start import check_seed
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.model import Model, with_some
from bayesbench.predict.mixture import simulated
from bayesbench.supports import Support

DRAWS = 1000
FAR = 300.0  # on the unconstrained scale: e^300 and its inverse are still numbers
HALVINGS = 70  # of the interval in which a quantile lies


def prior_draws(
    model: type[Model], data: Any = None, *, draws: int = DRAWS, seed: int = 0
) -> Model:
    """Draw the parameters from their priors, and latents from their populations.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        For the dimensions of the parameters; no outcome is looked at. The model's example, if
        none are given.
    draws : int
        How many.
    seed : int

    Returns
    -------
    Model
        Many instances: each value has one leading axis, (draws, ...).

    Raises
    ------
    BadInput
        If the model can't be bound to the data, an argument is out of range, or a prior is
        none to draw from: `Flat()`, priors that read each other, or one that puts less than
        1e-10 of its mass on the support (of a Normal, a Cauchy or a Laplace any mass will do).
    """
    bound = bind(model, data).joint
    return bound.model(**drawn(bound, draws, seed))


def prior_predictive(
    model: type[Model], data: Any = None, *, draws: int = DRAWS, seed: int = 0
) -> np.ndarray:
    """Simulate the outcome at the data's inputs, once from each draw of the prior.

    The prior predictive distribution (Box 1980; Gelman et al. 2013, equation 1.3): what the
    model holds possible before it has seen an outcome.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data
    draws : int
        How many tables of outcomes.
    seed : int

    Returns
    -------
    array, shape (draws, n) or (draws, n, k) for a vector outcome

    Raises
    ------
    BadInput
        As in `prior_draws`.
    """
    bound = bind(model, data).joint
    return simulated(bound, drawn(bound, draws, seed), seed, 1)


def drawn(bound: Bound, draws: int = DRAWS, seed: int = 0) -> dict[str, np.ndarray]:
    """The same draws for what is bound, latents among the parameters: (draws, ...) by name.

    Raises
    ------
    BadInput
        As in `prior_draws`.
    """
    check_seed(seed)
    if not isinstance(draws, int | np.integer) or draws < 1:
        raise BadInput("draws", found=repr(draws), expected="at least 1", remedy="1,000 are usual")
    layout = bound.layout
    with jax.enable_x64(True):
        order = reading_order(layout)
        keys = jax.random.split(jax.random.key(seed), draws)
        made = {name: np.asarray(v) for name, v in _drawn(layout, order, keys).items()}
    for name in order:
        _check_numbers(layout, name, made[name])
    return made


def _check_numbers(layout: Layout, name: str, values: np.ndarray) -> None:
    lost = np.isnan(values).mean()
    if lost > 0:
        support = layout.model.parameters[name].support
        raise BadInput(
            f"the prior of {layout.model.__name__}.{name}",
            found=f"draws of which {lost:.2g} are no numbers",
            expected=f"{LEAST:g} of its mass or more on {support.brackets}",
            remedy="choose a prior and a support that overlap more, and check its arguments",
        )


def is_proper(bound: Bound) -> bool:
    """Whether there is something to draw from: no parameter has a flat prior."""
    return not any(declared.is_flat for declared in bound.model.parameters.values())


@partial(jax.jit, static_argnums=(0, 1))
def _drawn(layout: Layout, order: tuple[str, ...], keys: Any) -> dict[str, Any]:
    return jax.vmap(partial(drawn_by, layout, order))(keys)


def drawn_by(layout: Layout, order: tuple[str, ...], key: Any) -> dict[str, Any]:
    """One draw of all the parameters, in the order in which their priors read each other."""
    values: dict[str, Any] = {}
    for name, part in zip(order, jax.random.split(key, len(order)), strict=True):
        declared = layout.model.parameters[name]
        prior = declared.prior_at(with_some(layout.model, values))
        values[name] = _one(prior, declared.support, part, layout.shape(name))
    return values


def reading_order(layout: Layout) -> tuple[str, ...]:
    """The parameters in such an order that each prior reads only those before it.

    What is not drawn yet is NaN: a prior that reads it has NaN among its arguments.

    Raises
    ------
    BadInput
        If a prior is flat, or some read each other.
    """
    model, library = layout.model, jax_library()
    known = {name: library.array(np.full(v.shape, np.nan)) for name, v in layout.start.items()}
    waiting, order = list(model.parameters), list[str]()
    while waiting:
        instance = with_some(model, known)
        ready = [name for name in waiting if _is_known(model.parameters[name].prior_at(instance))]
        for name in ready:
            if model.parameters[name].prior_at(instance).is_flat:
                raise BadInput(
                    f"the prior of {model.__name__}.{name}",
                    found="Flat(), which no value can be drawn from",
                    expected="a proper prior",
                    remedy="give it one that integrates to 1, such as a wide Normal",
                )
            known[name] = library.array(layout.start[name])
        if not ready:
            raise BadInput(
                f"the priors of {model.__name__}.{', '.join(waiting)}",
                found="priors that read each other",
                expected="one of them that reads none of the others",
                remedy="declare a joint prior in an order in which it can be drawn",
            )
        waiting = [name for name in waiting if name not in ready]
        order += ready
    return tuple(order)


def _is_known(prior: Distribution) -> bool:
    return not any(np.isnan(np.asarray(value)).any() for value in prior.numbers)


def _one(prior: Distribution, support: Support, key: Any, shape: tuple[int, ...]) -> Any:
    """A draw of the given shape from a prior that is truncated to a support."""
    built = prior.build(jax_library())
    lead = shape[: len(shape) - len(built.batch_shape)]
    if support.covers(prior.support):
        return built.sample(key, lead)
    domain = support.intersection(prior.support)
    if prior.family.name in SYMMETRIC:
        return _truncated(built, domain).sample(key, lead)
    return _by_quantile(built, domain, jax.random.uniform(key, shape))


def _truncated(built: Any, domain: Support) -> Any:
    """NumPyro's own truncation, whose upper tail has all its digits."""
    low, high = (edge if np.isfinite(edge) else None for edge in (domain.lower, domain.upper))
    return jax_library().distributions.TruncatedDistribution(built, low=low, high=high)


def _by_quantile(built: Any, domain: Support, level: Any) -> Any:
    """The quantile at a level of what the distribution has on the domain, by bisection.

    On the unconstrained scale, so that it needs no inverse: the distribution function by
    which the density is renormalised is all that is asked for (Devroye 1986, section II.2).
    """
    library = jax_library()
    xp, onto = library.xp, library.bijection(domain)
    below = built.cdf(library.array(domain.lower)) if np.isfinite(domain.lower) else 0.0
    above = built.cdf(library.array(domain.upper)) if np.isfinite(domain.upper) else 1.0
    wanted = below + level * (above - below)

    def halve(_: int, ends: tuple[Any, Any]) -> tuple[Any, Any]:
        low, high = ends
        middle = (low + high) / 2
        short = built.cdf(onto(middle)) < wanted
        return xp.where(short, middle, low), xp.where(short, high, middle)

    low, high = jax.lax.fori_loop(0, HALVINGS, halve, (0 * wanted - FAR, 0 * wanted + FAR))
    return xp.where(above - below < LEAST, np.nan, onto((low + high) / 2))
