"""The posterior of a single parameter by numerical integration: nothing is sampled.

It holds the sampler to account, gives the evidence with an error, and draws the curves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from bayesbench.binding import bind
from bayesbench.density import Pins, supports
from bayesbench.fit.at_draws import draws_on_own_scale, likelihood_and_prior, log_densities
from bayesbench.fit.map import posterior_mode
from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Fit, Status
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library
from bayesbench.model import Model
from bayesbench.predict.events import event_values

NEGLIGIBLE = 50.0  # e^-50 of the highest density: what lies beyond is left out
WORK = 20_000_000  # rows times points that are looked at before integrating
MOST_HILLS = 30
GRID = 401  # points of the curves
PARTIAL = 0.5  # of an sd: ten times the Monte Carlo error of 400 draws


@dataclass(frozen=True)
class Quadrature:
    """The posterior of one parameter, integrated.

    Attributes
    ----------
    log_evidence : float
        The logarithm of the prior-averaged likelihood.
    error : float
        The integrator's estimate of the absolute error of `log_evidence`.
    mean, sd : float
        Of the parameter, on its own scale.
    events : mapping of float
        The posterior predictive probability of each event.
    highest, highest_at : float
        The highest log-density of the unconstrained coordinate that was met, and the
        parameter there: it may be higher than the mode that a search found.
    curves : mapping of arrays
        `value` on the parameter's own scale, and there the densities `prior` and
        `posterior` and the `likelihood` scaled to enclose the same area of one.
    """

    log_evidence: float
    error: float
    mean: float
    sd: float
    events: Mapping[str, float]
    highest: float
    highest_at: float
    curves: Mapping[str, np.ndarray]


def quadrature(model: type[Model], data: Any = None) -> Quadrature | None:
    """Integrate the posterior of a model with one parameter and a proper prior.

    The integral runs over the unconstrained coordinate, by SciPy's adaptive
    Gauss-Kronrod rule (`scipy.integrate.cubature`), as far as the density is above e^-50 of its
    highest value. The density is first looked at over the whole line, and at the data's own
    values, so that the hills that a search did not climb are integrated too.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.

    Returns
    -------
    Quadrature or None
        None if the model has several parameters, latents, an improper prior, or no mode, or
        if its density is not a number somewhere.

    Raises
    ------
    BadInput
        If the model can't be bound to the data.
    KeyboardInterrupt
        If the search for the mode was interrupted.
    """
    bound = bind(model, data)
    if bound.layout.size != 1 or model.latents or any(p.is_flat for p in model.parameters.values()):
        return None
    target, mode = posterior_mode(bound, "unconstrained")
    if mode.status.name == "interrupted":
        raise KeyboardInterrupt
    if not mode.status.converged:
        return None
    low, high = (_reach(target, mode.z, mode.value, sign) for sign in (-1.0, 1.0))
    if low is None or high is None:
        return None
    z = np.unique(np.concatenate([_everywhere(bound, mode.z[0], mode.covariance[0, 0]), mode.z]))
    heights = _heights(bound, z[:, None])
    seen = np.flatnonzero(heights > heights.max() - NEGLIGIBLE)
    low = min(low, z[max(0, seen[0] - 1)])
    high = max(high, z[min(len(z) - 1, seen[-1] + 1)])
    hills = _hills(z, heights)
    return _integrated(bound, hills, float(low), float(high))


def held_to(integral: Quadrature, fit: Fit) -> Fit:
    """The posterior's fit; not converged if its draws are those of a part of the posterior.

    Chains that all sit on one of several hills agree, and know nothing of the others.
    """
    if not fit.converged or fit.draws is None:
        return fit
    ((name, values),) = fit.draws.values.items()
    mean, sd = float(np.mean(values)), float(np.std(values))
    off = max(abs(mean - integral.mean), abs(sd - integral.sd))
    if off <= PARTIAL * integral.sd:
        return fit
    words = (
        f"not converged: the chains agree, but on a part of the posterior only: theirs is a mean "
        f"of {mean:.4g} and an sd of {sd:.4g} of {name}, and by numerical integration they are "
        f"{integral.mean:.4g} and {integral.sd:.4g}; begin chains at start= values on each hill."
    )
    return replace(fit, status=Status("not converged", words))


def _reach(target: Objective, z: np.ndarray, highest: float, sign: float) -> float | None:
    """How far from the mode the density is negligible."""
    for step in 0.01 * 1.5 ** np.arange(60):
        value = target.value(z + sign * step, Pins.none(1))
        if not value > highest - NEGLIGIBLE:
            return float(z[0] + sign * step)
    return None


def _everywhere(bound: Bound, mode: float, variance: float) -> np.ndarray:
    """Points of the line from close to the mode to far out, and where the data lie."""
    count = int(np.clip(WORK // bound.n, 101, 4001))
    width = np.sqrt(variance) if np.isfinite(variance) and variance > 0 else 1.0
    points = [mode + width * np.sinh(np.linspace(-16, 16, count))]
    (support,) = supports(bound.layout, priors=True).values()
    places = np.quantile(bound.outcome, np.linspace(0, 1, min(bound.n, count)))
    if np.isfinite([support.lower, support.upper]).all():
        inside = np.linspace(support.lower, support.upper, count + 2)[1:-1]
        places = np.concatenate([places, inside])
    inside = places[(places > support.lower) & (places < support.upper)]
    if np.isfinite([support.lower, support.upper]).any():
        points.append(np.linspace(-30, 30, count))
        points = [part[np.abs(part) < 300] for part in points]  # e^300 is no number to compute
    library = jax_library()
    with jax.enable_x64(True):
        back = library.bijection(support).inv(library.array(inside))
    return np.concatenate([*points, np.asarray(back)])


def _heights(bound: Bound, z: np.ndarray) -> np.ndarray:
    """The log-densities; what is no number, as a rate below zero gives, counts for nothing."""
    found = log_densities(bound, z)
    return np.where(np.isnan(found), -np.inf, found)


def _hills(z: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The points that are higher than their neighbours, the highest first, as (z, height)."""
    padded = np.concatenate([[-np.inf], heights, [-np.inf]])
    tops = np.flatnonzero((heights >= padded[:-2]) & (heights >= padded[2:]))
    tops = tops[heights[tops] > heights.max() - NEGLIGIBLE]
    tops = tops[np.argsort(-heights[tops])][:MOST_HILLS]
    return np.column_stack([z[tops], heights[tops]])


