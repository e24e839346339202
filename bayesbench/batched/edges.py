"""Edges of the supports that are close by and at least as high, in many data sets at once.

The rule is that of a single fit, `experiments.higher_edge`: on the way to the edge the function
must rise, and by ever less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesbench.batched.heights import Heights
from bayesbench.density import entry_supports
from bayesbench.fit.experiments import NEAR_EDGE
from bayesbench.fit.starts import Derivatives


@dataclass(frozen=True)
class Held:
    """Entries that are held while the others are free: each array is (datasets, size).

    Attributes
    ----------
    held : array of bool
    at : array
        Where, on the parameters' own scale: a hair inside of an edge that can't be computed.
    edges : array
        The edge that an entry lies on; NaN where it lies on none.
    """

    held: np.ndarray
    at: np.ndarray
    edges: np.ndarray

    @staticmethod
    def none(shape: tuple[int, int]) -> Held:
        """Nothing is held."""
        return Held(np.zeros(shape, dtype=bool), np.zeros(shape), np.full(shape, np.nan))

    def holding(self, which: np.ndarray, entry: int, at: np.ndarray, edge: float = np.nan) -> Held:
        """The same, with one entry more held in some data sets, at a place in each."""
        held, places, edges = self.held.copy(), self.at.copy(), self.edges.copy()
        held[which, entry], places[which, entry] = True, at[which]
        edges[which, entry] = edge
        return Held(held, places, edges)

    def objective(self, heights: Heights) -> Derivatives:
        """Heights, gradients and Hessians at z alone."""
        return lambda z: heights(z, self.held, self.at)


def tolerance(value: np.ndarray) -> np.ndarray:
    """What rounding may do to sums of this size."""
    return 1e-11 * np.maximum(1.0, np.abs(value))


def at_higher_edges(heights: Heights, z: np.ndarray, held: Held) -> Held:
    """The same, with one entry more held in each data set where an edge is higher."""
    if not heights.has_edges:
        return held
    own, found = heights.own(z)[0], held
    here = heights(z, held.held, held.at)[0]
    waiting = np.ones(len(z), dtype=bool)
    for entry, support in enumerate(entry_supports(heights.layout, heights.priors)):
        width = support.upper - support.lower
        width = width if np.isfinite(width) else 1.0
        for edge in (support.lower, support.upper):
            gap = own[:, entry] - edge
            near = waiting & ~held.held[:, entry] & (np.abs(gap) < NEAR_EDGE * width)
            if near.any():
                higher, place = _higher(heights, z, held, entry, edge, gap, near, here)
                found = found.holding(higher, entry, place, edge)
                waiting &= ~higher
    return found


def _higher(
    heights: Heights,
    z: np.ndarray,
    held: Held,
    entry: int,
    edge: float,
    gap: np.ndarray,
    near: np.ndarray,
    here: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the near ones are higher on the edge, and where to hold the entry for it."""

    def at(value: np.ndarray) -> np.ndarray:
        tried = held.holding(near, entry, value)
        return heights(z, tried.held, tried.at)[0]

    on_edge, place = np.full(len(z), np.nan), np.full(len(z), edge)
    for value in (place, edge + np.sign(gap) * 1e-300, np.nextafter(edge, edge + gap)):
        unknown = near & ~np.isfinite(on_edge)
        if unknown.any():
            on_edge, place = np.where(unknown, at(value), on_edge), np.where(unknown, value, place)
    with np.errstate(invalid="ignore"):
        halfway, close, least = at(edge + 0.5 * gap), at(edge + 0.01 * gap), tolerance(here)
        rises = np.stack([halfway - here, close - halfway, on_edge - close])
        # What nothing reads is as high in the middle of its support as on the edge.
        middle = np.where(np.arange(z.shape[1]) == entry, 0.0, z)
        inside = heights(middle, held.held, held.at)[0]
        matters = on_edge > inside + 10 * least
        slower = rises[2] <= rises[:2].sum(axis=0) + least
        return near & matters & (rises >= -least).all(axis=0) & slower, place
