"""R-hat and effective sample sizes of the chains of many data sets, in a few vectorised calls.

Rank-normalised and split, as in Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), with
NumPyro's estimators. `fit.rank_normalised`, which a single fit is judged by, gives ArviZ's numbers
to rounding, and takes three times as long: here R-hat agrees with it to 1e-4, ESS to some 3%.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from bayesbench.fit.chains import TAIL


def reliability(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R-hat and the smaller of bulk and tail ESS of each entry: both (datasets, size).

    Parameters
    ----------
    draws : array, shape (datasets, chains, draws, size)
    """
    from numpyro.diagnostics import effective_sample_size, gelman_rubin

    datasets, size, half = len(draws), draws.shape[-1], draws.shape[2] // 2
    # The axis that is sorted and transformed is the last one, in one piece.
    whole = np.ascontiguousarray(np.moveaxis(draws, -1, 0))
    split = np.concatenate([whole[..., :half], whole[..., -half:]], axis=2)
    shape, pooled = split.shape, split.reshape(size, datasets, -1)

    def by_chain(values: np.ndarray) -> np.ndarray:
        """As NumPyro has it, (chains, draws, datasets, size), in the order it transforms fast."""
        return np.moveaxis(values.reshape(shape), 2, 0).copy().swapaxes(1, 3)

    with np.errstate(invalid="ignore", divide="ignore"):
        tails = np.quantile(pooled, (*TAIL, 0.5), axis=-1, keepdims=True)
        bulk = by_chain(_rank_normalised(pooled))
        folded = by_chain(_rank_normalised(np.abs(pooled - tails[2])))
        r_hat = np.maximum(gelman_rubin(bulk), gelman_rubin(folded))
        parts = [bulk, *(by_chain((pooled <= tail).astype(float)) for tail in tails[:2])]
        ess = [np.asarray(effective_sample_size(part)) for part in parts]
    return r_hat, np.min(ess, axis=0)


def _rank_normalised(values: np.ndarray) -> np.ndarray:
    """Each value's rank along the last axis, as a quantile of the Normal (Blom 1958).

    Equal values, of which rejected steps make some, have ranks that follow each other.
    """
    count = values.shape[-1]
    quantiles = ndtri((np.arange(1, count + 1) - 0.375) / (count + 0.25))
    made, order = np.empty_like(values), np.argsort(values, axis=-1)
    np.put_along_axis(made, order, np.broadcast_to(quantiles, values.shape), axis=-1)
    return made
