"""What a model gives at many draws of its parameters: densities, rows, arguments.

Each function is compiled once for a model and the shapes of its data, as in `jax_objective`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.density import (
    columns_in,
    constrain,
    log_prior,
    log_prior_parts,
    row_log_likelihood,
    summed_in,
    total_log_likelihood,
)
from bayesbench.distributions import Distribution
from bayesbench.fit.jax_objective import log_density
from bayesbench.fit.known_programs import known, known_by_the_prior, known_for_rows
from bayesbench.fit.objective import starts_at_once
from bayesbench.fit.programs import call
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.marginal import NODES

BLOCK = 100  # points at which a density is computed at once, at most
AT_A_TIME = 500  # points for which a program is made


@partial(jax.jit, static_argnums=0)
def _own_scale(layout: Layout, z: Any) -> Any:
    library = jax_library()
    one = partial(constrain, layout, library=library, priors=True)
    return jax.vmap(jax.vmap(lambda at: one(at)[0]))(z)


def draws_on_own_scale(layout: Layout, z: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of z, shape (chain, draw, size), as draws of the parameters by name."""
    with jax.enable_x64(True):
        found = call(_own_scale, known_by_the_prior, (layout,), z)
        return {name: np.asarray(values) for name, values in found.items()}


@partial(jax.jit, static_argnums=0)
def _parts(layout: Layout, values: Any, summed: Any) -> tuple[Any, Any]:
    library, model = jax_library(), layout.model
    inputs, outcome, weights = summed

    def one(at: Any) -> tuple[Any, Any]:
        likelihood = total_log_likelihood(layout, at, inputs, outcome, library, weights=weights)
        return likelihood, log_prior(model, at, library)

    return jax.vmap(one)(values)


def likelihood_and_prior(
    bound: Bound, values: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood and the log-prior at many values, along each value's first axis."""
    with jax.enable_x64(True):
        summed = summed_in(bound, jax_library())
        likelihood, prior = call(_parts, known, (bound.layout,), values, summed)
        return np.asarray(likelihood), np.asarray(prior)


@partial(jax.jit, static_argnums=0)
def _rows(layout: Layout, values: Any, inputs: Any, outcome: Any, about: Any) -> Any:
    def one(at: Any) -> Any:
        return row_log_likelihood(layout.model, at, inputs, outcome, jax_library(), about)

    return jax.vmap(jax.vmap(one))(values)


def pointwise_log_likelihood(bound: Bound, draws: dict[str, np.ndarray]) -> np.ndarray:
    """The log-likelihood of each row at each draw, shape (chain, draw, n)."""
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        about = jax_library().array(bound.about)
        given = (draws, inputs, outcome, about)
        return np.asarray(call(_rows, known_for_rows, (bound.layout,), *given))


@partial(jax.jit, static_argnums=0)
def _priors(layout: Layout, values: Any) -> Any:
    def one(at: Any) -> Any:
        return log_prior_parts(layout.model, at, jax_library())

    return jax.vmap(jax.vmap(one))(values)


def pointwise_log_prior(bound: Bound, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The log-density of each parameter under its prior at each draw, (chain, draw, ...) each.

    Truncated and renormalised; flat priors have none. The populations of latents are no
    priors: what is believed of the data-generating process is the likelihood's part.
    """
    own = {name: draws[name] for name in bound.model.parameters}
    with jax.enable_x64(True):
        return {name: np.asarray(v) for name, v in _priors(bound.layout, own).items()}


@partial(jax.jit, static_argnums=0)
def _arguments(layout: Layout, values: Any, inputs: Any, outcome: Any, about: Any) -> Any:
    def one(at: Any) -> Any:
        made = layout.model(**at).likelihood(**inputs)
        given = made.plain.arguments if isinstance(made, Distribution) else {}
        if not given or not all(_fits(np.shape(v), outcome.shape) for v in given.values()):
            # It has no arguments a row: its height stands for it.
            rows = row_log_likelihood(layout.model, at, inputs, outcome, jax_library(), about)
            return {"log_density": rows}
        whole = {k: jax.numpy.asarray(v) for k, v in given.items()}
        return {k: jax.numpy.broadcast_to(v, outcome.shape) for k, v in whole.items()}

    return jax.vmap(jax.vmap(one))(values)


def _fits(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether an array of one shape can be broadcast to the other."""
    return len(shape) <= len(whole) and all(
        a in (1, b) for a, b in zip(shape[::-1], whole[::-1], strict=False)
    )


def likelihood_arguments(
    bound: Bound, draws: Mapping[str, np.ndarray], rows: np.ndarray
) -> dict[str, np.ndarray]:
    """What the likelihood's distribution is at some rows, draw by draw: its loc and scale, say.

    They are those of the name that the libraries know. Where an argument has other axes than
    the rows, or there are none, the log-density of each row's outcome stands in their place.
    Each is (chain, draw, rows); two networks that predict the same have the same ones,
    however their weights are permuted.
    """
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        inputs = {name: values[rows] for name, values in inputs.items()}
        about = jax_library().array(bound.about)
        found = _arguments(bound.layout, dict(draws), inputs, outcome[rows], about)
        return {name: np.asarray(values) for name, values in found.items()}


@partial(jax.jit, static_argnums=(0, 1))
def _densities(layout: Layout, size: int, z: Any, summed: Any) -> Any:
    inputs, outcome, weights = summed

    def one(at: Any) -> Any:
        return log_density(layout, "unconstrained", at, inputs, outcome, weights=weights)

    return jax.lax.map(one, z, batch_size=size)


def log_densities(bound: Bound, z: np.ndarray) -> np.ndarray:
    """The log-posterior of the unconstrained coordinates at many points, z of (points, size).

    So many at a time that one program does for any number of them; in blocks, so that their
    memory is bounded: an energy has thousands of nodes a point.
    """
    whole = np.resize(z, (-(-len(z) // AT_A_TIME) * AT_A_TIME, z.shape[1]))
    with jax.enable_x64(True):
        summed = summed_in(bound, jax_library())
        found = [
            np.asarray(call(_densities, known, (bound.layout, _block(bound)), part, summed))
            for part in np.split(whole, len(whole) // AT_A_TIME)
        ]
    return np.concatenate(found)[: len(z)]


@partial(jax.jit, static_argnums=(0, 1))
def _slopes(layout: Layout, size: int, z: Any, summed: Any) -> Any:
    inputs, outcome, weights = summed

    def one(at: Any) -> Any:
        return log_density(layout, "unconstrained", at, inputs, outcome, weights=weights)

    return jax.lax.map(jax.value_and_grad(one), z, batch_size=size)


def log_densities_and_gradients(
    bound: Bound,
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The same log-posterior with its gradient, as a function of z, shape (points, size)."""
    with jax.enable_x64(True):
        summed = summed_in(bound, jax_library())

    def at(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size = min(len(z), _block(bound))
        with jax.enable_x64(True):
            heights, slopes = call(_slopes, known, (bound.layout, size), z, summed)
            return np.asarray(heights), np.asarray(slopes)

    return at


def _block(bound: Bound) -> int:
    """At how many points a density is computed at once."""
    a_row = NODES if bound.model.latents else 1
    return min(BLOCK, starts_at_once(bound.few.n * a_row))
