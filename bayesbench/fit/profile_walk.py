"""Walks outwards from a maximum, along which the others are maximised anew: the profile.

A ray carries one entry outwards on its own scale. At every stop the entry is held, and the
other entries climb by Newton's method from where they were at the stop before; all rays do
so side by side. What is followed is the signed root of twice the fall below the maximum: it is
a straight line where the log-likelihood is a parabola, with a slope of one a standard error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.objective import Objective
from bayesbench.fit.starts import climb_all

STEP, LONGEST = 0.3, 0.5  # of the root, from stop to stop: aimed at, and at most
BEYOND = 1.3  # times the root at the level: so far the curve goes on
FAR = 1e6  # units: what has not fallen so far away never does
FIRST = 1e-3  # of the unit: a first step where there is no standard error
SHORTEST = 1e-10  # of the unit
STOPS = 150
CLOSE = 1e-9  # of the root, one a standard error: how well a crossing is known
ON_THE_WAY, AT_THE_END = 1e-9, 1e-11  # what the others could still gain, relative to the height
OFF = 5.0  # of a logarithm or a logit: so much nearer to an edge no climb begins
NO_GAIN = 1e-3  # of the log-likelihood: what is so little higher moves no end to speak of
AS_FAR, LOOKOUTS, TOGETHER = 512.0, 10, 64  # widths beyond; of a ray; and of all, or 2 a ray
LOOK = 60  # rounds of the free climbs from there


@dataclass(frozen=True)
class Top:
    """Where the walks begin: the parameters on their own scale, coordinates, and the height.

    The coordinates are finite also where an entry is on the edge of its support: near it.
    """

    values: np.ndarray
    z: np.ndarray
    height: float
    bounded: np.ndarray  # which entries have an edge

    def off_the_edges(self, z: np.ndarray) -> np.ndarray:
        """The same coordinates, but not as near to an edge that no slope is seen from there."""
        within = np.clip(z, self.z - OFF, self.z + OFF)
        return np.where(self.bounded, within, z)

    def exceeded(self, heights: np.ndarray) -> np.ndarray:
        """Which heights are above it by more than nothing."""
        return heights > self.height + NO_GAIN + 1e-9 * abs(self.height)


@dataclass(frozen=True)
class Ray:
    """One way from the maximum.

    Attributes
    ----------
    entry : int
    sign : float
        1 for upwards, -1 for downwards.
    edge : float
        Of the support, on this side; infinite if there is none.
    held_at : float
        Where to hold the entry for the edge: there, or a hair inside of it; NaN if the
        log-likelihood can't be computed there.
    unit : float
        The standard error; where there is none, the entry's size or 1.
    first : float
        The first step.
    """

    entry: int
    sign: float
    edge: float
    held_at: float
    unit: float
    first: float


@dataclass(frozen=True)
class Walk:
    """What was seen along a ray, from the maximum outwards.

    Attributes
    ----------
    at : array, shape (stops,)
        The entry, on its own scale.
    z : array, shape (stops, size)
        The coordinates of all others, at their best.
    roots : array, shape (stops,)
        The signed root of twice the fall; negative where it is higher than the maximum.
    end : str
        `level` (it fell far enough), `edge`, `far` (it has not, however far), `higher` (than
        the maximum), `lost` (no step is short enough to follow it) or `stops` (too many).
    """

    at: np.ndarray
    z: np.ndarray
    roots: np.ndarray
    end: str


@dataclass(frozen=True)
class Side:
    """A ray, the walk along it, and where the walk's root crosses the level, from inside out."""

    ray: Ray
    walk: Walk
    cuts: np.ndarray


def both_sides(target: Objective, top: Top, rays: list[Ray], level: float) -> list[Side]:
    """Walk along all rays, and find the crossings."""
    walks = walk(target, top, rays, level)
    cuts = crossings(target, top, rays, walks, level)
    return [Side(*each) for each in zip(rays, walks, cuts, strict=True)]


def maximised(
    target: Objective, entries: np.ndarray, values: np.ndarray, z: np.ndarray, gain: float
) -> tuple[np.ndarray, np.ndarray]:
    """Hold an entry in each row at a value of its own scale, and climb in all others from z.

    Returns
    -------
    z : array, shape (count, size)
    heights : array, shape (count,)
        Minus infinity where it can't be computed.
    """
    if target.holding is None:
        raise TypeError("the objective has no derivatives with entries held.")
    holding, held, fixed = target.holding, np.zeros(z.shape, dtype=bool), np.zeros(z.shape)
    rows = np.arange(len(z))
    held[rows, entries], fixed[rows, entries] = True, values
    ends, heights, _ = climb_all(lambda at: holding(at, held, fixed), z, gain=gain)
    return ends, np.nan_to_num(heights, nan=-np.inf)


def root_of(fall: np.ndarray) -> np.ndarray:
    """The signed root of twice a fall."""
    return np.sign(fall) * np.sqrt(2 * np.abs(fall))


