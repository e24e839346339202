"""Where the chains of the sampler begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.around_the_mode import WIDER, around_the_mode
from bayesbench.fit.at_draws import log_densities_and_gradients
from bayesbench.fit.information import information
from bayesbench.fit.local_normals import LocalNormal
from bayesbench.fit.no_start import no_start
from bayesbench.fit.objective import Objective
from bayesbench.fit.sampler import PATHFINDER, check_start
from bayesbench.fit.search import is_large
from bayesbench.fit.start import Point, computable, start_values
from bayesbench.fit.starts import Optimum, random_starts, spread_of
from bayesbench.layout import Bound
from bayesbench.model import Model

Given = Point | Sequence[Point] | None
Starts = Given | str

TRAINED = 3000  # steps of Adam before the chains of large networks begin
ON_TOP = 1e-2  # standard errors from a maximum
TRIED = 100  # points for each chain, before it is said that there is no start
AS_HIGH = 10.0  # optima whose log-density is lower by more are no starts for chains
CLOSER = 20  # halvings of such a draw, until it has a density


@dataclass(frozen=True)
class Beginning:
    """Where the chains begin, and what the sampler should measure z in.

    Attributes
    ----------
    z : array, shape (chains, size)
    unit : array, shape (size,)
    words : str
        Of the starts, behind "they began".
    """

    z: np.ndarray
    unit: np.ndarray
    words: str


def beginning(bound: Bound, target: Objective, given: Starts, seed: int, chains: int) -> Beginning:
    """Where the chains begin, by what is asked for and what the model is like."""
    layout = target.layout
    if isinstance(given, str):
        z, unit = _by_pathfinder(bound, target, given, seed, chains)
        return Beginning(z, unit, "at draws of Pathfinder’s Normals, made twice as wide")
    words = "at the given points"
    if given is None and (layout.model.starts or 1) > 1 and not layout.model.groups:
        from bayesbench.fit.map import posterior_search

        given = highest_optima(posterior_search(bound, "unconstrained", seed=seed)[1].optima)
        words = "at the highest optima of a search"
    if given:
        z = given_starts(target, given, chains)
        return Beginning(z, units(target, z), words)
    ones = np.ones(layout.size)
    with computable(layout.model):
        if is_large(layout):
            words = "where a training run from random weights led"
            return Beginning(_trained(bound, seed, chains), ones, words)
        z = _random(bound, target, seed, chains)
        around = around_the_mode(bound, target, z, seed)
    if around is None:
        return Beginning(z, ones, "at random points")
    words = "around the mode, at draws of Laplace’s Normal made twice as wide"
    return Beginning(*around, words)


def highest_optima(optima: tuple[Optimum, ...]) -> list[Mapping[str, np.ndarray]]:
    """The optima at which chains should begin: they do not leave one that is too low."""
    return [each.values for each in optima if each.value > optima[0].value - AS_HIGH]


def _trained(bound: Bound, seed: int, chains: int) -> np.ndarray:
    """Where a training run from random weights had got to, a row a chain."""
    from bayesbench.fit.jax_training import ascend

    return ascend(bound, "unconstrained", random_starts(bound.layout, chains, seed), TRAINED)[0]


def _random(bound: Bound, target: Objective, seed: int, chains: int) -> np.ndarray:
    """Random points at which the density and its slope are finite."""
    generator, spreads = np.random.default_rng([seed, 1]), spread_of(bound.layout)
    look = log_densities_and_gradients(bound)
    starts = refused = np.empty((0, bound.layout.size))
    while len(starts) < chains:
        if len(refused) >= TRIED * chains:
            raise no_start(target, refused)
        z = generator.uniform(-1, 1, (chains, bound.layout.size)) * spreads
        heights, slopes = look(z)
        fine = np.isfinite(heights) & np.isfinite(slopes).all(axis=1)
        starts, refused = np.append(starts, z[fine], 0), np.append(refused, z[~fine], 0)
    return starts[:chains]


def given_starts(target: Objective, given: Given, chains: int) -> np.ndarray:
    """The given points in turn, as z, a row a chain."""
    points = [given] if isinstance(given, Model | Mapping) else given or []
    at = [start_values(target, point) for point in points]
    return np.array([at[k % len(at)] for k in range(chains)])


def _by_pathfinder(
    bound: Bound, target: Objective, word: str, seed: int, chains: int
) -> tuple[np.ndarray, np.ndarray]:
    """A draw for each chain from the Normal of a path of its own, made twice as wide.

    Every path begins at a random point, so that chains can still disagree. A Normal whose ELBO
    is far below the highest is no start, for a chain would not leave its hill. The units are
    the standard deviations of the Normal with the highest.

    Raises
    ------
    BadInput
        If it is another word, there are many weights, or the paths lead nowhere.
    """
    from bayesbench.fit.pathfinder import normals_of_paths

    layout = target.layout
    check_start(word)
    remedy = "leave start= out, or give values of the parameters"
    if is_large(layout):
        found = f"'{PATHFINDER}' for {layout.size:,} weights of networks"
        raise BadInput("start", found=found, expected="a model with fewer", remedy=remedy)
    paths = normals_of_paths(bound, target, seed, chains)
    if not paths.normals:
        found = f"{chains} paths of Pathfinder that lead nowhere"
        expected = "a log-posterior that curves downwards somewhere"
        raise BadInput("start", found=found, expected=expected, remedy=remedy)
    high = np.flatnonzero(paths.elbo > paths.elbo.max() - AS_HIGH)
    unit = np.random.default_rng([seed, 5]).standard_normal((chains, 1, layout.size))
    normals = [paths.normals[k] for k in np.resize(high, chains)]
    z = np.array([_within(target, n, u) for n, u in zip(normals, unit, strict=True)])
    best = paths.normals[int(np.argmax(paths.elbo))]
    return z, np.sqrt((best.root**2).sum(axis=1))


def _within(target: Objective, normal: LocalNormal, unit: np.ndarray) -> np.ndarray:
    """The draw, or, if the density is no number there, one that is closer to the mean."""
    none = Pins.none(target.layout.size)
    for width in WIDER * 0.5 ** np.arange(CLOSER):
        z = normal.at(width * unit)[0]
        if np.isfinite(target.value(z, none)) and np.isfinite(target.gradient(z, none)).all():
            break
    return z


def units(target: Objective, z: np.ndarray) -> np.ndarray:
    """What the sampler should measure each entry of z in, for chains that begin at z.

    At the top of a hill its curvature gives the widths. The sampler's warm-up supposes
    widths of the order of one, and is slow where they are far from it. Elsewhere it is one.
    """
    ones = np.ones(target.layout.size)
    if is_large(target.layout):
        return ones
    none = Pins.none(target.layout.size)
    found = information(target, z[0], none)
    if found is None or not found.distance(target.gradient(z[0], none)) <= ON_TOP:
        return ones
    variance = np.diag(found.covariance)
    return np.sqrt(variance) if (variance > 0).all() else ones
