"""Pathfinder: the posterior approximated by Normals from the paths of quasi-Newton climbs.

blackjax 1.7 has one, which is not used here: for the coin its program takes 8 s to compile, the
two of this one under a second, and its Normals lie where Newton's step would lead if the
gradient had the other sign. Tests hold the curvature of this one against blackjax's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.errors import BadInput
from bayesbench.fit.approximation import on_own_scale, refused
from bayesbench.fit.at_draws import log_densities, log_densities_and_gradients
from bayesbench.fit.importance import how_many, weighed
from bayesbench.fit.improper import no_posterior
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.local_normals import LocalNormal, Mixture
from bayesbench.fit.no_start import no_start
from bayesbench.fit.objective import Objective
from bayesbench.fit.partition_check import partition_checked
from bayesbench.fit.quasi_newton import Heights, Path, climb_side_by_side
from bayesbench.fit.record import Fit, Status
from bayesbench.fit.search import is_large
from bayesbench.fit.start import Point, check_count, check_seed, first_value, start_values
from bayesbench.fit.starts import spread_of
from bayesbench.layout import Bound
from bayesbench.model import Model

PATHS = 8
LOOKED = 50  # Normals of a path, at most: of a long one so many, evenly spaced
ALONG = 25  # draws of each of these, by which the best is chosen
CHOSEN = 200  # draws of the chosen one, by which the paths are compared
TRIES = 100  # times that random starts are drawn, until enough have a finite density
LOWER = 1.0  # of a log-density: how far below a given start its path begins, at most
FIRST = 1.0  # length of a climb's first step, on the unconstrained scale, at most


@dataclass(frozen=True)
class Found:
    """What the paths gave.

    Attributes
    ----------
    normals : tuple of LocalNormal
        The one with the highest ELBO of each path that gave any.
    elbo : array, shape (normals,)
        E[log p(y, z) - log q(z)] under each, by draws that had no part in choosing it.
    shares : array, shape (normals,)
    failed : int
        Paths that gave none.
    """

    normals: tuple[LocalNormal, ...]
    elbo: np.ndarray
    shares: np.ndarray
    failed: int


def fit_pathfinder(
    model: type[Model],
    data: Any = None,
    *,
    seed: int = 0,
    draws: int = 10_000,
    paths: int = PATHS,
    start: Point | Sequence[Point] | None = None,
) -> Fit:
    """Approximate the posterior by Normals from the paths of several climbs.

    By multi-path Pathfinder (Zhang, Carpenter, Gelman and Vehtari 2022, algorithms 1 to 4):
    L-BFGS climbs the log-posterior on the unconstrained scale, Jacobian included, from several
    random starts side by side. Every point of a path gives a Normal, and that with the highest
    ELBO, which is the smallest Kullback-Leibler divergence to the posterior, stands for its
    path. It need not lie at the mode, as Laplace's does.

    The paths' Normals are mixed, each in proportion to exp E[log p - log q] under it, where q
    is their even mixture: a first step towards the shares that make the mixture's ELBO
    largest. So a hill has the weight of its mass, however many paths lead up to it, and a
    path that ended on a low one has next to none. The paper resamples draws of the even
    mixture by weights p/qᵢ instead; then a hill's weight is multiplied by its number of paths.
    Here the independent draws of the mixture are weighted by p/q, for the record `importance`.

    Latents are integrated out and drawn given the parameters, as `fit_laplace` does. (With
    them among the coordinates, the eight schools' mean was corrected to 2.0, of 4.4, with a
    Pareto's k of 0.69; integrated out to 4.3.) Networks with more than 200 weights are
    refused: with 1,098 weights a climb of 400 evaluations ended at a log-posterior of 121, and
    of the Normals on its way the first had an ELBO of -2,437 and the hundredth of -3,907.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    seed : int
        Of the starts and of the draws.
    draws : int
        How many.
    paths : int
        How many climbs.
    start : Model, mapping, or several of them, optional
        Where the paths begin, in turn, on the parameters' own scale: a little beside, for at
        a maximum itself a climb would learn nothing. If not given they begin at random.

    Returns
    -------
    Fit
        With `draws` of shape (1, draws, ...); none if no path gave a Normal, or there is no
        posterior. `importance` has the draws' weights, Pareto's k, and the corrected mean and
        sd by parameter. `diagnostics` has `pareto_k`; `importance_ess`; `elbo`, the highest
        of the paths'; `elbo_by_path` and `shares`; and `failed`, the number of paths that
        gave no Normal.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    check_seed(seed)
    check_count("draws", draws, 2)
    check_count("paths", paths, 1)
    began = perf_counter()
    bound = bind(model, data)
    settings = {"seed": seed, "draws": draws, "paths": paths}
    if is_large(bound.layout):
        return refused("pathfinder", bound, settings)
    target = log_posterior(bound, "unconstrained")
    record = Fit(
        method="pathfinder",
        bound=bound.joint,
        objective=target.words,
        scale="unconstrained",
        settings=settings,
        status=no_posterior(bound) or Status("converged", ""),
    )
    if not record.converged:
        return replace(record, seconds={"fit": perf_counter() - began})
    found = normals_of_paths(bound, target, seed, paths, start)
    record = replace(record, status=_status(found), diagnostics=_diagnostics(found))
    if found.normals:
        generator, mixture = np.random.default_rng(seed), Mixture(found.normals, found.shares)
        z = mixture.draw(generator, draws)
        record = partition_checked(replace(record, draws=on_own_scale(bound, z, generator)))
        if record.draws is not None:
            some = z[: how_many(draws, bound.n)]
            record = weighed(record, log_densities(bound, some) - mixture.log_density(some))
    return replace(record, seconds={"fit": perf_counter() - began})


def normals_of_paths(
    bound: Bound,
    target: Objective,
    seed: int,
    count: int,
    start: Point | Sequence[Point] | None = None,
) -> Found:
    """Climb so many paths and choose a Normal of each; see `fit_pathfinder`.

    Raises
    ------
    BadInput
        If the log-posterior is finite nowhere near the start.
    """
    generator = np.random.default_rng([seed, 4])
    heights = log_densities_and_gradients(bound)
    first_value(target, np.zeros(bound.layout.size))  # says what is wrong with the model's text
    if start is None:
        z, reach = _at_random(heights, target, generator, count), np.full(count, FIRST)
    else:
        points = [start] if not isinstance(start, Sequence) else start
        if not len(points):
            raise BadInput(
                "start=",
                found="an empty list",
                expected="the parameters' values at one point or at several",
                remedy="leave it out for random ones",
            )
        given = np.array([start_values(target, point) for point in points])
        given = given[np.arange(count) % len(given)]
        z = _beside(heights, given, generator)
        reach = np.linalg.norm(z - given, axis=1)
    climbs = climb_side_by_side(heights, z, reach)
    unit = generator.standard_normal((ALONG, bound.layout.size))
    chosen = [normal for path in climbs if (normal := _best(bound, path, unit)) is not None]
    if not chosen:
        return Found((), np.zeros(0), np.zeros(0), count)
    u = generator.standard_normal((len(chosen), CHOSEN, bound.layout.size))
    at = np.concatenate([normal.at(each) for normal, each in zip(chosen, u, strict=True)])
    target_at = log_densities(bound, at).reshape(len(chosen), CHOSEN)
    each = np.array([normal.log_density(at) for normal in chosen])
    own = each.reshape(len(chosen), len(chosen), CHOSEN)[np.diag_indices(len(chosen))]
    even = np.logaddexp.reduce(each, axis=0).reshape(len(chosen), CHOSEN)
    elbo, mixed = (_expected(target_at - q) for q in (own, even))
    kept = np.flatnonzero(np.isfinite(elbo))
    if not len(kept):
        return Found((), np.zeros(0), np.zeros(0), count)
    shares = np.exp(mixed[kept] - mixed[kept].max())
    normals = tuple(chosen[k] for k in kept)
    return Found(normals, elbo[kept], shares / shares.sum(), count - len(kept))


def _at_random(
    heights: Heights, target: Objective, generator: np.random.Generator, count: int
) -> np.ndarray:
    """Points where the log-density and its gradient are finite, in the parameters' spreads."""
    spreads, kept, refused = spread_of(target.layout), list[np.ndarray](), list[np.ndarray]()
    for _ in range(TRIES):
        z = generator.uniform(-1, 1, (count, len(spreads))) * spreads
        found, slopes = heights(z)
        fine = np.isfinite(found) & np.isfinite(slopes).all(axis=1)
        kept, refused = kept + list(z[fine]), refused + list(z[~fine])
        if len(kept) >= count:
            return np.array(kept[:count])
    raise no_start(target, np.array(refused), what="paths")


def _beside(heights: Heights, z: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The furthest points in random directions until where the log-density has hardly fallen."""
    way, (top, _) = generator.standard_normal(z.shape), heights(z)
    found, near = z.copy(), np.full(len(z), True)
    for part in 10.0 ** np.arange(-8, 1):
        reached, slopes = heights(z + part * way)
        near &= (top - reached <= LOWER) & np.isfinite(slopes).all(axis=1)
        found[near] = z[near] + part * way[near]
    return found


def _best(bound: Bound, path: Path, unit: np.ndarray) -> LocalNormal | None:
    """The Normal of the path with the highest ELBO; the draws of all begin with the same ones."""
    every = -(-len(path.z) // LOOKED)
    at, own = list[np.ndarray](), list[np.ndarray]()
    for normal in islice(path.normals(), 0, None, every):
        at.append(normal.at(unit))
        own.append(normal.log_density(at[-1]))
    if not at:
        return None
    elbo = _expected(log_densities(bound, np.concatenate(at)).reshape(len(at), -1) - np.array(own))
    best = int(np.argmax(elbo))
    # They are made a second time: a path of hundreds of covariances would fill the memory.
    return next(islice(path.normals(), best * every, None)) if np.isfinite(elbo[best]) else None


def _expected(log_ratios: np.ndarray) -> np.ndarray:
    """The ELBO by draws along the last axis; -inf where none has a density.

    Where some have none, it is that of the Normal cut off there and renormalised: the mean over
    the others and the logarithm of their share. A single such draw does not condemn a Normal;
    how much of the mixture lies outside is seen by its weights.
    """
    known = np.isfinite(log_ratios)
    count = known.sum(axis=-1)
    mean = np.where(known, log_ratios, 0.0).sum(axis=-1) / np.maximum(count, 1)
    share = np.maximum(count, 1) / log_ratios.shape[-1]
    return np.where(count > 0, mean + np.log(share), -np.inf)


def _status(found: Found) -> Status:
    count = len(found.normals) + found.failed
    if not found.normals:
        words = (
            f"none of {count} paths led to where the log-posterior curves downwards and is finite "
            "around"
        )
        return Status("stopped early", f"stopped early: {words}; give start= values.")
    lost = f" ({found.failed} of {count} paths gave none)" if found.failed else ""
    words = f"the Normals of {len(found.normals)} paths, mixed{lost}"
    apart = int((found.shares > 0.01 / count).sum())
    words += f"; the highest ELBO is {found.elbo.max():.4f}, and {apart} of them count"
    return Status("converged", f"{words}.")


def _diagnostics(found: Found) -> dict[str, Any]:
    numbers: dict[str, Any] = {"failed": found.failed}
    if found.normals:
        numbers["elbo"] = float(found.elbo.max())
    return numbers | {"elbo_by_path": found.elbo.tolist(), "shares": found.shares.tolist()}
