"""How often the outcome lies in the central interval of its prediction."""

from __future__ import annotations

import numpy as np

from bayesbench.scores.squared_error import by_row

PROBS = (0.5, 0.8, 0.95)


def covered(below: np.ndarray, upto: np.ndarray, prob: float) -> np.ndarray:
    """Whether each row's outcome is in the interval, shape (n,): 1 or 0.

    The interval goes from the (1 - prob)/2 quantile to the (1 + prob)/2 quantile, its ends
    included; a quantile is the least value whose distribution function reaches the level. So
    an interval of whole numbers holds more than `prob`, and may do so by much. Of a vector
    outcome the share of its components that lie in theirs.

    Parameters
    ----------
    below, upto : array, shape (n, ...)
        P(Y < y) and P(Y ≤ y) of each outcome under its prediction.
    prob : float
    """
    inside = (upto >= (1 - prob) / 2) & (below < (1 + prob) / 2)
    return by_row(np.where(np.isnan(upto), np.nan, inside))
