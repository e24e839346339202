"""Climbs without an end, told in many data sets at once.

The rule is that of a single fit, `experiments.endless`: an entry that came far is carried
further outwards, the others maximised anew at each stop, and the function must rise all the way.
Where a scale closes onto rows that the rest fits exactly, rounding ends the rise some time: such
an entry is followed from a scale of 1e-5 or so to one of 1e-13, and the rise must be as steep at
the end as in the beginning. Where the others can take an entry's place (an intercept of rows that
are all 0, beside a slope) there is nothing left to rise: last of all the straight line is
followed that leads from zero to where the climb ended. What is none of these is left to the
search of a single fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bayesbench.batched.edges import Held, tolerance
from bayesbench.batched.heights import Heights
from bayesbench.density import entry_supports
from bayesbench.fit.experiments import Endless
from bayesbench.fit.starts import climb_all

CAME_FAR = 5.0  # of an entry of z: the climb began at zero
BACK = (0.02, 0.1, 0.25, 1.0)  # of the way that it came
ON_A_LINE = 100.0 ** np.arange(5)  # steps from there, in its own size
ON_A_HALF_LINE = np.array([4.0, 4.0, 8.0, 16.0])  # of a logarithm: a factor of 1e14
CLOSING = np.array([20.0, 24.0, 30.0, 40.0, 60.0])  # logarithms, of a variance say
LARGE = 1e-3  # beside a scale of 1e-13
FIRST, *_, LAST = np.diff(CLOSING)
STEADY = 0.05  # by how much of the first slope the last one may be less


@dataclass(frozen=True)
class _Way:
    """Stops at which an entry is held, a row each in z: (stops, datasets, size)."""

    entry: int
    stops: np.ndarray
    asked: np.ndarray  # which data sets, (datasets,)
    steady: bool
    straight: bool = False  # whether the others stay on the line


def endless_of(
    heights: Heights, z: np.ndarray, held: Held, asked: np.ndarray, size: np.ndarray
) -> dict[int, Endless]:
    """The entry along which a data set has no maximum, by data set, of those where there is one.

    Parameters
    ----------
    heights : Heights
    z : array, shape (datasets, size)
        Where the climbs ended, which began at zero.
    held : Held
        What lies on an edge: such data sets are not looked at.
    asked : array of bool, shape (datasets,)
        Those that ended at no plain maximum.
    size : array, shape (datasets,)
        The largest outcome: a scale closes if it is small beside that.
    """
    found: dict[int, Endless] = {}
    waiting = asked & ~held.held.any(axis=1) & np.isfinite(z).all(axis=1)
    for way in _ways(heights, z, size):
        which = waiting & way.asked
        if not which.any():
            continue
        profile = _profile(heights, way, which)
        rises = np.diff(profile, axis=0)
        least = tolerance(profile[-1])
        up = np.isfinite(profile).all(axis=0) & (rises >= -least).all(axis=0)
        up &= rises.sum(axis=0) > 10 * least
        if way.steady:
            up &= rises[-1] / rises[0] > (1 - STEADY) * LAST / FIRST
        for k in map(int, np.flatnonzero(which & up)):
            found[k] = Endless(way.entry, _edge(heights, way, k), profile[:, k].tolist())
            waiting[k] = False
    return found


def _ways(heights: Heights, z: np.ndarray, outcome: np.ndarray) -> Iterator[_Way]:
    """Where each entry may be going: on from where it came, alone or with others; or closing."""
    supports = entry_supports(heights.layout, heights.priors)
    bounded = np.array([np.isfinite([s.lower, s.upper]).any() for s in supports])
    lines = list[_Way]()
    for entry in range(z.shape[1]):
        axis = np.arange(z.shape[1]) == entry
        size = np.abs(z[:, entry])
        far = size > CAME_FAR
        one = np.sign(z[:, [entry]]) * axis
        if bounded[entry]:
            yield _Way(entry, _stops(z, one, ON_A_HALF_LINE), far, steady=False)
            closes = (size > CLOSING[-1]) & (outcome > LARGE)
            yield _Way(entry, CLOSING[:, None, None] * one, closes, steady=True)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                both = np.where(bounded, 0.0, z) / size[:, None]
            for way in (one, np.nan_to_num(both)):
                steps = np.maximum(1.0, size)[:, None] * way
                yield _Way(entry, _stops(z, steps, ON_A_LINE), far, steady=False)
            lines.append(_Way(entry, _stops(z, steps, ON_A_LINE), far, False, straight=True))
    yield from lines


def _stops(z: np.ndarray, way: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    before = [part * z for part in BACK]
    return np.stack([*before, *(z + total * way for total in np.cumsum(sizes))])


def _profile(heights: Heights, way: _Way, which: np.ndarray) -> np.ndarray:
    """The height at each stop, (stops, datasets), the others maximised anew.

    Their climb begins at the higher of two places: at the stop, or where the last climb ended,
    moved as the way moves it. Where no step can be computed they stay there.
    """
    shape = way.stops.shape[1:]
    if way.straight:
        free = Held.none(shape).objective(heights)
        asked = (np.where(which[:, None], stop, 0.0) for stop in way.stops)
        return np.stack([np.nan_to_num(free(stop)[0], nan=-np.inf) for stop in asked])
    at, before, profile = way.stops[0], way.stops[0], []
    for stop in way.stops:
        moved, stop = (np.where(which[:, None], to, 0.0) for to in (at + stop - before, stop))
        pinned = Held.none(shape).holding(which, way.entry, heights.own(stop)[0][:, way.entry])
        climbed = pinned.objective(heights)
        here, there = (np.nan_to_num(climbed(z)[0], nan=-np.inf) for z in (stop, moved))
        start, least = np.where((there > here)[:, None], moved, stop), np.maximum(here, there)
        top, height, _ = climb_all(climbed, start)
        higher = height > least
        at = np.where(higher[:, None], top, start)
        at[:, way.entry], before = stop[:, way.entry], stop
        profile.append(np.where(higher, height, least))
    return np.stack(profile)


def _edge(heights: Heights, way: _Way, k: int) -> float:
    support = entry_supports(heights.layout, heights.priors)[way.entry]
    outwards = way.stops[-1, k, way.entry] > way.stops[0, k, way.entry]
    return support.upper if outwards else support.lower
