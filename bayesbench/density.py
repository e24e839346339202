"""What is maximised and sampled: the log-likelihood of each row, the log-prior, and the
change to unconstrained coordinates, for torch and for JAX alike.

The unconstrained coordinates z are one vector of real numbers: the parameters in the order
of their declaration, each carried onto the line by the library's own bijection (log for a
half-line, logit for an interval). The MLE's cover the supports; those of MAP and posterior
cover the part of them that the priors allow. Where a prior has a loc and a scale that depend
on other parameters, the layout may have another coordinate in its place: with the centredness
c in [0, 1] the value is loc + scale^(1 - c) (z - c loc), which is z itself for c = 1, and for
c = 0 z is the distance from loc in scales (Papaspiliopoulos, Roberts and Sköld 2007; the form
is that of Gorinova, Moore and Hoffman 2020, and of NumPyro's LocScaleReparam).
That one rewrites the statements of a NumPyro model. Here the density is a function of z, which
MAP and Laplace look at too and torch can compute, so the change of coordinates stands here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from bayesbench import numpy as bn
from bayesbench.distributions import Distribution
from bayesbench.energy import EnergyBased
from bayesbench.errors import BadInput
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import Library
from bayesbench.marginal import log_marginal
from bayesbench.model import Model, with_some
from bayesbench.row_blocks import cut, cut_weights, one_pass
from bayesbench.supports import Support, real

SYMMETRIC = {"Normal", "Cauchy", "Laplace"}  # about their loc: their tails are taken by reflection
LEAST = 1e-10  # of a prior's mass on the support: less is a difference without digits in float64


@dataclass(frozen=True)
class Pins:
    """Entries of the parameters that are held at a value while the others are free.

    Both arrays have a place for each entry of z; the values are on the parameter's own scale.
    """

    held: np.ndarray
    values: np.ndarray

    @staticmethod
    def none(size: int) -> Pins:
        """Nothing is held."""
        return Pins(np.zeros(size, dtype=bool), np.zeros(size))

    def holding(self, entry: int, value: float) -> Pins:
        """The same, with one entry more held."""
        held, values = self.held.copy(), self.values.copy()
        held[entry], values[entry] = True, value
        return Pins(held, values)


def supports(layout: Layout, priors: bool) -> dict[str, Support]:
    """Where each parameter is looked for: its support, or what the prior leaves of it."""
    declared = layout.model.parameters
    return {name: p.domain if priors else p.support for name, p in declared.items()}


def entry_supports(layout: Layout, priors: bool) -> list[Support]:
    """The same for each entry of z."""
    found = supports(layout, priors).items()
    return [s for name, s in found for _ in range(int(np.prod(layout.shape(name))))]


def constrain(
    layout: Layout, z: Any, library: Library, *, priors: bool, pins: Pins | None = None
) -> tuple[dict[str, Any], Any]:
    """The parameters at z, and log |dθ/dz| of each entry; their sum is the log-Jacobian.

    Parameters
    ----------
    layout : Layout
        The parameters' shapes.
    z : array of the library, shape (size,)
        Unconstrained coordinates.
    library : Library
        The library that z belongs to.
    priors : bool
        Whether the coordinates cover only what the priors allow.
    pins : Pins, optional
        Entries that have the given value instead of the one at z.

    Returns
    -------
    values : dict of arrays
        By parameter, in its shape.
    log_stretch : array of the library, shape (size,)
    """
    stretches: list[Any] = []
    values = reader(layout, library, priors=priors)(z, pins, stretches)
    return values, library.xp.concat(stretches)


Reader = Callable[..., dict[str, Any]]


def entry_units(layout: Layout) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By parameter that has such, where its line begins and what is 1 on it, entry by entry."""
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, declared in layout.model.parameters.items():
        if np.any(np.asarray(declared.near) != 0) or np.any(np.asarray(declared.unit) != 1):
            shape = layout.shape(name)
            near, unit = (
                np.array(np.broadcast_to(each, shape), dtype=np.float64).ravel()
                for each in (declared.near, declared.unit)
            )
            found[name] = near, unit
    return found


def shift(support: Support, unit: Any, library: Library) -> Any:
    """What a unit adds to the coordinate of a half-line; an interval has units of its own."""
    half = np.isfinite(support.lower) != np.isfinite(support.upper)
    return library.xp.log(library.array(unit)) if half else 0.0


