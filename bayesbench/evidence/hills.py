"""Where the mass of a density in one or two dimensions lies: its hills, and a box about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import optimize
from scipy.ndimage import maximum_filter

from bayesbench.density import Pins
from bayesbench.evidence.parts import in_parts
from bayesbench.fit.map import posterior_search
from bayesbench.fit.objective import Objective
from bayesbench.fit.record import Status
from bayesbench.layout import Bound

NEGLIGIBLE = 50.0  # e^-50 of the highest density: what lies beyond is left out
FAR = 8.0  # sinh of it, in widths of the highest hill, is as far as is looked
SIDE, COARSE = 49, 25  # points of a side of the nets that are looked at; with many rows fewer
MANY = 2000  # rows
TRIED = 8  # points of a net from which a hill is climbed, at most
DIRECTIONS = 16
REACHES = 0.05 * 1.2 ** np.arange(100)  # widths at which the density is looked at, outwards

Density = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Hills:
    """The hills of a density over z = centre + root·u, with u measured in widths.

    Attributes
    ----------
    bound : Bound
    centre : array, shape (size,)
        The highest point.
    root : array, shape (size, size)
        What u is multiplied by: a root of the covariance there.
    tops : array, shape (hills, size)
        Of each hill, as u.
    widths : array, shape (hills, size)
        Of each hill along the axes of u.
    highest : float
        The log-density of u at the highest point.
    low, high : array, shape (size,)
        The box, in u, beyond which the density is negligible.
    """

    bound: Bound
    centre: np.ndarray
    root: np.ndarray
    tops: np.ndarray
    widths: np.ndarray
    highest: float
    low: np.ndarray
    high: np.ndarray

    def log_density(self, u: np.ndarray) -> np.ndarray:
        """The log-density of u at many points, shape (count,); -inf where it is no number."""
        return _density(self.bound, self.centre, self.root, u)


def _density(bound: Bound, centre: np.ndarray, root: np.ndarray, u: np.ndarray) -> np.ndarray:
    return in_parts(bound, centre + u @ root.T) + np.log(np.diag(root)).sum()


def hills(bound: Bound, known: Sequence[Mapping[str, Any]] = (), seed: int = 0) -> Hills | Status:
    """Look for every hill of the posterior on the unconstrained scale that has a share in it.

    Beside the mode and the modes that are `known` before, the highest first, the density is
    looked at over two nets that reach far out, one about the mode in units of its widths and
    one about the middle of the supports; the highest of their points are climbed from. The
    box holds all that was seen above e^-50 of the top.

    Returns
    -------
    Hills, or the Status of a search for the mode that found none.
    """
    start = known[0] if known else None
    target, done = posterior_search(bound, "unconstrained", start=start, seed=seed)
    if done.found.status.name == "interrupted":
        raise KeyboardInterrupt
    if not done.found.status.converged:
        return done.found.status
    centre, root = done.found.z, _root(done.found.covariance)
    density = partial(_density, bound, centre, root)
    size, back = len(centre), np.linalg.inv(root).T
    others = (*known, *(each.values for each in done.optima))
    met = [(target.unconstrain(dict(each)) - centre) @ back for each in others]
    net = _net(size, COARSE if bound.few.n > MANY else SIDE)
    nets = (net, (net - centre) @ back)
    heights = [density(each) for each in nets]
    climbed = [
        _climbed(target, centre, root, u)
        for each, height in zip(nets, heights, strict=True)
        for u in _promising(each, height)
    ]
    tops = _distinct(np.array([np.zeros(size), *met, *climbed]))
    top_heights = density(tops)
    order = np.argsort(-top_heights)
    tops, highest = tops[order], float(top_heights.max())
    tops = tops[top_heights[order] > highest - NEGLIGIBLE]
    level = highest - NEGLIGIBLE
    seen = np.concatenate([each[h > level] for each, h in zip(nets, heights, strict=True)])
    inside = np.concatenate([*(_reach(density, top, level) for top in tops), seen])
    return Hills(
        bound,
        centre,
        root,
        tops,
        np.array([_widths(target, centre, root, top) for top in tops]),
        highest,
        inside.min(axis=0),
        inside.max(axis=0),
    )


def _root(covariance: np.ndarray) -> np.ndarray:
    size = len(covariance)
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return np.eye(size)


def _net(size: int, count: int) -> np.ndarray:
    """Points about the origin, close together near it and far apart far out."""
    side = np.sinh(np.linspace(-FAR, FAR, count))
    return np.stack(np.meshgrid(*[side] * size, indexing="ij"), axis=-1).reshape(-1, size)


def _promising(net: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The points of a net that are higher than those beside them, the highest first."""
    size = net.shape[1]
    grid = heights.reshape((round(len(net) ** (1 / size)),) * size)
    higher = grid >= maximum_filter(grid, size=3, mode="constant", cval=-np.inf)
    at = np.flatnonzero(np.ravel(higher & np.isfinite(grid)))
    return net[at[np.argsort(-heights[at])][:TRIED]]


def _climbed(target: Objective, centre: np.ndarray, root: np.ndarray, u: np.ndarray) -> np.ndarray:
    none = Pins.none(len(centre))

    def down(at: np.ndarray) -> tuple[float, np.ndarray]:
        z = centre + root @ at
        value = target.value(z, none)
        if not np.isfinite(value):
            return 1e300, np.zeros(len(at))
        return -value, -root.T @ target.gradient(z, none)

    return np.asarray(optimize.minimize(down, u, jac=True, method="L-BFGS-B").x)


def _distinct(points: np.ndarray) -> np.ndarray:
    """The same, those left out that lie within a hundredth of a width of another."""
    kept: list[np.ndarray] = []
    for point in points:
        if all(np.linalg.norm(point - other) > 0.01 for other in kept):
            kept.append(point)
    return np.array(kept)


def _reach(density: Density, top: np.ndarray, level: float) -> np.ndarray:
    """In each direction from a top, the first point at which the density is below the level."""
    if len(top) == 1:
        ways = np.array([[-1.0], [1.0]])
    else:
        angles = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
        ways = np.column_stack([np.cos(angles), np.sin(angles)])
    points = top + ways[:, None] * REACHES[:, None]
    below = density(points.reshape(-1, len(top))).reshape(points.shape[:2]) < level
    first = np.where(below.any(axis=1), below.argmax(axis=1), len(REACHES) - 1)
    return points[np.arange(len(ways)), first]


def _widths(target: Objective, centre: np.ndarray, root: np.ndarray, top: np.ndarray) -> np.ndarray:
    """The standard deviations along the axes of u that the curvature at a top tells."""
    curved = -root.T @ target.hessian(centre + root @ top, Pins.none(len(top))) @ root
    with np.errstate(invalid="ignore"):
        values, vectors = np.linalg.eigh(np.nan_to_num(curved))
    inverse = np.divide(1.0, values, out=np.ones_like(values), where=values > 0)
    return np.sqrt((vectors**2) @ inverse)
