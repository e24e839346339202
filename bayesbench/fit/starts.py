"""Many starts at once: where they begin, the batched climb, and the optima they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.layout import Layout

ROUNDS = 200  # of the batched climb
FURTHEST = 100.0  # a single step, on the unconstrained scale
SMALL_GAIN = 1e-12  # what a further step would gain, relative to the height: it has arrived
LEVEL = 1e-6  # an upward curvature below this, in units of the diagonal, is none
APART = 1e-4  # of an entry or of 1: optima that are closer are one
SAME_HEIGHT = 1e-6  # of a log-density or of 1

Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # values, gradients and Hessians
Derivatives = Callable[[np.ndarray], Found]


@dataclass(frozen=True)
class Optimum:
    """A local maximum that some of the starts ended at.

    Attributes
    ----------
    values : mapping of arrays
        The parameters there, by name.
    value : float
        The height of what was climbed.
    starts : int
        How many starts ended there.
    share : float
        The same as a part of all starts: the size of its basin, for starts that are spread
        as these were and for this optimiser.
    """

    values: Mapping[str, np.ndarray]
    value: float
    starts: int
    share: float


def check_starts(starts: int | None) -> None:
    """Refuse a number of starts that is none.

    Raises
    ------
    BadInput
        If it is below 1.
    """
    if starts is not None and starts < 1:
        raise BadInput(
            "starts",
            found=str(starts),
            expected="a whole number of at least 1",
            remedy="leave it out for the model's own number",
        )


def usual_starts(layout: Layout) -> int:
    """What the model declares; if it declares nothing, 8 where it has networks, else 1."""
    declared = layout.model.starts
    check_starts(declared)
    return declared if declared is not None else 8 if layout.model.groups else 1


def spread_of(layout: Layout) -> np.ndarray:
    """How far random starts reach along each entry of z, shape (size,)."""
    return np.concatenate(
        [
            np.full(int(np.prod(layout.shape(name))), declared.spread)
            for name, declared in layout.model.parameters.items()
        ]
    )


def random_starts(layout: Layout, count: int, seed: int) -> np.ndarray:
    """Points z, shape (count, size), uniform within each parameter's spread.

    The first is the middle of the supports, unless there are networks: with all weights
    zero no step leads anywhere. No prior has a say in them.
    """
    generator = np.random.default_rng([seed, 2])
    z = generator.uniform(-1, 1, (count, layout.size)) * spread_of(layout)
    if not layout.model.groups:
        z[0] = 0.0
    return z


def climb_all(
    derivatives: Derivatives, z: np.ndarray, rounds: int = ROUNDS, gain: float = SMALL_GAIN
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Climb from every row of z side by side by Newton's method in a trust region.

    Where the function is curved upwards, the step takes the curvature's absolute value
    (Dauphin et al. 2014, equation 9), so that saddles repel. A step is taken only if it
    leads higher; the region of each start shrinks otherwise, and grows when it does.

    Returns
    -------
    z : array, shape (count, size)
    values : array, shape (count,)
    arrived : array of bool, shape (count,)
        Whether the gradient there is small.
    """
    z, radius = z.copy(), np.full(len(z), 0.5)
    value, slope, curved = derivatives(z)
    # A start from which no step can be computed goes nowhere.
    bad = ~(np.isfinite(slope).all(axis=1) & np.isfinite(curved).all(axis=(1, 2)))
    value[bad] = -np.inf
    arrived = _arrived(value, slope, curved, gain)
    for _ in range(rounds):
        active = ~arrived & np.isfinite(value) & (radius > 1e-12)
        if not active.any():
            break
        # All of them each time: programs are compiled for a shape.
        trial = z.copy()
        trial[active] += _steps(slope[active], curved[active], radius[active])
        found = derivatives(trial)
        with np.errstate(invalid="ignore"):
            finite = np.isfinite(found[1]).all(axis=1) & np.isfinite(found[2]).all(axis=(1, 2))
            higher = active & finite & (found[0] > value)
        z[higher] = trial[higher]
        value[higher], slope[higher], curved[higher] = (part[higher] for part in found)
        radius[active] *= np.where(higher, 2.0, 0.25)[active]
        radius = np.minimum(radius, FURTHEST)
        arrived = _arrived(value, slope, curved, gain)
    return z, value, arrived


