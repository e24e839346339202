"""The log-posterior of a model as JAX computes it, on any scale.

Each function is compiled once for a model and the shapes of its data: the layout is a
static argument and the data are not constants of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import jax
import numpy as np
from numpyro import validation_enabled

from bayesbench import density as densities
from bayesbench import energy as energies
from bayesbench import row_blocks
from bayesbench.density import (
    Pins,
    columns_in,
    constrain,
    log_likelihood_parts,
    log_prior,
    log_prior_parts,
    row_log_likelihood,
    summed_in,
    total_log_likelihood,
    unconstrain,
)
from bayesbench.distributions import Distribution
from bayesbench.fit.identity import density_hashes, prior_hash
from bayesbench.fit.objective import Objective, starts_at_once
from bayesbench.fit.programs import call, source
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.marginal import NODES, Effects, effects_given
from bayesbench.row_blocks import a_block
from bayesbench.separable import check_separable

BLOCK = 100  # points at which a density is computed at once, at most
AT_A_TIME = 500  # points for which a program is made


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


def _known(layout: Layout, *given: Any) -> str | None:
    """What a program depends on that is given rows, behind all else; None where nothing tells."""
    *_, summed = given
    static = [each for each in given if isinstance(each, str | int)]
    if any(_is_measured(layout, each) for each in static if isinstance(each, str)):
        return None
    return f"{static} {density_hashes(layout, *a_block(*summed))} {_sources()}"


def _is_measured(layout: Layout, scale: str) -> bool:
    """Whether functions of the model's own belong to the density on a scale, which no hash has."""
    declared = layout.model.parameters.values()
    return scale != "unconstrained" and any(
        scale in each.scales or each.log_volume is not None for each in declared
    )


def _known_by_the_prior(layout: Layout, *_: Any) -> str:
    """What a program depends on that is given no rows."""
    return f"{prior_hash(layout)} {_sources()}"


def _known_for_rows(
    layout: Layout, values: Any, inputs: Any, outcome: Any, about: Any
) -> str | None:
    """What a program depends on that sees the rows one by one.

    The hash of a likelihood in which latents are integrated out does not say what a row's is.
    """
    if layout.model.latents:
        return None
    return f"{density_hashes(layout, inputs, outcome)} {_sources()}"


@cache
def _sources() -> str:
    return source(__file__, densities.__file__, energies.__file__, row_blocks.__file__)


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
    return call(_at, _known_by_the_prior, (layout,), z, pins.held, pins.values)


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
            return np.asarray(call(function, _known, (layout, scale), *given))

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
            found = _many(layout, scale, starts_at_once(bound.few.n), z, summed)
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


@partial(jax.jit, static_argnums=0)
def _own_scale(layout: Layout, z: Any) -> Any:
    library = jax_library()
    one = partial(constrain, layout, library=library, priors=True)
    return jax.vmap(jax.vmap(lambda at: one(at)[0]))(z)


def draws_on_own_scale(layout: Layout, z: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of z, shape (chain, draw, size), as draws of the parameters by name."""
    with jax.enable_x64(True):
        found = call(_own_scale, _known_by_the_prior, (layout,), z)
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
        likelihood, prior = call(_parts, _known, (bound.layout,), values, summed)
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
        return np.asarray(call(_rows, _known_for_rows, (bound.layout,), *given))


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
            np.asarray(call(_densities, _known, (bound.layout, _block(bound)), part, summed))
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
            heights, slopes = call(_slopes, _known, (bound.layout, size), z, summed)
            return np.asarray(heights), np.asarray(slopes)

    return at


def _block(bound: Bound) -> int:
    """At how many points a density is computed at once."""
    a_row = NODES if bound.model.latents else 1
    return min(BLOCK, starts_at_once(bound.few.n * a_row))
