"""Profile likelihood: for each entry of the MLE, an interval and a curve.

The profile log-likelihood of an entry is the log-likelihood with all other entries maximised
anew at each of its values. The interval is where it is at most half of the chi-square
quantile below the maximum (Venzon and Moolgavkar 1988; Pawitan 2001, section 3.4). It does
not depend on the scale of the parameter, and keeps within its support; Wald's does neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.density import Pins, entry_supports
from bayesbench.errors import BadInput, nearest
from bayesbench.fit.information import own_values
from bayesbench.fit.mle import fit_mle, one_thread
from bayesbench.fit.objective import Objective
from bayesbench.fit.profile import End, Higher, Profile, Profiles
from bayesbench.fit.profile_walk import (
    FIRST,
    STEP,
    Ray,
    Side,
    Top,
    both_sides,
    look_around,
)
from bayesbench.fit.record import Fit
from bayesbench.fit.search import is_large
from bayesbench.fit.start import check_seed
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.layout import Layout
from bayesbench.model import Model
from bayesbench.passes import check_summed

INSIDE = 5.0  # of z: where an entry on its edge begins to climb, e^-5 from the edge
WITHOUT_LIMIT = "a likelihood that grows without limit"
LEVEL = 1e-3  # of the gradient in z, far out: the likelihood tends to a limit
APART = 0.01  # of an interval's width: a hill so far outside of it is another one


def profile(
    model: type[Model],
    data: Any = None,
    entries: str | Sequence[str] | None = None,
    *,
    prob: float = 0.95,
    starts: int | None = None,
    seed: int = 0,
) -> Profiles:
    """Maximise the likelihood, and profile it along each entry, or those that are named.

    At each value of an entry the likelihood is maximised over all others. The interval holds
    the values whose profile lies less than half a quantile of χ² with one degree of freedom
    below the maximum (Wilks 1938; Venzon and Moolgavkar 1988).

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    entries : str or several, optional
        Names of numbers, as theta or slopes[age]; all but the weights of networks if none is
        given.
    prob : float
        Of the intervals.
    starts, seed
        Of the search, as in `fit_mle`.

    Raises
    ------
    BadInput
        If the model can't be bound to the data or has no such entry, if the likelihood has
        no maximum to begin at, or if there are too many weights.
    """
    check_seed(seed)
    bound = bind(model, data)
    check_summed(bound)  # before anyone waits for the fit
    layout = bound.layout
    _checked(layout, entries, prob)
    _refuse(layout, _of_weights(layout))
    return profile_of(fit_mle(model, data, starts=starts, seed=seed), entries, prob)


def profile_of(
    fit: Fit, entries: str | Sequence[str] | None = None, prob: float = 0.95
) -> Profiles:
    """The same where the likelihood has been maximised already; see `profile`.

    Both directions of all entries are walked side by side under torch.func.vmap, the others
    climbing by Newton's method from where they were at the neighbour: a profile with several
    hills in the others follows the one that it began on. The ends are known to 1e-8 standard
    errors or so. All parameters climb freely from beyond the ends, unless the search had several
    starts and came to its highest optimum more than once. A higher maximum among what these
    reached or `fit.optima`, or one elsewhere that is about as high, is told; a narrow hill can
    be missed.

    A likelihood without a maximum that tends to a limit (separated data in a logistic
    regression) has profiles below that limit, and intervals with one end.

    Raises
    ------
    BadInput
        As in `profile`.
    """
    from scipy.special import chdtri

    began = perf_counter()
    check_summed(fit.bound)
    names = _checked(fit.bound.layout, entries, prob)
    layout = fit.bound.layout
    _refuse(layout, why_no_profile(fit))
    level = float(chdtri(1, 1 - prob)) / 2
    with one_thread():
        target = log_likelihood(fit.bound)
        top = _top(target, fit)
        rays = [
            _ray(target, fit, top, layout.entries.index(name), sign)
            for name in names
            for sign in (-1.0, 1.0)
        ]
        sides = both_sides(target, top, rays, float(np.sqrt(2 * level)))
        hills = _hills(target, fit, top, sides)
    higher = _higher(layout, top, hills)
    if higher is not None and fit.estimate is None:
        _refuse(layout, WITHOUT_LIMIT)
    pairs = zip(names, sides[::2], sides[1::2], strict=True)
    made = {name: _profile(fit, name, pair, hills, top, prob, level) for name, *pair in pairs}
    if higher is not None:
        made = {name: _without_ends(each) for name, each in made.items()}
    return Profiles(fit.bound, prob, top.height, made, higher, perf_counter() - began)


def why_no_profile(fit: Fit) -> str:
    """Why a fit has no profile likelihood, to end "found ..."; nothing if it has one."""
    if fit.method != "mle":
        return f"a fit by {fit.method}, which maximises another function"
    if fit.bound.by_passes:
        return "a table that is read in blocks: a profile would take very many passes over it"
    weights = _of_weights(fit.bound.layout)
    if weights:
        return weights
    if not fit.converged and fit.status.name != "unbounded":
        return f"no estimate ({fit.status.sentence.rstrip('.')})"
    # A likelihood that is level where the search stopped has profiles too, below its limit.
    if not fit.converged and fit.diagnostics["gradient_norm"] > LEVEL:
        return WITHOUT_LIMIT
    return ""


def _of_weights(layout: Layout) -> str:
    """The same as far as the model's networks are the reason."""
    if not layout.named:
        return "weights of networks alone, none of which means anything by itself"
    if is_large(layout):
        return f"networks with {layout.size} weights, too many to maximise over anew"
    return ""


