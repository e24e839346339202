"""Symmetries of a likelihood: found by trying, not by the model's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from bayesbench.fit.at_draws import likelihood_and_prior, pointwise_log_likelihood
from bayesbench.fit.involutions import Involution, combined, elementary, reflections
from bayesbench.layout import Bound

POINTS = 8
SAME = 1e-9  # of a log-likelihood or of 1
TOGETHER = 3  # moves that are tried at once: two means, two widths and a share have as many
TRIED = 500  # combinations of so many moves
SCREENED = {"points": 2, "rows": 20, "batch": 64}  # before all points and rows are looked at


@dataclass(frozen=True)
class Symmetry:
    """A change of the parameters that leaves every row's log-likelihood as it is.

    Attributes
    ----------
    change : Involution
    entries : tuple of str
        The entries that it moves.
    prior_too : bool
        Whether it leaves the log-prior as it is, too: the posterior is then symmetric.
    """

    change: Involution
    entries: tuple[str, ...]
    prior_too: bool

    @property
    def kind(self) -> str:
        """`swap` where entries change places, else `sign`."""
        return "swap" if self.change.swapped else "sign"

    @property
    def words(self) -> str:
        """What becomes what: `a ↔ -a`."""
        return self.change.words


def some_points(flat: np.ndarray) -> np.ndarray:
    """A few of the points, evenly spaced: where changes are tried."""
    return flat[np.linspace(0, len(flat) - 1, POINTS).astype(int)]


def symmetries(bound: Bound, at: np.ndarray, apart: frozenset[int]) -> tuple[Symmetry, ...]:
    """The symmetries that move an entry which is apart, the simplest first.

    Tried are the changes of `elementary`, each by itself, then two and three at once, as the
    components of a mixture need it: their means, widths and shares change places together.
    A change that contains a symmetry is not looked at.

    Parameters
    ----------
    bound : Bound
    at : array, shape (points, size)
        Points at which to try, an entry a column.
    apart : set of int
        Places of the entries about which the question is.
    """
    moves, found = elementary(bound.layout), list[Symmetry]()
    for count in range(1, TOGETHER + 1):
        tried = [
            change
            for change in islice(combined(moves, count, apart), TRIED)
            if not any(change.contains(known.change) for known in found)
        ]
        held = symmetric(bound, at, tried)
        found += [
            each
            for each in held
            if not any(each.change.contains(k.change) for k in held if k is not each)
        ]
        simple = {known.change for known in found}
        moves = [move for move in moves if move not in simple]
    return tuple(found)


def symmetric(bound: Bound, at: np.ndarray, changes: Sequence[Involution]) -> list[Symmetry]:
    """Those of the changes that are symmetries of the likelihood at all points and rows."""
    at = np.asarray(at)[:POINTS]
    some = np.unique(np.linspace(0, bound.n - 1, SCREENED["rows"]).astype(int))
    kept = _unchanged(bound.only(some), at[: SCREENED["points"]], changes, SCREENED["batch"])
    found = []
    for change in _unchanged(bound, at, kept, POINTS):
        before, after = (_log_prior(bound, points) for points in (at, change.image(at)))
        names = tuple(bound.layout.entries[k] for k in sorted(change.moved))
        found.append(Symmetry(change, names, bool(_close(after, before).all())))
    return found


def even_entries(bound: Bound, values: Mapping[str, np.ndarray], *, prior: bool) -> tuple[str, ...]:
    """The entries whose change of sign leaves every row's log-likelihood as it is.

    Parameters
    ----------
    bound : Bound
    values : mapping of arrays
        Points at which to try, a row of each parameter's array a point.
    prior : bool
        Whether the log-prior must not change either: the posterior is then even.
    """
    layout = bound.layout
    signs = [
        change
        for change in reflections(layout, priors=prior)
        if len(change.moved) == 1 and change.reflected[0][1] == 0.0
    ]
    at = layout.join({name: np.asarray(v)[:POINTS] for name, v in values.items()})
    return tuple(s.entries[0] for s in symmetric(bound, at, signs) if s.prior_too or not prior)


def _unchanged(
    bound: Bound, at: np.ndarray, changes: Sequence[Involution], batch: int
) -> list[Involution]:
    """The changes that move a point, and the log-likelihood of no row at any of the points."""
    if not changes:
        return []
    images = np.stack([change.image(at) for change in changes])
    moves = (images != at).any(axis=(1, 2))
    every = _rows(bound, np.concatenate([at[None], images]).reshape(-1, at.shape[-1]), batch)
    here, *there = every.reshape(len(changes) + 1, *(len(at), -1))
    same = [bool(_close(each, here).all()) for each in there]
    return [c for c, moved, kept in zip(changes, moves, same, strict=True) if moved and kept]


def _rows(bound: Bound, flat: np.ndarray, batch: int) -> np.ndarray:
    """Each row's log-likelihood at each point, in batches of one size: one compiled program."""
    padded = np.concatenate([flat, np.repeat(flat[-1:], -len(flat) % batch, axis=0)])
    parts = [
        pointwise_log_likelihood(bound, bound.layout.split(part[None]))[0]
        for part in np.split(padded, len(padded) // batch)
    ]
    return np.concatenate(parts)[: len(flat)]


def _log_prior(bound: Bound, flat: np.ndarray) -> np.ndarray:
    return likelihood_and_prior(bound, bound.layout.split(flat))[1]


def _close(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.isclose(one, other, rtol=SAME, atol=SAME)
