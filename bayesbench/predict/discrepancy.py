"""Pearson's discrepancy: how far outcomes lie from their means, in units of their variances."""

from __future__ import annotations

import numpy as np

from bayesbench.layout import Bound
from bayesbench.predict.mixture import (
    Instances,
    blocks,
    count_of,
    each,
    mean_and_variance,
    simulated,
)

NUMBERS = 20_000_000  # draws times rows that are looked at
DRAWS = 1000


def discrepancies(rows: Bound, instances: Instances, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the outcomes that were seen and of simulated ones: the sum of (y − E[y])² / Var[y].

    Under each instance θ, Σ (yᵢ − E[yᵢ | θ])² / Var[yᵢ | θ]: the realised discrepancy of
    Gelman, Meng and Stern (1996, Section 2.3), with Pearson's sum. A single instance is
    simulated many times.

    Returns
    -------
    arrays, each of shape (draws,)
        The sums of the outcomes that were seen, and of those that were simulated.
    """
    count = count_of(instances)
    seen, made = 0.0, 0.0
    for k, (_, block) in enumerate(blocks(rows, max(count, DRAWS))):
        mean, variance = each(mean_and_variance, block, instances)
        drawn = simulated(block, instances, seed + k, DRAWS)
        along = tuple(range(1, drawn.ndim))
        with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 where all is certain
            seen = seen + np.nansum((block.outcome - mean) ** 2 / variance, axis=along)
            made = made + np.nansum((drawn - mean) ** 2 / variance, axis=along)
    return np.broadcast_to(seen, np.shape(made)), np.asarray(made)


def draws_within(rows: int) -> int:
    """How many draws are enough and not too many for so many rows."""
    return int(np.clip(NUMBERS // max(rows, 1), 100, DRAWS))
