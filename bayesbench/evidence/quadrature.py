"""The evidence by quadrature, where there are one or two parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.integrate import cubature

from bayesbench.evidence.hills import Hills, hills
from bayesbench.evidence.record import Evidence, rounding
from bayesbench.fit.partition_check import is_energy_based
from bayesbench.layout import Bound

DIMENSIONS = 2
ASIDE = 8.0  # widths about a hill that are a region of their own to begin with
ACCURATE = 1e-7  # the relative error that is aimed at
WORK = 400_000_000  # rows times points, at most
POINTS = 1764  # in the four parts that a region of the plane is split into
MISSED = 0.01  # above the highest hill: there must be another
CUT = 6  # hills at which the box is cut, the highest
TOO_ROUGH = 0.1  # an error of the log with which an integral is none


def by_quadrature(bound: Bound, known: Sequence[Mapping[str, Any]] = ()) -> Evidence | str:
    """Integrate likelihood times prior over the unconstrained coordinates, latents integrated out.

    The box that `hills` found is cut into cells at each hill and at 8 of its widths to
    either side, so that narrow ones far from each other are all met. Over each cell goes
    SciPy's adaptive cubature by the product of Gauss-Kronrod rules; the errors add up.

    Parameters
    ----------
    bound : Bound
        A model of one or two parameters with proper priors.
    known : sequence of mappings
        Modes of the unconstrained scale that a search met before, as the parameters' values.

    Returns
    -------
    Evidence, or a sentence that says why there is none
    """
    if is_energy_based(bound):
        return (
            "No quadrature: far from the fit the partition function is not known well enough to "
            "integrate over it."
        )
    found = hills(bound, known)
    if not isinstance(found, Hills):
        return f"No quadrature: the search for the mode ended {found.sentence}"

    above: list[float] = []

    def weight(u: np.ndarray) -> np.ndarray:
        heights = found.log_density(u) - found.highest
        above.append(float(heights.max()))
        return np.exp(np.minimum(heights, MISSED))

    cells = _cells(found)
    guess = (2 * np.pi) ** (len(found.low) / 2) * np.prod(found.widths, axis=1).max()
    limit = max(10, WORK // (bound.few.n * POINTS * len(cells)))
    mass = error = 0.0
    for low, high in cells:
        done = cubature(
            weight,
            low,
            high,
            rtol=0.1 * ACCURATE,
            atol=ACCURATE * guess / len(cells),
            max_subdivisions=limit,
        )
        mass, error = mass + float(done.estimate), error + float(done.error)
    if max(above) >= MISSED:
        return (
            "No quadrature: the density was met higher than at any hill that was found, by "
            f"{max(above):.3g} in the logarithm, so a hill was missed."
        )
    log = found.highest + float(np.log(mass))
    relative = error / mass + rounding(log)
    if not relative < TOO_ROUGH:
        return f"No quadrature: its error would be {relative:.2g}."
    hill = f"{len(found.tops)} hills" if len(found.tops) > 1 else "one hill"
    return Evidence("quadrature", log, relative, f"over {hill}")


def _cells(found: Hills) -> list[tuple[np.ndarray, np.ndarray]]:
    """The box cut into cells, with a box about each hill cut out, and cut again at its top."""
    cells = [(found.low, found.high)]
    for top, width in zip(found.tops[:CUT], found.widths[:CUT], strict=True):
        for sides in (top - ASIDE * width, top + ASIDE * width, top):
            for axis, at in enumerate(sides):
                cells = [part for cell in cells for part in _cut(cell, axis, at, top)]
    return cells


def _cut(
    cell: tuple[np.ndarray, np.ndarray], axis: int, at: float, top: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The cell in two if it has the top in it or on its edge."""
    low, high = cell
    holds = bool(((low <= top) & (top <= high)).all())
    if not holds or not low[axis] < at < high[axis]:
        return [cell]
    left, right = high.copy(), low.copy()
    left[axis] = right[axis] = at
    return [(low, left), (right, high)]
