"""R-hat and effective sample sizes of the chains of many data sets, in a few vectorised calls.

Rank-normalised and split, as in Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021); a test
holds them to ArviZ's, which takes one quantity after the other.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from bayesbench.fit.chains import TAIL


def reliability(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R-hat and the smaller of bulk and tail ESS of each entry: both (datasets, size).

    Parameters
    ----------
    draws : array, shape (datasets, chains, draws, size)
    """
    from numpyro.diagnostics import effective_sample_size, gelman_rubin

    moved = np.moveaxis(draws, 0, 2)  # (chains, draws, datasets, size)
    half = moved.shape[1] // 2
    split = np.concatenate([moved[:, :half], moved[:, -half:]])
    with np.errstate(invalid="ignore", divide="ignore"):
        bulk = _rank_normalised(split)
        centre = np.median(split, axis=(0, 1))
        folded = _rank_normalised(np.abs(split - centre))
        r_hat = np.maximum(gelman_rubin(bulk), gelman_rubin(folded))
        tails = np.quantile(split, TAIL, axis=(0, 1))
        parts = [bulk, *((split <= tail).astype(float) for tail in tails)]
        ess = [np.asarray(effective_sample_size(part)) for part in parts]
    return r_hat, np.min(ess, axis=0)


def _rank_normalised(values: np.ndarray) -> np.ndarray:
    """Each value's rank among all draws of all chains, as a quantile of the Normal (Blom 1958)."""
    flat = values.reshape(-1, *values.shape[2:])
    ranks = rankdata(flat, axis=0)
    return np.asarray(ndtri((ranks - 0.375) / (len(flat) + 0.25)).reshape(values.shape))