@dataclass(frozen=True)
class Newton:
    """The curvature of each start in units of its own diagonal, and Newton's step in these.

    `ways` are its directions in z, a column each, and `scores` how far the step goes along.
    """

    eigenvalues: np.ndarray
    ways: np.ndarray
    scores: np.ndarray
    gain: np.ndarray


def newton(slope: np.ndarray, curved: np.ndarray) -> Newton:
    """What slopes (count, size) and Hessians (count, size, size) say of the nearest top.

    The gain is the square of the Newton decrement: of the distance in standard errors.
    """
    diagonal = np.abs(np.diagonal(curved, axis1=1, axis2=2))
    # Entries in different units would otherwise pass for differences in curvature.
    unit = 1 / np.sqrt(np.where(diagonal > 1e-290, diagonal, 1.0))
    scaled = slope * unit
    eigenvalues, vectors = np.linalg.eigh(curved * unit[:, :, None] * unit[:, None, :])
    # Where nothing is curved the step is as long as the radius allows.
    steep = np.linalg.norm(scaled, axis=1, keepdims=True)
    size = np.abs(eigenvalues)
    size = np.maximum(size, 1e-10 * size.max(axis=1, keepdims=True) + 1e-8 * steep + 1e-300)
    along = np.einsum("kij,ki->kj", vectors, scaled)
    gain = (along**2 / size).sum(axis=1)
    return Newton(eigenvalues, vectors * unit[:, :, None], along / size, gain)


def _arrived(value: np.ndarray, slope: np.ndarray, curved: np.ndarray, gain: float) -> np.ndarray:
    """Which are next to a top: what Newton's step would gain is nothing, and no way curves up."""
    arrived = np.isfinite(value)
    at, size = np.flatnonzero(arrived), np.maximum(1.0, np.abs(value[arrived]))
    found = newton(slope[at], curved[at])
    arrived[at] = (found.gain <= gain * size) & (found.eigenvalues[:, -1] <= LEVEL)
    return arrived


def _steps(slope: np.ndarray, curved: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """For each start the step along its curvature's own directions, cut to its radius."""
    found = newton(slope, curved)
    steps = np.einsum("kij,kj->ki", found.ways, found.scores)
    # On a saddle, or at a minimum, there is no slope to follow: leave it along what curves up.
    up = found.ways[:, :, -1] / np.linalg.norm(found.ways[:, :, -1], axis=1, keepdims=True)
    little = np.abs((steps * up).sum(axis=1)) < 1e-3 * radius
    stuck = little & (found.eigenvalues[:, -1] > LEVEL)
    steps[stuck] += radius[stuck, None] * up[stuck]
    length = np.maximum(np.linalg.norm(steps, axis=1), 1e-300)
    return steps * np.minimum(1.0, radius / length)[:, None]


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two points are one, entry by entry."""
    return bool((np.abs(one - other) <= APART * np.maximum(1.0, np.abs(other))).all())


def distinct(
    z: np.ndarray, heights: np.ndarray, describe: Callable[[np.ndarray], np.ndarray]
) -> list[tuple[np.ndarray, float, int]]:
    """The different ends among several, the highest first: a point, its height, its count.

    Two are one if their heights and what `describe` says of them agree: the parameters
    themselves, or, where these can be permuted, the log-likelihood of each row.
    """
    order = np.argsort(-heights)
    kept: list[tuple[np.ndarray, float, int, np.ndarray]] = []
    for k in order:
        seen = describe(z[k])
        for place, (at, height, count, other) in enumerate(kept):
            level = abs(height - heights[k]) <= SAME_HEIGHT * max(1.0, abs(height))
            if level and close(seen, other):
                kept[place] = (at, height, count + 1, other)
                break
        else:
            kept.append((z[k], float(heights[k]), 1, seen))
    return [(at, height, count) for at, height, count, _ in kept]
