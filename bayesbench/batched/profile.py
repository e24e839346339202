"""Profile likelihood intervals of every entry in many data sets.

Each entry is carried outwards from the MLE on its own scale, the others maximised anew at
every stop, in all data sets side by side, until the likelihood has fallen by half a quantile of
chi-square with one degree of freedom (Wilks 1938; Venzon and Moolgavkar 1988). What a single
fit's `profile` tells beside that, other hills above all, is not looked for here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.batched.blocks import block_size, by_block
from bayesbench.batched.edges import Held
from bayesbench.batched.heights import LIKELIHOOD, Heights
from bayesbench.batched.modes import AT_ONCE, WORK, Modes, find_modes
from bayesbench.batched.sufficient import with_few_rows
from bayesbench.density import entry_supports
from bayesbench.fit.profile_walk import (
    AT_THE_END,
    CLOSE,
    FAR,
    FIRST,
    NO_GAIN,
    ON_THE_WAY,
    SHORTEST,
    root_of,
)
from bayesbench.fit.profiling import INSIDE
from bayesbench.fit.starts import climb_all

STEP, LONGEST = 0.7, 1.2  # of the root, from stop to stop: aimed at, and at most
STOPS = 100


@dataclass(frozen=True)
class ProfileEnds:
    """The ends of profile likelihood intervals.

    Attributes
    ----------
    levels : tuple of float
        The intervals' probabilities.
    low, high : array, shape (datasets, levels, size)
        On the parameters' own scale: the edge of the support where the interval reaches it,
        infinite where the likelihood never falls so far, NaN where there is no MLE, or the
        profile could not be followed, or it met a point that is higher.
    """

    levels: tuple[float, ...]
    low: np.ndarray
    high: np.ndarray


def profile_ends(
    batch: Batch, levels: Sequence[float] = (0.95,), modes: Modes | None = None
) -> ProfileEnds:
    """The profile likelihood interval of each entry in each data set, for each level.

    Parameters
    ----------
    batch : Batch
    levels : sequence of float
        Probabilities.
    modes : Modes, optional
        The MLEs, if they are known.
    """
    from scipy.special import chdtri

    found = find_modes(batch) if modes is None else modes
    falls = np.sqrt(chdtri(1, 1 - np.asarray(levels)))  # of the root of twice the fall
    few = with_few_rows(batch)
    size = block_size(few, AT_ONCE, WORK // batch.layout.size)

    def of_block(which: np.ndarray, _: Callable[[], None]) -> np.ndarray:
        top = _Top.of(found, which)
        heights = Heights(few.only(which), LIKELIHOOD)
        with np.errstate(all="ignore"):
            sides = [
                [_ends(heights, top, entry, sign, falls) for entry in range(batch.layout.size)]
                for sign in (-1.0, 1.0)
            ]
        return np.array(sides)  # (side, size, levels, datasets)

    parts = by_block(of_block, batch.datasets, size)
    low, high = np.concatenate(parts, axis=-1)[..., : batch.datasets].transpose(0, 3, 2, 1)
    return ProfileEnds(tuple(levels), low, high)


@dataclass(frozen=True)
class _Top:
    """The MLEs of a block: each has coordinates, near the edge for what lies on one."""

    z: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    height: np.ndarray
    known: np.ndarray

    @staticmethod
    def of(found: Modes, which: np.ndarray) -> _Top:
        """Those of some data sets."""
        known = found.converged[which]
        on_edge = np.isnan(found.standard_errors[which])
        z = found.z[which]
        z = np.where(on_edge, np.clip(z, -INSIDE, INSIDE), z)
        values = np.where(known[:, None], found.values[which], 0.0)
        return _Top(z, values, found.standard_errors[which], found.height[which], known)


@dataclass(frozen=True)
class _Stop:
    """Where an entry is held in each data set, the others' best place, and the root there."""

    at: np.ndarray
    z: np.ndarray
    root: np.ndarray

    def where(self, condition: np.ndarray, other: _Stop) -> _Stop:
        """The same where a condition holds, and another elsewhere."""
        return _Stop(
            np.where(condition, self.at, other.at),
            np.where(condition[:, None], self.z, other.z),
            np.where(condition, self.root, other.root),
        )


def _stop(
    heights: Heights, top: _Top, entry: int, at: np.ndarray, z: np.ndarray, gain: float
) -> _Stop:
    """Hold an entry, and climb in all others from z."""
    held = Held.none(z.shape).holding(np.ones(len(z), dtype=bool), entry, at)
    found, height, _ = climb_all(held.objective(heights), z, gain=gain)
    return _Stop(at, found, root_of(top.height - np.nan_to_num(height, nan=-np.inf)))


def _ends(heights: Heights, top: _Top, entry: int, sign: float, falls: np.ndarray) -> np.ndarray:
    """Where the profile has fallen so far on one side, (levels, datasets)."""
    support = entry_supports(heights.layout, priors=False)[entry]
    edge = support.lower if sign < 0 else support.upper
    inner, outer, end = _walked(heights, top, entry, sign, edge, falls)
    reach = {"edge": edge, "far": sign * np.inf}
    beyond = np.select([end == name for name in reach], list(reach.values()), np.nan)
    ends = []
    for fall, near, far in zip(falls, inner, outer, strict=True):
        closed = top.known & np.isfinite(far.root) & (far.root >= fall)
        ends.append(
            np.where(closed, _crossing(heights, top, entry, fall, near, far, closed), beyond)
        )
    return np.where(top.known & (end != "higher"), ends, np.nan)