def reader(layout: Layout, library: Library, *, priors: bool) -> Reader:
    """The parameters as a function of z, for those who ask many times.

    The function takes z, pins if there are any, and a list to which log |dθ/dz| is appended
    for each parameter, if that is wanted.
    """
    shapes = {name: layout.shape(name) for name in layout.model.parameters}
    sizes = tuple(math.prod(shape) for shape in shapes.values())
    ends = tuple(accumulate(sizes))
    moved, within = dict(layout.centred), supports(layout, priors)
    bijections = {
        name: None if name in moved or support == real else library.bijection(support)
        for name, support in within.items()
    }
    units = entry_units(layout)
    # The loc and the scale of a prior may depend on what is declared after it.
    order = [*(name for name in shapes if name not in moved), *moved]

    def read(z: Any, pins: Pins | None = None, stretches: list[Any] | None = None) -> Any:
        # One cut, not one for each: its derivative is a single copy.
        parts = dict(zip(shapes, library.split(z, sizes), strict=True))
        places = dict(zip(shapes, zip(ends, sizes, strict=True), strict=True))
        values: dict[str, Any] = {}
        stretched: dict[str, Any] = {}
        for name in order:
            free, shape, bijection = parts[name], shapes[name], bijections[name]
            if pins is not None:
                end, size = places[name]
                held, fixed = (each[end - size : end] for each in (pins.held, pins.values))
                held = library.xp.asarray(held)
                # Else the Jacobian of its coordinate would give what is held a slope.
                free = library.xp.where(held, library.fixed(free), free)
            if name in moved:
                loc, scale = location_and_scale(layout, name, values, library)
                c = moved[name]
                value = loc + scale ** (1 - c) * (free - c * loc)
                stretch = (1 - c) * library.xp.log(scale)
            elif bijection is None:
                value, stretch = free, library.xp.zeros_like(free)
                if name in units:
                    near, unit = map(library.array, units[name])
                    value, stretch = near + unit * free, stretch + library.xp.log(unit)
            else:
                if name in units:
                    free = free + shift(within[name], units[name][1], library)
                value = bijection(free)
                stretch = (
                    None if stretches is None else log_stretch(within[name], bijection, free, value)
                )
            if pins is not None:
                value = library.xp.where(held, library.array(fixed), value)
            stretched[name] = stretch
            values[name] = value if len(shape) == 1 else library.xp.reshape(value, shape)
        if stretches is not None:
            stretches += [stretched[name] for name in shapes]
        return {name: values[name] for name in shapes}

    return read


def log_stretch(support: Support, bijection: Any, free: Any, value: Any) -> Any:
    """The logarithm of |dθ/dz|, entry by entry.

    Of an interval, θ = l + (u - l)/(1 + exp(-z)), it is log(u - l) + z - 2 log(1 + exp(z)): half
    the logarithms of what the libraries compute, and an eighth of the time of many small models.
    """
    if np.isfinite(support.lower) and np.isfinite(support.upper):
        return math.log(support.upper - support.lower) + free - 2 * bn.softplus(free)
    return bijection.log_abs_det_jacobian(free, value)


def unconstrain(
    layout: Layout, values: Mapping[str, Any], library: Library, *, priors: bool
) -> Any:
    """The coordinates z of parameters that lie inside of their supports."""
    parts, moved, units = [], dict(layout.centred), entry_units(layout)
    for name, support in supports(layout, priors).items():
        value = library.xp.reshape(library.array(values[name]), (-1,))
        if name in moved:
            loc, scale = location_and_scale(layout, name, values, library)
            c = moved[name]
            parts.append(c * loc + (value - loc) / scale ** (1 - c))
        else:
            free = library.bijection(support).inv(value)
            if name in units:
                near, unit = map(library.array, units[name])
                whole = support == real
                free = (free - near) / unit if whole else free - shift(support, unit, library)
            parts.append(free)
    return library.xp.concat(parts)


def location_and_scale(
    layout: Layout, name: str, values: Mapping[str, Any], library: Library
) -> tuple[Any, Any]:
    """The loc and the scale of a parameter's prior, given the others; each entry by entry."""
    declared = layout.model.parameters[name]
    given = declared.prior_at(with_some(layout.model, values)).arguments
    shape = layout.shape(name)
    loc, scale = (
        bn.reshape(bn.broadcast_to(library.array(given[part]), shape), (-1,))
        for part in ("loc", "scale")
    )
    return loc, scale


def row_log_likelihood(
    model: type[Model],
    values: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outcome: Any,
    library: Library,
    about: Any = None,
) -> Any:
    """The log-likelihood of each row, shape (n,); a vector outcome's components are summed.

    For new rows `about` is the outcome of the fit, by which an energy's nodes are placed.
    """
    made = model(**values).likelihood(**inputs)
    if isinstance(made, EnergyBased):
        return made.log_prob_of_rows(outcome, library, about)
    return made.log_prob_of_rows(outcome, library)


def energy_of(
    model: type[Model], values: Mapping[str, Any], inputs: Mapping[str, Any]
) -> EnergyBased:
    """The unnormalised density of a model at values of its parameters.

    Raises
    ------
    BadInput
        If its likelihood is another.
    """
    made = model(**values).likelihood(**inputs)
    if not isinstance(made, EnergyBased):
        raise BadInput(
            f"{model.__name__}.likelihood",
            found=f"{made!r}",
            expected="an EnergyBased density",
            remedy="only that has a partition function; fit_mle fits the others",
        )
    return made


