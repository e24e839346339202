"""The log-posterior at many points, a part of them at a time: one compiled program for all."""

from __future__ import annotations

import numpy as np

from bayesbench.fit.at_draws import log_densities
from bayesbench.layout import Bound

AT_ONCE = 541  # points: the nodes of the two rules by which SciPy integrates over a cell
WORK = 20_000_000  # rows times points that are held at once


def in_parts(bound: Bound, z: np.ndarray) -> np.ndarray:
    """The log-density of the unconstrained coordinates z, (count, size); -inf where it is none."""
    size = max(1, min(AT_ONCE, WORK // bound.few.n))
    padded = np.concatenate([z, np.repeat(z[-1:], -len(z) % size, axis=0)])
    parts = [log_densities(bound, part) for part in np.split(padded, len(padded) // size)]
    return np.nan_to_num(np.concatenate(parts)[: len(z)], nan=-np.inf, posinf=-np.inf)
