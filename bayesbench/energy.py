"""Unnormalised densities: exp(-E(x)) divided by its own integral, the partition function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from bayesbench import numpy as bn
from bayesbench.distributions import Family
from bayesbench.libraries import Library
from bayesbench.partition import Rule, ends, from_t, placed, rule, sides
from bayesbench.supports import Box, Support, real

PANELS = {1: 24, 2: 6}  # a side, by the number of sides
PASSES = 8  # in search of the mass of an unbounded density
LARGEST = 1e300  # what is beyond it has overflowed
REACH = 700.0  # what is e^-700 of the largest is zero
CELLS = {1: 4096, 2: 256}  # a side, in each of which draws are uniform


@dataclass(frozen=True, eq=False, repr=False)
class EnergyBased:
    """The density exp(-E(x)) / Z on a support, with Z such that it integrates to one.

    Z is the partition function: the normalising constant as a function of the parameters.
    It is part of the likelihood, and computed by quadrature (see `partition.py`).

    Parameters
    ----------
    energy : function
        E, written with `bayesbench.numpy`: from points of shape (m,) to energies of shape
        (m,); for a box in two dimensions from (m, 2) to (m,). A constant added to it
        cancels in Z.
    support : Support or Box
        Where the density is not zero: `real`, `positive`, `interval(a, b)` or
        `box((a, b), (c, d))`.
    panels : int, optional
        How many panels of 15 nodes the quadrature has a side: more see a narrower density.
        If not given, 24 in one dimension and 6 in two.

    Raises
    ------
    TypeError
        If the support is not one that can be integrated over.
    """

    energy: Callable[[Any], Any]
    support: Support | Box
    panels: int | None = None

    family: ClassVar[Family] = Family("EnergyBased", (), real)
    arguments: ClassVar[dict[str, Any]] = {}
    batch_shape: ClassVar[tuple[int, ...]] = ()
    is_flat: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if len(sides(self.support)) not in PANELS or any(s.whole for s in sides(self.support)):
            raise TypeError(
                "EnergyBased(energy, support): a support is real, positive, interval(a, b) or "
                f"box((a, b), (c, d)), not {self.support}."
            )

    def __repr__(self) -> str:
        """Where it lives; the energy is a function."""
        return f"EnergyBased(energy, {self.support.brackets})"

    def build(self, library: Library) -> Density:
        """The density in float64, as a library, torch or JAX, computes it."""
        return self.over(library.array)

    def log_prob_of_rows(self, outcome: Any, library: Library, about: Any = None) -> Any:
        """The log-density of each row of the outcome, shape (n,), as a library computes it.

        New rows are no guide to where the density is: `about` is then the outcome that the
        parameters were fitted to; if not given, the rows themselves.
        """
        seen = outcome if about is None else about
        return self.over(library.array, seen).log_prob(outcome)

    def over(self, array: Callable[[Any], Any] = np.asarray, about: Any = None) -> Density:
        """The density with its nodes in place, as arrays that `array` makes.

        Parameters
        ----------
        array : function
            From NumPy's arrays to those of the library that computes.
        about : array, optional
            Data, by whose quartiles the nodes on an unbounded support are placed; if not
            given, they are placed where the density is.
        """
        given = sides(self.support)
        # On a line the place of the density is known to some factor only.
        wide = len(given) == 1 and not np.isfinite([given[0].lower, given[0].upper]).all()
        nodes = rule(self.support, self.panels or PANELS[len(given)] * (2 if wide else 1))
        if len(given) > 1 or ends(given[0]) == (-1.0, 1.0):
            shifts, factors = zip(*(placed(side, 0.0, 1.0) for side in given), strict=True)
            place = (array(np.array(shifts)), array(np.array(factors)))
            return Density(self.energy, self.support, nodes, array, place)
        centre, spread = array(np.array(0.0)), array(np.array(1.0))
        if about is not None:
            centre, spread = quartiles(about)
        made = Density(self.energy, self.support, nodes, array, placed(given[0], centre, spread))
        for _ in range(PASSES if about is None else 0):
            place = placed(given[0], *made.seen)
            made = Density(self.energy, self.support, nodes, array, place)
        return made


def quartiles(values: Any) -> tuple[Any, Any]:
    """The median, and a spread from the quartiles that is a Normal's standard deviation."""
    ordered, n = bn.sort(values), len(values)
    centre, width = ordered[n // 2], ordered[3 * n // 4] - ordered[n // 4]
    return centre, bn.where(width > 0, width / 1.349, bn.sqrt(bn.mean((values - centre) ** 2)))


def holds(support: Support | Box, x: Any) -> Any:
    """Whether points lie on the support, as booleans of shape (n,); None where all do."""
    found = None
    for k, side in enumerate(sides(support)):
        column = x[..., k] if isinstance(support, Box) else x
        for edge, sign in ((side.lower, 1.0), (side.upper, -1.0)):
            if np.isfinite(edge):
                within = sign * (column - edge) >= 0
                found = within if found is None else found & within
    return found


@dataclass(frozen=True, eq=False)
class Density:
    """An energy on its support with the nodes in place; see `EnergyBased`."""

    energy: Callable[[Any], Any]
    support: Support | Box
    nodes: Rule
    array: Callable[[Any], Any]
    place: tuple[Any, Any]  # the shift and the factor that put the unit nodes where they are

    @cached_property
    def points(self) -> Any:
        """The nodes, shape (m,); (m, 2) in two dimensions."""
        return self.at(self.nodes.points)

    @cached_property
    def terms(self) -> Any:
        """The logarithm of what each node adds to Z, shape (m,)."""
        shift, factor = self.place
        log_weights = self.array(self.nodes.log_weights) + bn.sum(bn.log(bn.abs(factor)))
        # Far out an energy may overflow, and the slope of what does not count would be NaN:
        # there it is computed in the middle, and left out.
        with np.errstate(over="ignore", invalid="ignore"):
            terms = log_weights - self.energy(self.points)
        if not self.nodes.rim.any():
            return terms
        top = bn.max(bn.where(bn.isnan(terms), -np.inf, terms))
        kept = terms >= bn.minimum(top, 0.0 * log_weights + LARGEST) - REACH
        points = bn.where(kept, self.points, shift + factor)
        return bn.where(kept, log_weights - self.energy(points), -np.inf)

    @cached_property
    def log_partition(self) -> Any:
        """The logarithm of Z."""
        return bn.logsumexp(self.terms, 0)

    def log_prob(self, x: Any) -> Any:
        """The log-density at points of shape (n,), or (n, 2); minus infinity off the support."""
        values = -self.energy(x) - self.log_partition
        inside = holds(self.support, x)
        return values if inside is None else bn.where(inside, values, -np.inf)

    @property
    def mean(self) -> Any:
        """The mean, of each column."""
        return bn.sum(self._shares * self.points.T, -1)

    @property
    def variance(self) -> Any:
        """The variance, of each column."""
        away = self.points - self.mean
        return bn.sum(self._shares * (away**2).T, -1)

    @property
    def seen(self) -> tuple[Any, Any]:
        """Where most of the mass of a density on the line is: a centre and a spread.

        Those of the squared density, which exist for heavy tails too; the spread is no
        smaller than the gaps between the nodes.
        """
        log_gaps = self.array(self.nodes.log_weights) + bn.log(bn.abs(self.place[1]))
        squared = 2 * self.terms - log_gaps
        shares = bn.exp(squared - bn.logsumexp(squared, 0))
        centre = bn.sum(shares * self.points)
        variance = bn.sum(shares * ((self.points - centre) ** 2 + bn.exp(2 * log_gaps)))
        return centre, bn.sqrt(2 * variance)

    def sample(self, key: Any, sample_shape: tuple[int, ...] = ()) -> Any:
        """Draws by JAX, shape `sample_shape`, or (*sample_shape, 2) in two dimensions.

        By the inverse of a distribution function: the density is taken as constant over
        each of 4,096 cells (65,536 in two dimensions), equal in the coordinate t.
        """
        import jax

        given = sides(self.support)
        count = CELLS[len(given)]
        low, high = np.array([ends(side) for side in given]).T
        middles = low + (high - low) * (np.arange(count)[:, None] + 0.5) / count
        grid = np.stack(np.meshgrid(*middles.T, indexing="ij"), axis=-1).reshape(-1, len(given))
        points, log_stretch = self.from_t(grid)
        heights = log_stretch - self.energy(self.at(points))
        masses = jax.numpy.cumsum(bn.exp(heights - bn.max(heights)))
        first, second = jax.random.split(key)
        level = jax.random.uniform(first, sample_shape, dtype=masses.dtype) * masses[-1]
        cell = jax.numpy.searchsorted(masses, level)
        corner = jax.numpy.stack(jax.numpy.unravel_index(cell, (count,) * len(given)), axis=-1)
        within = jax.random.uniform(second, (*sample_shape, len(given)), dtype=masses.dtype)
        drawn, _ = self.from_t(low + (high - low) * (corner + within) / count)
        return self.at(drawn)

    def at(self, unit: Any) -> Any:
        """Points of the unit support, shape (..., d), where they are on this one."""
        shift, factor = self.place
        points = shift + factor * self.array(unit)
        return points if isinstance(self.support, Box) else points[..., 0]

    def from_t(self, t: Any) -> tuple[Any, Any]:
        """Points of the unit support at coordinates t, shape (..., d), and log |dx/dt|."""
        given = sides(self.support)
        found = [from_t(side, t[..., k]) for k, side in enumerate(given)]
        points, log_stretch = zip(*found, strict=True)
        return bn.stack(points, axis=-1), sum(log_stretch)

    @cached_property
    def _shares(self) -> Any:
        return bn.exp(self.terms - self.log_partition)