def log_likelihood_parts(
    layout: Layout,
    values: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outcome: Any,
    library: Library,
    about: Any = None,
) -> Any:
    """The log-likelihoods that add up to the total: of each row, or of each group of a latent."""
    if layout.model.latents:
        return log_marginal(layout, values, inputs, outcome, library)
    return row_log_likelihood(layout.model, values, inputs, outcome, library, about)


def total_log_likelihood(
    layout: Layout,
    values: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outcome: Any,
    library: Library,
    about: Any = None,
    weights: Any = None,
) -> Any:
    """The log-likelihood of all rows together, with the model's latents integrated out.

    Rows that share an effect are not independent once it is integrated out: then a group has
    a log-likelihood, and a row has one only for given effects, as in `layout.joint`. A mean
    is over the rows of the table all the same. With weights, shape (n,), a row counts as often
    as its weight says; where they are (blocks, rows a block), all columns are in such blocks.
    """
    if weights is not None and len(weights.shape) > 1:

        def of_block(values: Any, block: Any) -> Any:
            rows, seen, counted = block
            return total_log_likelihood(layout, values, rows, seen, library, about, counted)

        return one_pass(of_block, values, (inputs, outcome, weights))
    parts = log_likelihood_parts(layout, values, inputs, outcome, library, about)
    if weights is None:
        return parts.sum()
    return library.xp.where(weights > 0, weights * parts, 0.0).sum()


def log_prior_parts(
    model: type[Model], values: Mapping[str, Any], library: Library
) -> dict[str, Any]:
    """The log-density of each parameter's prior, truncated to its support and renormalised.

    By parameter, entry by entry: each has the parameter's shape. `Flat()` has none.
    """
    instance = model(**values)
    parts: dict[str, Any] = {}
    for name, declared in model.parameters.items():
        prior = declared.prior_at(instance)
        if prior.is_flat:
            continue
        part = prior.build(library).log_prob(values[name])
        if not declared.support.covers(prior.support):
            part = part - _log_mass(prior, declared.support, library)
        # A prior may be one number where the parameter has several.
        parts[name] = part + library.xp.zeros_like(values[name])
    return parts


def log_prior(model: type[Model], values: Mapping[str, Any], library: Library) -> Any:
    """The log-density of all the priors together, each truncated and renormalised.

    `Flat()` adds nothing: the density is then known up to a constant only.
    """
    parts = log_prior_parts(model, values, library).values()
    return sum((part.sum() for part in parts), library.array(0.0))


def _log_mass(prior: Distribution, support: Support, library: Library) -> Any:
    """The logarithm of the probability that the prior puts on the support.

    A mass far above the centre of a symmetric family is taken by reflection, where the
    distribution function is small and so has all its digits. Of another family a mass below
    1e-10 is no number: it would be one without digits, or zero and the density infinite.
    """
    built = prior.build(library)

    def cdf(at: Any) -> Any:
        if prior.family.name != "Normal":
            return built.cdf(library.array(at))
        # Torch's own is (1 + erf) / 2, which has no digits left in the lower tail.
        return 0.5 * bn.erfc((built.loc - library.array(at)) / (built.scale * 2**0.5))

    above = cdf(support.upper) if np.isfinite(support.upper) else library.array(1.0)
    below = cdf(support.lower) if np.isfinite(support.lower) else library.array(0.0)
    direct = above - below
    if prior.family.name not in SYMMETRIC or not np.isfinite(support.lower):
        return library.xp.log(library.xp.where(direct < LEAST, np.nan, direct))
    twice = 2 * library.array(prior.arguments["loc"])
    reflected = cdf(twice - support.lower)
    if np.isfinite(support.upper):
        reflected = reflected - cdf(twice - support.upper)
    return library.xp.log(library.xp.where(direct < 0.5, reflected, direct))


def columns_in(bound: Bound, library: Library) -> tuple[dict[str, Any], Any]:
    """The inputs and the outcome as the library's arrays: float64, or whole numbers of levels."""
    inputs = {name: library.column(values) for name, values in bound.inputs.items()}
    return inputs, library.array(bound.outcome)


def summed_in(bound: Bound, library: Library) -> tuple[dict[str, Any], Any, Any]:
    """Inputs, outcome and weights, or None for these, of rows whose log-likelihoods add up to all.

    They are few where few are enough: what is asked of the rows one by one is not to be had.
    Where they are many they come to JAX in blocks, see `bayesbench.row_blocks`.
    """
    few = bound.few
    blocks = few.blocks if library.in_blocks() else None
    if blocks is not None:
        inputs = {name: library.column(cut(values, blocks)) for name, values in few.inputs.items()}
        weights = cut_weights(few.n, blocks, few.weights)
        return inputs, library.array(cut(few.outcome, blocks)), library.array(weights)
    return *columns_in(few, library), None if few.weights is None else library.array(few.weights)
