"""L-BFGS from many starts side by side, and what its paths tell of the curvature.

A climb learns the curvature from how the gradient changes on its way, so that every point of
its path gives a Normal: the covariance that such a curvature has, about the place to which
Newton's step leads from there (Zhang, Carpenter, Gelman and Vehtari 2022, algorithm 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bayesbench.fit.local_normals import LocalNormal

PAIRS = 6  # steps of which the curvature is made (Zhang et al. 2022, section 3.1)
MOST = 1000  # evaluations of a climb
ARRIVED = 1e-10  # squared, in standard deviations from the maximum
ENOUGH = 1e-4  # of the gain that the slope promises (Nocedal and Wright 2006, section 3.1)
SHORTEST = 1e-12  # part of a step: closer by there is nothing higher
CURVED = 1e-12  # of the gradient's change, squared: a step that shows less shows no curvature

Heights = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Curvature:
    """What a climb has learned of the inverse of the negative Hessian.

    Attributes
    ----------
    diagonal : array, shape (size,)
        The first guess, which every step corrects.
    pairs : tuple of pairs of arrays
        Of the latest steps: the step, and by how much the gradient fell along it.
    """

    diagonal: np.ndarray
    pairs: tuple[Pair, ...] = ()

    def after(self, step: np.ndarray, fall: np.ndarray) -> Curvature:
        """With one step more; the same if it showed no curvature downwards."""
        if not step @ fall > CURVED * (fall @ fall):
            return self
        return Curvature(
            _corrected(self.diagonal, step, fall), (*self.pairs, (step, fall))[-PAIRS:]
        )

    @property
    def inverse(self) -> np.ndarray:
        """The BFGS update for each pair in turn (Nocedal and Wright 2006, equation 6.17)."""
        inverse = np.diag(self.diagonal)
        for step, fall in self.pairs:
            scale, moved = 1 / (step @ fall), inverse @ fall
            mixed = np.outer(step, moved)
            own = scale * (1 + scale * (fall @ moved)) * np.outer(step, step)
            inverse = inverse - scale * (mixed + mixed.T) + own
        return inverse


def _corrected(diagonal: np.ndarray, step: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """The diagonal after a step (Zhang et al. 2022, algorithm 3; Gilbert and Lemaréchal 1989)."""
    a, b, c = fall @ (diagonal * fall), fall @ step, step @ (step / diagonal)
    return 1 / (a / (b * diagonal) + fall**2 / b - a * step**2 / (b * c * diagonal**2))


@dataclass(frozen=True)
class Path:
    """The points of a climb, its start included.

    Attributes
    ----------
    z : array, shape (points, size)
    gradient : array, shape (points, size)
    """

    z: np.ndarray
    gradient: np.ndarray

    def normals(self) -> Iterator[LocalNormal]:
        """One at each point where a curvature is known."""
        curvature = Curvature(np.ones(self.z.shape[1]))
        steps, falls = np.diff(self.z, axis=0), -np.diff(self.gradient, axis=0)
        for k in range(len(steps)):
            curvature = curvature.after(steps[k], falls[k])
            if not curvature.pairs:
                continue
            covariance = curvature.inverse
            try:
                root = np.linalg.cholesky(covariance)
            except np.linalg.LinAlgError:  # rounding has left it no covariance
                continue
            mean = self.z[k + 1] + covariance @ self.gradient[k + 1]
            if np.isfinite(root).all() and np.isfinite(mean).all():
                yield LocalNormal(mean, root)


class _Climb:
    """One climb on its way: where it has been, and the point that it asks for."""

    def __init__(self, z: np.ndarray, height: float, gradient: np.ndarray, reach: float) -> None:
        self.z, self.height, self.gradient = z, height, gradient
        self.visited = [(z, gradient)]
        self.curvature = Curvature(np.ones(len(z)))
        self._turn(reach / max(1.0, float(np.linalg.norm(gradient))))

    def _turn(self, part: float) -> None:
        """Newton's direction from here, and how much of the step to try first."""
        self.way, self.part = self.curvature.inverse @ self.gradient, part
        self.slope = float(self.gradient @ self.way)
        self.over = not self.slope > (ARRIVED if self.curvature.pairs else 0.0)

    @property
    def asked(self) -> np.ndarray:
        return self.z if self.over else self.z + self.part * self.way

    def look(self, at: np.ndarray, height: float, gradient: np.ndarray) -> None:
        """Go to the point if it is high enough; else ask for one that is closer."""
        if self.over:
            return
        known = bool(np.isfinite(height) and np.isfinite(gradient).all())
        if not known or height < self.height + ENOUGH * self.part * self.slope:
            self.part /= 4 if known else 10
            self.over = self.part < SHORTEST
            return
        learned = self.curvature.after(at - self.z, self.gradient - gradient)
        # Where the function curves upwards no step is too long.
        part = 2 * self.part if learned is self.curvature else 1.0
        self.z, self.height, self.gradient, self.curvature = at, height, gradient, learned
        self.visited.append((at, gradient))
        self._turn(part)


def climb_side_by_side(heights: Heights, z: np.ndarray, reach: np.ndarray) -> list[Path]:
    """Climb from every row of z by L-BFGS (Nocedal and Wright 2006, algorithm 7.5).

    Parameters
    ----------
    heights : function
        Of z, shape (count, size): the function and its gradient at each row.
    z : array, shape (count, size)
        Where both are finite.
    reach : array, shape (count,)
        How long the first step is at most, before anything is known of the curvature.
    """
    climbs = [_Climb(*each) for each in zip(z, *heights(z), reach, strict=True)]
    for _ in range(MOST):
        if all(climb.over for climb in climbs):
            break
        asked = np.array([climb.asked for climb in climbs])
        for climb, *seen in zip(climbs, asked, *heights(asked), strict=True):
            climb.look(*seen)
    return [Path(*map(np.array, zip(*climb.visited, strict=True))) for climb in climbs]
