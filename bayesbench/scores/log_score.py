"""The logarithmic score: the log of the density that was given to what came true.

Good (1952); Gneiting and Raftery (2007), section 4.1. The higher, the better. Its sum over
rows that were not fitted is the ELPD, the expected log predictive density (Vehtari, Gelman
and Gabry 2017, equation 1). It is proper: nobody gains by saying what he does not believe.
"""

from __future__ import annotations

import numpy as np

from bayesbench.layout import Bound
from bayesbench.predict.mixture import Instances, log_density_of
from bayesbench.scores.batch_means import batches, standard_error


def log_score(rows: Bound, values: Instances) -> tuple[np.ndarray, float]:
    """The log of each row's average density, and how far the mean of these logs is known.

    The density is an average over draws; to first order the log of it errs by the average's
    relative error. That is judged by batch means.

    Parameters
    ----------
    rows : Bound
        With the outcome that came true.
    values : mapping of arrays
        The instances that predict.

    Returns
    -------
    array, shape (n,)
    float
        A standard error; 0 where a single instance is plugged in, for nothing was drawn.
    """
    parts, shares = batches(values)
    logs = np.array([log_density_of(rows, part) for part in parts])
    return pooled(logs, shares), monte_carlo_error(logs, shares)


def pooled(logs: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The log of the average over all draws, from those of parts that have such shares of them.

    The logs are (parts, n), the shares (parts,), the answer (n,).
    """
    from scipy.special import logsumexp

    with np.errstate(divide="ignore"):  # all of them may be impossible
        return np.asarray(logsumexp(logs, axis=0, b=shares[:, None]))


def monte_carlo_error(logs: np.ndarray, shares: np.ndarray) -> float:
    """The standard error of the mean of `pooled`, by the spread of the parts."""
    if len(logs) < 2:
        return 0.0
    whole = pooled(logs, shares)
    possible = np.isfinite(whole)
    relative = np.exp(logs[:, possible] - whole[possible]).sum(axis=1) / len(whole)
    return standard_error(relative, shares)