def walk(target: Objective, top: Top, rays: list[Ray], level: float) -> list[Walk]:
    """Follow the profile along every ray until its root is somewhat beyond `level`.

    A stop at which the root has changed by more than a half is not taken, and a shorter step
    is; no step leads more than half of the way to an edge, unless to the edge itself.
    """
    entries = np.array([ray.entry for ray in rays], dtype=int)
    sign, edge, held_at, unit, step = np.array(
        [(ray.sign, ray.edge, ray.held_at, ray.unit, ray.first) for ray in rays]
    ).T
    at, roots = top.values[entries], np.zeros(len(rays))
    z = np.tile(top.z, (len(rays), 1))
    before, last = z.copy(), np.full(len(rays), np.inf)
    seen = [[(value, top.z, 0.0)] for value in at]
    ends = np.where(at == edge, "edge", "stops").astype(object)
    for _ in range(STOPS):
        k = np.flatnonzero(ends == "stops")
        if not len(k):
            break
        gap = np.abs(edge[k] - at[k])
        over = step[k] >= gap
        to_edge = over & np.isfinite(held_at[k])
        stride = np.where(to_edge, gap, np.where(over, gap / 2, step[k]))
        value = np.where(to_edge, held_at[k], at[k] + sign[k] * stride)
        # The others go on as they went from the stop before.
        ahead = top.off_the_edges(z[k] + (z[k] - before[k]) * (stride / last[k])[:, None])
        found, heights = maximised(target, entries[k], value, ahead, ON_THE_WAY)
        new = root_of(top.height - heights)
        jump = np.abs(new - roots[k])
        taken = jump <= LONGEST
        went = k[taken]
        at[went] = np.where(to_edge, edge[k], value)[taken]
        before[went], z[went] = z[went], found[taken]
        last[went], roots[went] = stride[taken], new[taken]
        with np.errstate(divide="ignore"):
            step[k] = stride * np.where(taken, np.clip(STEP / jump, 0.3, 3), 0.25)
        for ray in went:
            seen[ray].append((at[ray], z[ray].copy(), roots[ray]))
        reasons = {
            "lost": ~taken & (stride < SHORTEST * unit[k]),
            "far": np.abs(at[k] - top.values[entries[k]]) > FAR * unit[k],
            "edge": taken & (to_edge | (over & (gap < SHORTEST * unit[k]))),
            "level": taken & (new > BEYOND * level),
            "higher": taken & top.exceeded(heights),
        }
        for reason, which in reasons.items():
            ends[k[which]] = reason
    made = []
    for path, end in zip(seen, ends, strict=True):
        places, coordinates, falls = zip(*path, strict=True)
        made.append(Walk(np.array(places), np.array(coordinates), np.array(falls), str(end)))
    return made


def crossings(
    target: Objective, top: Top, rays: list[Ray], walks: list[Walk], level: float
) -> list[np.ndarray]:
    """For each ray where the root crosses `level`, from the maximum outwards.

    Chandrupatla's method (1997) on all of them side by side; the others climb from between
    the two stops.
    """
    from scipy.optimize import elementwise

    cuts = [
        (ray, k)
        for ray, each in enumerate(walks)
        for k in np.flatnonzero(np.diff(each.roots >= level))
    ]
    found: list[list[float]] = [[] for _ in rays]
    if not cuts:
        return [np.array(each) for each in found]
    entries = np.array([rays[ray].entry for ray, _ in cuts])
    low, high = (np.array([walks[ray].at[k + side] for ray, k in cuts]) for side in (0, 1))
    r_low, r_high = (np.array([walks[ray].roots[k + side] for ray, k in cuts]) for side in (0, 1))
    z_low, z_high = (np.array([walks[ray].z[k + side] for ray, k in cuts]) for side in (0, 1))

    def above(part: np.ndarray, number: np.ndarray) -> np.ndarray:
        n = number.astype(int)
        roots = np.where(part == 0, r_low[n], r_high[n])  # the stops are known
        inside = (part > 0) & (part < 1)
        if inside.any():
            n, part = n[inside], part[inside]
            begin = top.off_the_edges(z_low[n] + part[:, None] * (z_high[n] - z_low[n]))
            value = low[n] + part * (high[n] - low[n])
            heights = maximised(target, entries[n], value, begin, AT_THE_END)[1]
            roots[inside] = root_of(top.height - heights)
        return roots - level

    ends = (np.zeros(len(cuts)), np.ones(len(cuts)))
    done = elementwise.find_root(
        above,
        ends,
        args=(np.arange(len(cuts)),),
        tolerances={"xatol": CLOSE, "xrtol": 0.0, "fatol": CLOSE},
    )
    for (ray, _), a, b, part in zip(cuts, low, high, done.x, strict=True):
        found[ray].append(float(a + part * (b - a)))
    return [np.array(each) for each in found]


def look_around(target: Objective, sides: list[Side]) -> tuple[np.ndarray, np.ndarray]:
    """Climb freely from beyond the walks' ends: the coordinates and heights of what is reached.

    On each side the starts are ever further away, up to 512 times the width that was walked,
    or ever nearer to the edge.
    """
    if target.derivatives is None:
        raise TypeError("the objective has no batched derivatives.")
    starts = []
    widths = np.geomspace(1, AS_FAR, int(np.clip(TOGETHER // len(sides), 2, LOOKOUTS)))
    for side in sides:
        ray, each = side.ray, side.walk
        if each.end == "higher":
            starts.append(_moved(target, each.z[-1], ray.entry, each.at[-1]))
        if each.end != "level":
            continue
        last, width = each.at[-1], abs(each.at[-1] - each.at[0])
        for far in widths:
            value = last + ray.sign * far * width
            if np.isfinite(ray.edge):
                value = last + (ray.edge - last) * far / (far + 1)
            starts.append(_moved(target, each.z[-1], ray.entry, value))
    if not starts:
        return np.zeros((0, target.layout.size)), np.zeros(0)
    z, heights, arrived = climb_all(target.derivatives, np.array(starts), LOOK, ON_THE_WAY)
    return z[arrived], heights[arrived]


def _moved(target: Objective, z: np.ndarray, entry: int, value: float) -> np.ndarray:
    """The coordinates with one entry moved to a value inside of its support."""
    layout = target.layout
    values = layout.join(target.constrain(z, Pins.none(len(z))))
    values[entry] = value
    return np.where(np.arange(len(z)) == entry, target.unconstrain(layout.split(values)), z)
