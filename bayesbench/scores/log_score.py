"""The logarithmic score: the log of the density that was given to what came true.

Good (1952); Gneiting and Raftery (2007), section 4.1. The higher, the better. Its sum over
rows that were not fitted is the ELPD, the expected log predictive density (Vehtari, Gelman
and Gabry 2017, equation 1). It is proper: nobody gains by saying what he does not believe.
"""

from __future__ import annotations

import numpy as np

from bayesbench.layout import Bound
from bayesbench.predict.mixture import Instances, count_of, log_density_of

PART = 250  # draws, side by side as they were drawn
PARTS = 8  # at least, where there are so many draws: the spread of fewer tells too little


def log_score(rows: Bound, values: Instances) -> tuple[np.ndarray, float]:
    """The log of each row's average density, and how far the mean of these logs is known.

    The density is an average over draws; to first order the log of it errs by the average's
    relative error. That is judged by batch means, which have the draws' autocorrelation in
    them (Flegal and Jones 2010).

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
    m = count_of(values)
    size = max(1, min(PART, m // PARTS))
    parts = [
        {name: value[at : at + size] for name, value in values.items()} for at in range(0, m, size)
    ]
    logs = np.array([log_density_of(rows, part) for part in parts])
    shares = np.array([count_of(part) for part in parts]) / m
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
    spread = np.sum(shares * (relative - possible.mean()) ** 2) / (len(logs) - 1)
    return float(np.sqrt(spread))
