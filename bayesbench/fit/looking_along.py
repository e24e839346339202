"""Local optima along one entry: which there are, how wide their basins, where starts end.

The slice of the log-likelihood shows the basins while everything else is held; plain
gradient ascent in all parameters, from many starts along the entry, shows the true ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.density import Pins, entry_supports
from bayesbench.errors import BadInput, nearest
from bayesbench.fit.ascent import Ascent, ascend, steady_rate
from bayesbench.fit.information import own_values
from bayesbench.fit.mle import fit_mle, one_thread
from bayesbench.fit.objective import Objective
from bayesbench.fit.reach import reach
from bayesbench.fit.record import Fit
from bayesbench.fit.scan import Scan, scan, slice_along
from bayesbench.fit.search import optima_of
from bayesbench.fit.start import check_seed, start_values
from bayesbench.fit.starts import check_starts, close
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.layout import Bound
from bayesbench.model import Model
from bayesbench.passes import check_summed

if TYPE_CHECKING:
    pass

from bayesbench.fit.basins import Basin, Basins

STARTS = 32  # if no number is asked for
SHARP = 1e-4  # of the slice's basin: how well an edge in all parameters is known


def basins(
    model: type[Model],
    data: Any,
    entry: str,
    over: tuple[float, float],
    *,
    start: Model | Mapping[str, Any] | None = None,
    starts: int = STARTS,
    sharp: float = SHARP,
    seed: int = 0,
) -> Basins:
    """The local optima of the log-likelihood along one entry, and their basins.

    Two things are measured. The slice holds the other entries: its maxima, and the minima
    between them, to rounding. Gradient ascent from starts that differ in the entry only
    has all parameters free, with steps of 1/λ, λ the largest curvature that was seen:
    where each ends, and between which starts the highest optimum is reached, by bisection.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data
    entry : str
        The name of one number, as theta or slopes[age].
    over : pair of float
        From where to where, inside of its support.
    start : Model or mapping, optional
        Where the other entries are held, and where they begin; what is not given is at the
        highest optimum. The edges in all parameters depend on it.
    starts : int
        How many points to begin at, evenly over the range.
    sharp : float
        How well the edges in all parameters are wanted, as a part of the slice's basin.
    seed : int
        Of the search for the highest optimum, `fit_mle` with the model's own starts.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, has no such entry, or the range is none; if
        the search ended on the edge of a support, where no gradient leads.
    """
    check_seed(seed)
    bound = bind(model, data)
    check_summed(bound)  # before anyone waits for the fit
    _checked(bound, entry, over)
    fit = fit_mle(model, data, seed=seed)
    return basins_of(fit, entry, over, start=start, starts=starts, sharp=sharp)


def basins_of(
    fit: Fit,
    entry: str,
    over: tuple[float, float],
    *,
    start: Model | Mapping[str, Any] | None = None,
    starts: int = STARTS,
    sharp: float = SHARP,
) -> Basins:
    """The same where the likelihood has been maximised already; see `basins`."""
    check_summed(fit.bound)
    place = _checked(fit.bound, entry, over)
    check_starts(starts)
    if not 0 < sharp < 1:
        raise BadInput(
            "sharp",
            found=f"{sharp:g}",
            expected="a number between 0 and 1",
            remedy="it is a part of the width of a basin",
        )
    with one_thread():
        target = log_likelihood(fit.bound)
        best = _highest_in(target, fit, place, over)
        line = Line(target, fit.bound, _held(target, best, start), place)
        seen = line.scan(best, over)
        low, high = over
        at = low + (high - low) * (np.arange(starts) + 0.5) / starts
        values = _own(target, best[None])[0]
        own = float(values[place])
        begin = line.points(np.append(at, own))
        done = ascend(target, begin, line.n, steady_rate(target, np.vstack([begin, best]), line.n))
        hits = _ended_at(target, done, best)

        def ends_there(tried: np.ndarray) -> np.ndarray:
            return _ended_at(target, ascend(target, line.points(tried), line.n, done.rate), best)

        found = _basins(line, seen, over)
        edges, about = None, next(((x.lower, x.upper) for x in found if x.covers(own)), over)
        fine = sharp * (about[1] - about[0])
        if low <= own <= high and hits[-1]:
            edges = reach(ends_there, own, at, hits[:-1], over, about, fine)
        z, there = done.z[:-1], done.arrived[:-1]
        ends = _own(target, z)
        return Basins(
            bound=fit.bound,
            entry=entry,
            over=(float(low), float(high)),
            held={k: v for k, v in line.held_by_name.items() if k != entry},
            basins=_with_ends(found, ends[there, place]),
            best=values,
            reach=edges,
            sharp=fine,
            starts=at,
            ends=ends,
            arrived=there,
            optima=optima_of(target, z[there], done.heights[:-1][there], starts),
            rate=done.rate,
            scan=seen,
        )


@dataclass(frozen=True)
class Line:
    """The points that differ in one entry only; the others are held, on their own scale."""

    target: Objective
    bound: Bound
    held: np.ndarray
    place: int

    @property
    def n(self) -> int:
        """Rows of the data."""
        return self.bound.n

    @property
    def held_by_name(self) -> dict[str, float]:
        """Every entry, where it is held."""
        names = self.bound.layout.entries
        return {name: float(value) for name, value in zip(names, self.held, strict=True)}

    def points(self, at: np.ndarray) -> np.ndarray:
        """The coordinates z at these values of the entry, shape (count, size)."""
        rows = np.repeat(self.held[None], len(at), axis=0)
        rows[:, self.place] = at
        return np.stack([self.target.unconstrain(self.bound.layout.split(row)) for row in rows])

    def scan(self, best: np.ndarray, over: tuple[float, float]) -> Scan:
        """Its turns; the curvature at z, the best optimum, tells how fine a grid is needed."""
        none = Pins.none(len(best))
        curved = self.target.hessian(best, none)[self.place, self.place]
        curved /= self.target.slopes(best)[self.place] ** 2
        along = slice_along(self.bound, self.held, self.place)
        return scan(along, over, self.target.value(best, none), float(curved))


def _checked(bound: Bound, entry: str, over: tuple[float, float]) -> int:
    """The place of the entry."""
    layout = bound.layout
    if entry not in layout.entries:
        raise BadInput(
            f"the basins of {layout.model.__name__}",
            found=f"no parameter '{entry}'",
            expected="the name of one number, as theta or slopes[age]",
            remedy=nearest(entry, list(layout.entries)),
        )
    place = layout.entries.index(entry)
    support = entry_supports(layout, priors=False)[place]
    if np.shape(over) != (2,):
        raise BadInput(
            f"the range of {entry}",
            found=repr(over),
            expected="two numbers",
            remedy="give over=(from, to)",
        )
    low, high = over
    if not (np.isfinite([low, high]).all() and support.lower < low < high < support.upper):
        raise BadInput(
            f"the range of {entry}",
            found=f"from {low:g} to {high:g}",
            expected=f"two numbers in order, inside of {support.brackets} and not on its edge",
            remedy="give over=(from, to)",
        )
    return place


def _highest_in(target: Objective, fit: Fit, place: int, over: tuple[float, float]) -> np.ndarray:
    """The coordinates z of the highest optimum in the range; of all, if the range has none."""
    if fit.status.name in ("unbounded", "diverged"):
        raise BadInput(
            f"the basins of {fit.bound.model.__name__}",
            found=f"a likelihood without a highest optimum ({fit.status.name})",
            expected="one that the search converges to",
            remedy="bayesbench fit --method mle tells more of how it ended",
        )
    found = fit.estimate if fit.estimate is not None else fit.last
    known: list[Mapping[str, Any]] = [] if found is None else [found.values]
    known += [optimum.values for optimum in fit.optima]
    inside = [v for v in known if over[0] <= fit.bound.layout.join(v)[place] <= over[1]]
    z = target.unconstrain(dict((inside or known)[0]))
    if not np.isfinite(z).all():
        raise BadInput(
            f"the basins of {fit.bound.model.__name__}",
            found="an optimum on the edge of the support",
            expected="one inside of it",
            remedy="no gradient leads to an edge, so that no start would end there",
        )
    return z


def _held(
    target: Objective, best: np.ndarray, start: Model | Mapping[str, Any] | None
) -> np.ndarray:
    """Where the entries begin, on their own scale: as given, or else at the best optimum."""
    if start is None:
        return _own(target, best[None])[0]
    known = target.constrain(best, Pins.none(len(best)))
    given = start.values if isinstance(start, Model) else dict(start)
    return _own(target, start_values(target, known | given)[None])[0]


def _own(target: Objective, z: np.ndarray) -> np.ndarray:
    """The parameters at the rows of z, on their own scale."""
    none = Pins.none(z.shape[1])
    return np.stack([own_values(target, row, none) for row in z])


def _ended_at(target: Objective, done: Ascent, best: np.ndarray) -> np.ndarray:
    """Which of the starts arrived at this optimum."""
    there = _own(target, best[None])[0]
    return done.arrived & np.array([close(end, there) for end in _own(target, done.z)])


def _basins(line: Line, seen: Scan, over: tuple[float, float]) -> tuple[Basin, ...]:
    """The maxima of the slice, each between its minima."""
    edges = np.concatenate([[over[0]], seen.minima, [over[1]]])
    heights = slice_along(line.bound, line.held, line.place).heights(seen.maxima)
    after = np.searchsorted(seen.minima, seen.maxima)
    rows = zip(seen.maxima, heights, edges[after], edges[after + 1], strict=True)
    return tuple(Basin(float(at), float(up), float(a), float(b)) for at, up, a, b in rows)


def _with_ends(found: tuple[Basin, ...], ended: np.ndarray) -> tuple[Basin, ...]:
    """The same, with how many of the ends lie in each."""
    return tuple(
        replace(each, starts=int(((ended > each.lower) & (ended <= each.upper)).sum()))
        for each in found
    )
