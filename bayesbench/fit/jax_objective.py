"""The log-posterior of a model as JAX computes it, on either scale.

Each function is compiled once for a model and the shapes of its data: the layout is a
static argument and the data are not constants of the program.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.density import (
    Pins,
    columns_in,
    constrain,
    log_prior,
    row_log_likelihood,
    total_log_likelihood,
    unconstrain,
)
from bayesbench.fit.objective import Objective
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.marginal import NODES, Effects, effects_given
from bayesbench.separable import check_separable


def log_density(
    layout: Layout, jacobian: bool, z: Any, inputs: Any, outcome: Any, pins: Pins | None = None
) -> Any:
    """Log-likelihood plus log-prior at z, and the log-Jacobian if the density of z is meant."""
    library = jax_library()
    values, log_stretch = constrain(layout, z, library, priors=True, pins=pins)
    likelihood = total_log_likelihood(layout, values, inputs, outcome, library)
    density = likelihood + log_prior(layout.model, values, library)
    return density + log_stretch.sum() if jacobian else density


def _pinned(
    layout: Layout, jacobian: bool, z: Any, held: Any, at: Any, inputs: Any, outcome: Any
) -> Any:
    return log_density(layout, jacobian, z, inputs, outcome, Pins(held, at))


_value = partial(jax.jit, static_argnums=(0, 1))(_pinned)
_gradient = partial(jax.jit, static_argnums=(0, 1))(jax.grad(_pinned, argnums=2))
_hessian = partial(jax.jit, static_argnums=(0, 1))(jax.hessian(_pinned, argnums=2))


@partial(jax.jit, static_argnums=0)
def _at(layout: Layout, z: Any, held: Any, at: Any) -> Any:
    return constrain(layout, z, jax_library(), priors=True, pins=Pins(held, at))


def log_posterior(bound: Bound, jacobian: bool) -> Objective:
    """The log-posterior density without its constant.

    Without the Jacobian it is the density of the parameters on their own scale; with it,
    the density of the unconstrained coordinates. Their modes differ.
    """
    library, layout = jax_library(), bound.layout
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, library)
        if bound.model.latents:
            start, _ = constrain(layout, library.array(np.zeros(layout.size)), library, priors=True)
            check_separable(layout, start, inputs, outcome, library)

    def call(function: Any, z: np.ndarray, pins: Pins) -> Any:
        with jax.enable_x64(True):
            return np.asarray(
                function(layout, jacobian, z, pins.held, pins.values, inputs, outcome)
            )

    def at(z: np.ndarray, pins: Pins) -> dict[str, np.ndarray]:
        with jax.enable_x64(True):
            values, _ = _at(layout, z, pins.held, pins.values)
            return {name: np.asarray(v) for name, v in values.items()}

    def slopes(z: np.ndarray) -> np.ndarray:
        none = Pins.none(len(z))
        with jax.enable_x64(True):
            return np.exp(np.asarray(_at(layout, z, none.held, none.values)[1]))

    def back(values: dict[str, np.ndarray]) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(unconstrain(layout, values, library, priors=True))

    def effects(values: dict[str, np.ndarray], nodes: int) -> Effects:
        many = {name: np.asarray(value)[None] for name, value in values.items()}
        found = effects_at(bound, many, nodes)
        return Effects(found.mean[0], found.sd[0], found.log_likelihood[0], found.at_mode[0])

    words = "the log-posterior" + (" of the unconstrained coordinates" if jacobian else "")
    return Objective(
        words,
        layout,
        True,
        not jacobian,
        lambda z, pins: float(call(_value, z, pins)),
        lambda z, pins: call(_gradient, z, pins),
        lambda z, pins: call(_hessian, z, pins),
        at,
        slopes,
        back,
        effects=effects,
    )


@partial(jax.jit, static_argnums=0)
def _own_scale(layout: Layout, z: Any) -> Any:
    library = jax_library()
    one = partial(constrain, layout, library=library, priors=True)
    return jax.vmap(jax.vmap(lambda at: one(at)[0]))(z)


def draws_on_own_scale(layout: Layout, z: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of z, shape (chain, draw, size), as draws of the parameters by name."""
    with jax.enable_x64(True):
        return {name: np.asarray(values) for name, values in _own_scale(layout, z).items()}


@partial(jax.jit, static_argnums=0)
def _parts(layout: Layout, values: Any, inputs: Any, outcome: Any) -> tuple[Any, Any]:
    library, model = jax_library(), layout.model

    def one(at: Any) -> tuple[Any, Any]:
        likelihood = total_log_likelihood(layout, at, inputs, outcome, library)
        return likelihood, log_prior(model, at, library)

    return jax.vmap(one)(values)


def likelihood_and_prior(
    bound: Bound, values: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood and the log-prior at many values, along each value's first axis."""
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        likelihood, prior = _parts(bound.layout, values, inputs, outcome)
        return np.asarray(likelihood), np.asarray(prior)


@partial(jax.jit, static_argnums=(0, 1))
def _effects(layout: Layout, nodes: int, values: Any, inputs: Any, outcome: Any) -> Any:
    def one(at: Any) -> tuple[Any, ...]:
        found = effects_given(layout, at, inputs, outcome, jax_library(), nodes)
        return found.mean, found.sd, found.log_likelihood, found.at_mode

    return jax.lax.map(one, values)


def effects_at(bound: Bound, values: dict[str, np.ndarray], nodes: int = NODES) -> Effects:
    """The latents given each of many values, along each value's first axis and the answer's."""
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        values = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        found = _effects(bound.layout, nodes, values, inputs, outcome)
        return Effects(*(np.asarray(part) for part in found))


@partial(jax.jit, static_argnums=0)
def _rows(layout: Layout, values: Any, inputs: Any, outcome: Any) -> Any:
    def one(at: Any) -> Any:
        return row_log_likelihood(layout.model, at, inputs, outcome, jax_library())

    return jax.vmap(jax.vmap(one))(values)


def pointwise_log_likelihood(bound: Bound, draws: dict[str, np.ndarray]) -> np.ndarray:
    """The log-likelihood of each row at each draw, shape (chain, draw, n)."""
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        return np.asarray(_rows(bound.layout, draws, inputs, outcome))


@partial(jax.jit, static_argnums=0)
def _densities(layout: Layout, z: Any, inputs: Any, outcome: Any) -> Any:
    return jax.vmap(lambda at: log_density(layout, True, at, inputs, outcome))(z)


def log_densities(bound: Bound, z: np.ndarray) -> np.ndarray:
    """The log-posterior of the unconstrained coordinates at many points, z of (points, size)."""
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        return np.asarray(_densities(bound.layout, z, inputs, outcome))
