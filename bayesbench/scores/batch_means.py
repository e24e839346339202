"""What the draws leave unknown of a mean score, by the means of batches of them.

Batches of draws as they were drawn have the draws' autocorrelation in them (Flegal and Jones
2010). A single instance that is plugged in was not drawn, and leaves nothing unknown.
"""

from __future__ import annotations

import numpy as np

from bayesbench.predict.mixture import Instances, count_of

PART = 250  # draws, side by side as they were drawn
PARTS = 8  # at least, where there are so many draws: the spread of fewer tells too little


def batches(values: Instances) -> tuple[list[Instances], np.ndarray]:
    """The instances in parts, and the share of them that each part has, shape (parts,)."""
    m = count_of(values)
    size = max(1, min(PART, m // PARTS))
    parts: list[Instances] = [
        {name: value[at : at + size] for name, value in values.items()} for at in range(0, m, size)
    ]
    return parts, np.array([count_of(part) for part in parts]) / m


def standard_error(means: np.ndarray, shares: np.ndarray | None = None) -> float:
    """Of the mean over all draws, from those of the parts, shape (parts,); 0 of a single part.

    The parts are equally large if no shares are given.
    """
    if len(means) < 2:
        return 0.0
    weights = np.full(len(means), 1 / len(means)) if shares is None else shares
    away = means - weights @ means
    return float(np.sqrt(weights @ away**2 / (len(means) - 1)))


def of_rows(parts: np.ndarray) -> np.ndarray:
    """The mean over rows, and components, of what is known of them by part: (parts, n, ...).

    Rows on which that is infinite, or nothing, have no error and add none.
    """
    flat = parts.reshape(len(parts), -1)
    known = np.isfinite(flat).all(axis=0)
    return np.asarray(flat[:, known].sum(axis=1) / flat.shape[1])
