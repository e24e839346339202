"""The log-posterior of a model as JAX computes it, on any scale.

Each function is compiled once for a model and the shapes of its data: the layout is a
static argument and the data are not constants of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from numpyro import validation_enabled

from bayesbench.density import (
    Pins,
    columns_in,
    constrain,
    log_likelihood_parts,
    log_prior,
    log_prior_parts,
    summed_in,
    total_log_likelihood,
    unconstrain,
)
from bayesbench.fit.effects_given import effects_at
from bayesbench.fit.known_programs import known, known_by_the_prior
from bayesbench.fit.objective import Objective, starts_at_once
from bayesbench.fit.programs import call
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.marginal import Effects
from bayesbench.separable import check_separable


def log_density(
    layout: Layout,
    scale: str,
    z: Any,
    inputs: Any,
    outcome: Any,
    pins: Pins | None = None,
    weights: Any = None,
) -> Any:
    """Log-likelihood plus log-prior at z, as the density of the parameters on a scale.

    The log-Jacobian of z is added for the unconstrained scale, and that of a declared
    scale is taken off: parameters without that scale stay on their own. Coordinates that stand
    for other values have the density of these. Weights are those of
    the rows, see `total_log_likelihood`.
    """
    library = jax_library()
    values, log_stretch = constrain(layout, z, library, priors=True, pins=pins)
    likelihood = total_log_likelihood(layout, values, inputs, outcome, library, weights=weights)
    density = likelihood + log_prior(layout.model, values, library)
    if scale == "unconstrained":
        return density + log_stretch.sum()
    for name, declared in layout.model.parameters.items():
        if declared.log_volume is not None:
            density = density - declared.log_volume(values[name])
        if scale in declared.scales:
            density = density - _log_slope(declared.scales[scale], values[name]).sum()
    return density


def _log_slope(function: Callable[[Any], Any], at: Any) -> Any:
    """The logarithm of an elementwise function's derivative."""
    _, slope = jax.jvp(function, (at,), (jax.numpy.ones_like(at),))
    return jax.numpy.log(jax.numpy.abs(slope))


def _pinned(layout: Layout, scale: str, z: Any, held: Any, at: Any, summed: Any) -> Any:
    inputs, outcome, weights = summed
    return log_density(layout, scale, z, inputs, outcome, Pins(held, at), weights)


@partial(jax.jit, static_argnums=(0, 1))
def _value(layout: Layout, scale: str, *given: Any) -> Any:
    return _pinned(layout, scale, *given)


@partial(jax.jit, static_argnums=(0, 1))
def _gradient(layout: Layout, scale: str, *given: Any) -> Any:
    return jax.grad(_pinned, argnums=2)(layout, scale, *given)


@partial(jax.jit, static_argnums=(0, 1))
def _hessian(layout: Layout, scale: str, *given: Any) -> Any:
    return jax.hessian(_pinned, argnums=2)(layout, scale, *given)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _many(layout: Layout, scale: str, size: int, z: Any, summed: Any) -> Any:
    inputs, outcome, weights = summed

    def one(at: Any) -> Any:
        return log_density(layout, scale, at, inputs, outcome, weights=weights)

    def all_of(at: Any) -> Any:
        return one(at), jax.grad(one)(at), jax.hessian(one)(at)

    return jax.vmap(all_of)(z) if len(z) <= size else jax.lax.map(all_of, z, batch_size=size)


@partial(jax.jit, static_argnums=0)
def _rows_at(layout: Layout, z: Any, inputs: Any, outcome: Any) -> Any:
    values, _ = constrain(layout, z, jax_library(), priors=True)
    return log_likelihood_parts(layout, values, inputs, outcome, jax_library())


@partial(jax.jit, static_argnums=0)
def _priors_at(layout: Layout, z: Any) -> Any:
    values, _ = constrain(layout, z, jax_library(), priors=True)
    return log_prior_parts(layout.model, values, jax_library())


@partial(jax.jit, static_argnums=0)
def _at(layout: Layout, z: Any, held: Any, at: Any) -> Any:
    return constrain(layout, z, jax_library(), priors=True, pins=Pins(held, at))


def _placed(layout: Layout, z: np.ndarray, pins: Pins) -> Any:
    return call(_at, known_by_the_prior, (layout,), z, pins.held, pins.values)


def log_posterior(bound: Bound, scale: str) -> Objective:
    """The log-posterior density without its constant: of the parameters on that scale.

    It is their own, the unconstrained one, or one that the model declares. The modes differ.
    """
    library, layout = jax_library(), bound.layout
    with jax.enable_x64(True):
        summed = summed_in(bound, library)
        if bound.model.latents:
            start, _ = constrain(layout, library.array(np.zeros(layout.size)), library, priors=True)
            with validation_enabled(False):  # what is no number is for `no_start` to name
                check_separable(layout, start, *columns_in(bound, library), library)

    def pinned(function: Any, z: np.ndarray, pins: Pins) -> Any:
        given = (z, pins.held, pins.values, summed)
        with jax.enable_x64(True):
            return np.asarray(call(function, known, (layout, scale), *given))

    def at(z: np.ndarray, pins: Pins) -> dict[str, np.ndarray]:
        with jax.enable_x64(True):
            values, _ = _placed(layout, z, pins)
            return {name: np.asarray(v) for name, v in values.items()}

    def slopes(z: np.ndarray) -> np.ndarray:
        none = Pins.none(len(z))
        with jax.enable_x64(True):
            return np.exp(np.asarray(_placed(layout, z, none)[1]))

    def back(values: dict[str, np.ndarray]) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(unconstrain(layout, values, library, priors=True))

    def derivatives(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with jax.enable_x64(True):
            static = (layout, scale, starts_at_once(bound.few.n))
            found = call(_many, known, static, z, summed)
            value, slope, curved = map(np.asarray, found)
            return value.copy(), slope.copy(), curved.copy()

    def rows(z: np.ndarray) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(_rows_at(layout, z, *columns_in(bound, library)))

    def log_priors(z: np.ndarray) -> dict[str, np.ndarray]:
        with jax.enable_x64(True):
            return {name: np.asarray(v) for name, v in _priors_at(layout, z).items()}

    def effects(values: dict[str, np.ndarray], nodes: int) -> Effects:
        many = {name: np.asarray(value)[None] for name, value in values.items()}
        found = effects_at(bound, many, nodes)
        return Effects(found.mean[0], found.sd[0], found.log_likelihood[0], found.at_mode[0])

    of = {"own": "", "unconstrained": " of the unconstrained coordinates"}
    return Objective(
        words="the log-posterior" + of.get(scale, f" on the {scale} scale"),
        bound=bound,
        priors=True,
        has_edges=scale != "unconstrained",
        value=lambda z, pins: float(pinned(_value, z, pins)),
        gradient=lambda z, pins: pinned(_gradient, z, pins),
        hessian=lambda z, pins: pinned(_hessian, z, pins),
        constrain=at,
        slopes=slopes,
        unconstrain=back,
        rows=rows,
        log_priors=log_priors,
        derivatives=derivatives,
        effects=effects,
    )