def _refuse(layout: Layout, reason: str) -> None:
    """Raise where there is a reason."""
    if reason:
        raise BadInput(
            f"the profile likelihood of {layout.model.__name__}",
            found=reason,
            expected="a maximum of the likelihood to begin at",
            remedy="bayesbench fit --method mle tells more of how it ended",
        )


@dataclass(frozen=True)
class _Hill:
    """A maximum, on the parameters' own scale, and its height."""

    values: np.ndarray
    height: float


def _checked(layout: Layout, entries: str | Sequence[str] | None, prob: float) -> list[str]:
    """The names that were asked for."""
    if not 0 < prob < 1:
        raise BadInput(
            "prob",
            found=f"{prob:g}",
            expected="a number between 0 and 1",
            remedy="0.95 is usual",
        )
    asked = [entries] if isinstance(entries, str) else list(entries or layout.named)
    for name in asked:
        if layout.named and name not in layout.named:
            raise BadInput(
                f"the entries of {layout.model.__name__}",
                found=f"'{name}'",
                expected="the name of a number that is no weight of a network",
                remedy=nearest(name, list(layout.named)),
            )
    return list(dict.fromkeys(asked))


def _top(target: Objective, fit: Fit) -> Top:
    """The maximum, with coordinates near the edge for what lies on one."""
    instance = fit.estimate if fit.estimate is not None else fit.last
    if instance is None:
        raise TypeError("the fit has no place.")
    layout = fit.bound.layout
    values = layout.join(instance.values)
    z = target.unconstrain(layout.split(values))
    supports = entry_supports(layout, priors=False)
    lower, upper = (np.array([getattr(s, side) for s in supports]) for side in ("lower", "upper"))
    # The logarithm of a distance from below, or a logit: an edge is at minus infinity there.
    near = np.where(values == upper, INSIDE, -INSIDE)
    near = np.where(np.isinf(lower), -INSIDE, near)
    z = np.where(np.isfinite(z), z, near)
    bounded = np.isfinite(lower) | np.isfinite(upper)
    return Top(values, z, float(fit.diagnostics["value"]), bounded)


def _ray(target: Objective, fit: Fit, top: Top, entry: int, sign: float) -> Ray:
    """The way from the maximum along an entry, as it is known before the walk."""
    support = entry_supports(fit.bound.layout, priors=False)[entry]
    edge = support.lower if sign < 0 else support.upper
    error = _error(fit, entry)
    size = max(1.0, abs(float(top.values[entry])))
    unit, first = (error, STEP * error) if error > 0 else (size, FIRST * STEP * size)
    return Ray(entry, sign, edge, _held_at(target, top, entry, edge), unit, first)


def _error(fit: Fit, entry: int) -> float:
    """The standard error of an entry; NaN where there is none."""
    errors = fit.standard_errors
    return float(fit.bound.layout.join(errors)[entry]) if errors else np.nan


def _held_at(target: Objective, top: Top, entry: int, edge: float) -> float:
    """Where to hold an entry for the edge: the first place next to it that can be computed."""
    if not np.isfinite(edge) or target.holding is None:
        return np.nan
    inwards = np.sign(top.values[entry] - edge)
    places = np.array([edge, edge + inwards * 1e-300, np.nextafter(edge, top.values[entry])])
    held = np.tile(np.arange(len(top.z)) == entry, (3, 1))
    parts = target.holding(np.tile(top.z, (3, 1)), held, held * places[:, None])
    good = [k for k in range(3) if all(np.isfinite(part[k]).all() for part in parts)]
    return float(places[good[0]]) if good else np.nan