def _walked(
    heights: Heights, top: _Top, entry: int, sign: float, edge: float, falls: np.ndarray
) -> tuple[list[_Stop], list[_Stop], np.ndarray]:
    """For each level the last stop inside of it, the first beyond, and how each walk ended."""
    count, start = len(top.z), top.values[:, entry]
    here = _Stop(start, top.z, np.zeros(count))
    unknown = _Stop(start, top.z, np.full(count, np.nan))
    inner, outer = [here] * len(falls), [unknown] * len(falls)
    error, size = top.errors[:, entry], np.maximum(1.0, np.abs(start))
    unit = np.where(error > 0, error, size)
    step = np.where(error > 0, STEP * error, FIRST * size)
    held_at = _held_at(heights, top, entry, edge)
    before, last = top.z, np.full(count, np.inf)
    end = np.where(~top.known, "none", np.where(start == edge, "edge", "")).astype(object)
    for _ in range(STOPS):
        going = end == ""
        if not going.any():
            break
        gap = np.abs(edge - here.at)
        over = step >= gap
        to_edge = over & np.isfinite(held_at)
        stride = np.where(to_edge, gap, np.where(over, gap / 2, step))
        place = np.where(to_edge, held_at, here.at + sign * stride)
        ahead = here.z + (here.z - before) * (stride / last)[:, None]
        asked = np.where(going, place, start), np.where(going[:, None], ahead, top.z)
        found = _stop(heights, top, entry, *asked, ON_THE_WAY)
        jump = np.abs(found.root - here.root)
        taken = going & (jump <= LONGEST)
        reached = _Stop(np.where(to_edge, edge, place), found.z, found.root)
        for k, fall in enumerate(falls):
            open_yet = taken & np.isnan(outer[k].root)
            inside = found.root < fall
            inner[k] = reached.where(open_yet & inside, inner[k])
            outer[k] = reached.where(open_yet & ~inside, outer[k])
        before = np.where(taken[:, None], here.z, before)
        last = np.where(taken, stride, last)
        here = reached.where(taken, here)
        step = stride * np.where(taken, np.clip(STEP / jump, 0.3, 3.0), 0.25)
        higher = 0.5 * found.root**2 > NO_GAIN + 1e-9 * np.abs(top.height)
        reasons = {
            "lost": ~taken & (stride < SHORTEST * unit),
            "far": np.abs(here.at - start) > FAR * unit,
            "edge": taken & (to_edge | (over & (gap < SHORTEST * unit))),
            "fallen": taken & (found.root >= falls.max()),
            "higher": taken & (found.root < 0) & higher,
        }
        for reason, which in reasons.items():
            end[going & which] = reason
    return inner, outer, end


def _held_at(heights: Heights, top: _Top, entry: int, edge: float) -> np.ndarray:
    """Where to hold an entry for the edge: the first place next to it that can be computed."""
    place = np.full(len(top.z), np.nan)
    if not np.isfinite(edge):
        return place
    inwards = np.sign(top.values[:, entry] - edge)
    everywhere = np.ones(len(place), dtype=bool)
    for at in (
        np.full(len(place), edge),
        edge + inwards * 1e-300,
        np.nextafter(edge, edge + inwards),
    ):
        held = Held.none(top.z.shape).holding(everywhere, entry, at)
        value, slope, curved = heights(top.z, held.held, held.at)
        fine = np.isfinite(value) & np.isfinite(slope).all(axis=1)
        fine &= np.isfinite(curved).all(axis=(1, 2))
        place = np.where(np.isnan(place) & fine, at, place)
    return place


def _crossing(
    heights: Heights,
    top: _Top,
    entry: int,
    fall: float,
    near: _Stop,
    far: _Stop,
    closed: np.ndarray,
) -> np.ndarray:
    """Where the root crosses `fall` between two stops, by Chandrupatla's method (1997)."""
    from scipy.optimize import elementwise

    which = np.flatnonzero(closed)
    ends = np.full(len(closed), np.nan)
    if not len(which):
        return ends

    def above(part: np.ndarray, number: np.ndarray) -> np.ndarray:
        n, whole = which[number.astype(int)], np.zeros(len(closed))
        whole[n] = part
        at = near.at + whole * (far.at - near.at)
        begin = near.z + whole[:, None] * (far.z - near.z)
        some = np.zeros(len(closed), dtype=bool)
        some[n] = True
        asked = np.where(some, at, top.values[:, entry]), np.where(some[:, None], begin, top.z)
        roots = _stop(heights, top, entry, *asked, AT_THE_END).root
        known = np.select([whole == 0, whole == 1], [near.root, far.root], roots)
        return known[n] - fall

    done = elementwise.find_root(
        above,
        (np.zeros(len(which)), np.ones(len(which))),
        args=(np.arange(len(which)),),
        tolerances={"xatol": CLOSE, "xrtol": 0.0, "fatol": CLOSE},
    )
    ends[which] = near.at[which] + done.x * (far.at[which] - near.at[which])
    return ends
