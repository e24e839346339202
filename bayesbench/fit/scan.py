"""The log-likelihood along one entry: its maxima, and the minima between them.

A slice holds the other entries where they are. Its turns are found on a grid that is doubled
until their number settles, and each is refined to where the slope is zero. A ripple that is
narrower than that grid's step, and so all but level, can be missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from bayesbench.density import summed_in, total_log_likelihood
from bayesbench.fit.experiments import tolerance
from bayesbench.fit.objective import starts_at_once
from bayesbench.layout import Bound
from bayesbench.libraries import torch_library

COARSE, FINE = 257, 2**17  # points of the grid: at least, and at most
IN_A_HILL = 4  # points from the top of the narrowest hill to its foot, on the first grid
SETTLED = 0.02  # of the maxima: so many may come and go with the last doubling
CLOSE, REFINED = 1e-9, 60  # of the range: how far a turn may still move; and rounds at most
AT_ONCE = 64  # values of the entry: what is computed for them stays in the cache


@dataclass(frozen=True)
class Slice:
    """The total log-likelihood, and its slope, at many values of one entry."""

    heights: Callable[[np.ndarray], np.ndarray]
    slopes: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Scan:
    """What a slice shows over a range.

    Attributes
    ----------
    at, heights : array, shape (points,)
        The last grid.
    maxima, minima : array
        Inside of the range, in order; they alternate.
    """

    at: np.ndarray
    heights: np.ndarray
    maxima: np.ndarray
    minima: np.ndarray


def slice_along(bound: Bound, centre: np.ndarray, entry: int) -> Slice:
    """The slice through `centre`, shape (size,), on the parameters' own scale."""
    library, layout = torch_library(), bound.layout
    inputs, outcome, weights = summed_in(bound, library)
    held = {name: library.array(value) for name, value in layout.split(centre).items()}
    moved = np.arange(len(centre)) == entry
    (name, here), *_ = ((k, part) for k, part in layout.split(moved).items() if part.any())

    def height(value: torch.Tensor) -> torch.Tensor:
        # What the other parameters alone make is the same for all values, and computed once.
        values = held | {name: torch.where(torch.as_tensor(here), value, held[name])}
        return total_log_likelihood(layout, values, inputs, outcome, library, weights=weights)

    def many(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., np.ndarray]:
        batched = torch.func.vmap(function, chunk_size=min(AT_ONCE, starts_at_once(bound.few.n)))

        def values(at: np.ndarray) -> np.ndarray:
            return batched(library.array(at)).detach().numpy() if len(at) else np.zeros(0)

        return values

    heights = many(height)

    def finite(at: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.nan_to_num(heights(at), nan=-np.inf, posinf=np.inf, neginf=-np.inf)

    return Slice(finite, many(torch.func.grad(lambda value: height(value) + 0 * value)))


def scan(along: Slice, over: tuple[float, float], top: float, curvature: float) -> Scan:
    """The maxima and minima of a slice over a range.

    Parameters
    ----------
    along : Slice
    over : pair of float
    top, curvature : float
        The height and the second derivative at a maximum: from these, and from how far the
        slice falls in general, the width of that hill is guessed, and the first grid's step.
    """
    at = np.linspace(*over, COARSE)
    heights = along.heights(at)
    fall = top - float(np.median(heights[np.isfinite(heights)])) if top > heights.min() else 0.0
    if fall > 0 and curvature < 0:
        hill = math.sqrt(2 * fall / -curvature)  # of a parabola as deep as the slice falls
        wanted = int(min(IN_A_HILL * (over[1] - over[0]) / hill, FINE / 2))
        if wanted > COARSE:
            at = np.linspace(*over, wanted)
            heights = along.heights(at)
    count = len(_turns(heights)[0])
    while 2 * len(at) - 1 <= FINE:
        at, heights = _doubled(along, at, heights)
        before, count = count, len(_turns(heights)[0])
        if abs(count - before) <= SETTLED * count:
            break
    highs, lows = (_refined(along, at, places, sign) for places, sign in _signed(heights))
    return Scan(at, heights, *_without_ripples(along, highs, lows))


def _doubled(along: Slice, at: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The grid with a point more in each gap."""
    between = (at[1:] + at[:-1]) / 2
    finer, higher = np.empty(2 * len(at) - 1), np.empty(2 * len(at) - 1)
    finer[::2], finer[1::2] = at, between
    higher[::2], higher[1::2] = heights, along.heights(between)
    return finer, higher


def _turns(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places that are higher, and those that are lower, than both neighbours."""
    left, here, right = heights[:-2], heights[1:-1], heights[2:]
    highs = np.flatnonzero((here > left) & (here >= right)) + 1
    return highs, np.flatnonzero((here < left) & (here <= right)) + 1


def _signed(heights: np.ndarray) -> tuple[tuple[np.ndarray, float], tuple[np.ndarray, float]]:
    highs, lows = _turns(heights)
    return (highs, 1.0), (lows, -1.0)


def _refined(along: Slice, at: np.ndarray, places: np.ndarray, sign: float) -> np.ndarray:
    """Where the slope changes its sign between the neighbours of these points.

    By false position with the Illinois rule (Dowell and Jarratt 1971), all of them side by side.
    """
    low, high = at[places - 1], at[places + 1]
    found, close = at[places].copy(), CLOSE * (at[-1] - at[0])
    ahead, behind = (sign * along.slopes(ends) for ends in (low, high))
    # Where a hair of a ripple turned the slope at an end, the grid's own point must do.
    going = np.flatnonzero((ahead > 0) & (behind < 0))
    for _ in range(REFINED):
        if not len(going):
            break
        left, right, up, down = low[going], high[going], ahead[going], behind[going]
        here = np.clip((left * down - right * up) / (down - up), left, right)
        slope = sign * along.slopes(here)
        further = slope > 0
        moved = np.abs(here - found[going])
        found[going] = here
        low[going], high[going] = np.where(further, here, left), np.where(further, right, here)
        ahead[going] = np.where(further, slope, up / 2)
        behind[going] = np.where(further, down / 2, slope)
        going = going[(moved > close) & (slope != 0)]
    return found + 0.0  # no minus zero


def _without_ripples(
    along: Slice, maxima: np.ndarray, minima: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same without neighbours whose heights differ by rounding only."""
    turns = np.concatenate([maxima, minima])
    if not len(turns):
        return maxima, minima
    kinds = np.repeat([1, -1], [len(maxima), len(minima)])
    order = np.argsort(turns)
    heights = along.heights(turns)[order]
    kept: list[int] = []
    for k in range(len(order)):
        if kept and abs(heights[k] - heights[kept[-1]]) <= tolerance(heights[k]):
            kept.pop()
        else:
            kept.append(k)
    turns, kinds = turns[order][kept], kinds[order][kept]
    return turns[kinds > 0], turns[kinds < 0]