def _hills(target: Objective, fit: Fit, top: Top, sides: list[Side]) -> list[_Hill]:
    """The maxima that the search knows of, or that free climbs from beyond the walks reach.

    Where a walk met a higher point, that point is among them.
    """
    layout, none = fit.bound.layout, Pins.none(len(top.z))
    # A search that came to the highest optimum more than once has looked around already.
    seen = (np.zeros((0, len(top.z))), ()) if fit.found_again else look_around(target, sides)
    z, heights = seen
    found = [
        _Hill(own_values(target, at, none), float(up)) for at, up in zip(z, heights, strict=True)
    ]
    found += [_Hill(layout.join(each.values), each.value) for each in fit.optima]
    for side in sides:
        if side.walk.end == "higher":
            values = own_values(target, side.walk.z[-1], none)
            values[side.ray.entry] = side.walk.at[-1]
            found.append(_Hill(values, top.height + float(side.walk.roots[-1]) ** 2 / 2))
    return found


def _higher(layout: Layout, top: Top, hills: list[_Hill]) -> Higher | None:
    """The highest of the hills, if it is higher than what was taken for the maximum."""
    best = max(hills, key=lambda hill: hill.height, default=None)
    if best is None or not top.exceeded(np.array(best.height)):
        return None
    values = dict(zip(layout.entries, map(float, best.values), strict=True))
    named = {name: values[name] for name in layout.named}
    return Higher(named, best.height, best.height - top.height)


def _profile(
    fit: Fit,
    name: str,
    pair: Sequence[Side],
    hills: list[_Hill],
    top: Top,
    prob: float,
    level: float,
) -> Profile:
    """The record of an entry, from what was seen on its two sides."""
    lower, upper = pair
    entry = lower.ray.entry
    error, estimate = _error(fit, entry), float(top.values[entry])
    estimate = estimate if fit.estimate is not None else np.nan
    reach = np.sqrt(2 * level) * error
    ends = _end(lower), _end(upper)
    # The estimate itself stands on both sides.
    values = np.concatenate([lower.walk.at[:0:-1], upper.walk.at])
    roots = np.concatenate([lower.walk.roots[:0:-1], upper.walk.roots])
    return Profile(
        entry=name,
        support=entry_supports(fit.bound.layout, priors=False)[entry],
        estimate=estimate,
        se=error,
        prob=prob,
        level=level,
        lower=ends[0],
        upper=ends[1],
        wald=(estimate - reach, estimate + reach),
        values=values,
        ratios=-np.sign(roots) * roots**2 / 2 + 0.0,
        elsewhere=_elsewhere(entry, ends, hills, top, level),
        crossings=len(lower.cuts) + len(upper.cuts),
    )


def _end(side: Side) -> End:
    """Where the interval ends on a side: at the first crossing, an edge, or nowhere."""
    seen = float(side.walk.at[-1])
    if len(side.cuts):
        return End(float(side.cuts[0]), "falls", seen)
    if side.walk.end == "edge":
        return End(side.ray.edge, "edge", seen)
    if side.walk.end == "far":
        return End(side.ray.sign * np.inf, "never", seen)
    return End(np.nan, "lost", seen)


def _elsewhere(
    entry: int, ends: tuple[End, End], hills: list[_Hill], top: Top, level: float
) -> tuple[tuple[float, float], ...]:
    """The hills outside of the interval that belong to the likelihood region all the same."""
    low, high = (end.at for end in ends)
    if np.isnan([low, high]).any():
        return ()
    gap = APART * (high - low)
    found: list[tuple[float, float]] = []
    for hill in sorted(hills, key=lambda hill: -hill.height):
        value, fall = float(hill.values[entry]), top.height - hill.height
        known = any(abs(value - other) <= gap for other, _ in found)
        if fall < level and not known and not low - gap <= value <= high + gap:
            found.append((value, max(0.0, fall)))
    return tuple(found)


def _without_ends(each: Profile) -> Profile:
    """The same where the estimate is no maximum: there is no interval around it."""
    lower, upper = (End(np.nan, "none", end.seen) for end in (each.lower, each.upper))
    return replace(each, lower=lower, upper=upper, elsewhere=())
