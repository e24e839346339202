"""The observed information: the curvature at a maximum, and what it does not inform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.objective import Objective

CURVED = 1e-14  # an eigenvalue of the scaled information below this is rounding
LEVEL = 1e-6  # the same for weights of networks
SMALL = 1e-6  # of a direction: such a part of it is rounding
CLOSE = 1e-4  # standard errors between the last iterate and the maximum: at most this
LARGEST = 3000  # entries up to which curvature is computed: it takes size² numbers


@dataclass(frozen=True)
class Information:
    """The negative Hessian in units of its own diagonal, as eigenvalues and directions.

    The directions are in z, one a row: a step of one along direction k changes the
    objective by half of eigenvalue k. `unit` is what an entry of z was divided by.
    """

    eigenvalues: np.ndarray
    directions: np.ndarray
    unit: np.ndarray

    @property
    def flat(self) -> np.ndarray:
        """Which directions have no curvature to speak of."""
        return np.abs(self.eigenvalues) <= CURVED * len(self.eigenvalues)

    @property
    def level(self) -> np.ndarray:
        """The same for weights of networks, where what is level bends at the residuals' size."""
        return np.abs(self.eigenvalues) <= LEVEL

    def newton_step(self, gradient: np.ndarray) -> np.ndarray:
        """The step to the maximum of the parabola, along the directions that are curved."""
        curved = ~self.flat
        scores = self.directions[curved] @ gradient
        return (scores / self.eigenvalues[curved]) @ self.directions[curved]

    def distance(self, gradient: np.ndarray, flat: np.ndarray | None = None) -> float:
        """How far the maximum is, in standard errors: the Newton decrement.

        It is infinite where the function has a slope along a direction without curvature.
        """
        flat = self.flat if flat is None else flat
        scores = self.directions @ gradient
        if (np.abs(scores[flat]) > CLOSE).any():
            return np.inf
        curved = ~flat
        return float(np.sqrt(np.sum(scores[curved] ** 2 / np.abs(self.eigenvalues[curved]))))

    @property
    def covariance(self) -> np.ndarray:
        """The inverse of the information in z; NaN where it is not positive definite."""
        size = self.directions.shape[1]
        if self.flat.any() or (self.eigenvalues <= 0).any():
            return np.full((size, size), np.nan)
        return (self.directions.T / self.eigenvalues) @ self.directions


def information(objective: Objective, z: np.ndarray, pins: Pins) -> Information | None:
    """The information over the free entries; None if nothing is free or it is not finite."""
    free = np.flatnonzero(~pins.held)
    if len(free) > LARGEST or not len(free):
        return None
    negative = -objective.hessian(z, pins)[np.ix_(free, free)]
    if not np.isfinite(negative).all():
        return None
    diagonal = np.abs(np.diag(negative))
    # Numbers in different units would otherwise pass for differences in curvature.
    scale = 1 / np.sqrt(np.where(diagonal > 1e-290, diagonal, 1.0))
    eigenvalues, vectors = np.linalg.eigh(negative * np.outer(scale, scale))
    directions, unit = np.zeros((len(free), len(z))), np.ones(len(z))
    directions[:, free], unit[free] = (scale[:, None] * vectors).T, scale
    return Information(eigenvalues, directions, unit)


def own_values(objective: Objective, z: np.ndarray, pins: Pins) -> np.ndarray:
    """The parameters at z as one flat array, on their own scale."""
    return objective.layout.join(objective.constrain(z, pins))


def standard_errors(objective: Objective, z: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The standard error of each entry on the parameters' own scale; NaN where there is none.

    The square root of the inverse observed information (Efron and Hinkley 1978), carried
    over from z: at a maximum, where the gradient vanishes, both scales give the same.
    """
    return np.sqrt(np.diag(covariance)) * objective.slopes(z)


def without_rounding(null: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Directions of z, one a row, with zeros for the entries that they do not move."""
    parts = np.abs(null / unit)
    return np.where(parts > SMALL * parts.max(axis=1, keepdims=True), null, 0.0)


def combinations(
    objective: Objective, z: np.ndarray, null: np.ndarray, unit: np.ndarray
) -> tuple[str, ...]:
    """Directions of z as combinations of the parameters: (1, 1) in (b, c) is "b + c".

    Moving along it changes b + c and leaves b - c as it is. What is a small part of a
    direction is judged in units of `unit`, not of the parameters.
    """
    return in_names(null / unit, unit * objective.slopes(z), objective.layout.entries)


def in_names(rows: np.ndarray, own: np.ndarray, names: tuple[str, ...]) -> tuple[str, ...]:
    """What some directions span, in as few names as possible.

    Parameters
    ----------
    rows : array, shape (k, size)
        In units in which a small part of a direction is a small number.
    own : array, shape (size,)
        These units, on the scale of what the names stand for.
    names : tuple of str
    """
    rows = rows.copy()
    for k in range(len(rows)):
        column = int(np.argmax(np.abs(rows[k])))
        rows[k] /= rows[k, column]
        for other in set(range(len(rows))) - {k}:
            rows[other] -= rows[other, column] * rows[k]
    return tuple(_combination(row, own, names) for row in rows)


def _combination(row: np.ndarray, own: np.ndarray, names: tuple[str, ...]) -> str:
    parts = [k for k in range(len(row)) if abs(row[k]) > SMALL * np.abs(row).max()]
    weights = {k: row[k] * own[k] for k in parts}
    largest = max(abs(weight) for weight in weights.values())
    words = ""
    for k, weight in weights.items():
        size = abs(weight) / largest
        sign = " + " if weight * weights[parts[0]] > 0 else " - "
        words += (
            (sign if words else "") + ("" if abs(size - 1) < SMALL else f"{size:.3g}·") + names[k]
        )
    return words