def _integrated(bound: Bound, hills: np.ndarray, low: float, high: float) -> Quadrature | None:
    from scipy.integrate import cubature

    layout, model = bound.layout, bound.model
    name = next(iter(model.parameters))
    top, highest = hills[0]
    centre = float(np.ravel(draws_on_own_scale(layout, np.full((1, 1, 1), top))[name])[0])

    def integrand(z: np.ndarray) -> np.ndarray:
        weight = np.exp(_heights(bound, z) - highest)
        values = draws_on_own_scale(layout, z[None])
        away = np.ravel(values[name]) - centre
        chances = [np.ravel(v) for v in event_values(model, values).values()]
        return np.stack([weight * f for f in (1.0 + 0 * away, away, away**2, *chances)], axis=-1)

    breaks = [[z] for z in hills[:, 0] if low < z < high]
    done = cubature(integrand, [low], [high], points=breaks, rtol=1e-12, atol=1e-14)
    mass = float(done.estimate[0])
    if not (np.isfinite(done.estimate).all() and mass > 0):
        return None
    first, second, *chances = done.estimate[1:] / mass
    mean, sd = centre + first, float(np.sqrt(second - first**2))
    log_evidence = highest + np.log(mass)
    domain = model.parameters[name].domain
    left, right = max(domain.lower, mean - 6 * sd), min(domain.upper, mean + 6 * sd)
    grid = np.linspace(left, right, GRID)
    # Not on the edges themselves, where a density may not be a number.
    inside = np.clip(grid, left + 1e-9 * (right - left), right - 1e-9 * (right - left))
    shape = layout.shape(name)
    likelihood, prior = likelihood_and_prior(bound, {name: inside.reshape(-1, *shape)})
    likelihood = np.where(np.isnan(likelihood), -np.inf, likelihood)
    scaled = np.exp(likelihood - likelihood.max())
    return Quadrature(
        log_evidence=float(log_evidence),
        error=float(done.error[0]) / mass,
        mean=float(mean),
        sd=sd,
        highest=float(highest),
        highest_at=centre,
        events=dict(zip(model.events, map(float, chances), strict=True)),
        curves={
            "value": grid,
            "prior": np.exp(prior),
            "likelihood": scaled / np.trapezoid(scaled, grid),
            "posterior": np.exp(likelihood + prior - log_evidence),
        },
    )
