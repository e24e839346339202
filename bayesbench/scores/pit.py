"""The probability integral transform: where in its predictive distribution each outcome lies.

F(y) is uniform if the predictions are calibrated (Dawid 1984). For an outcome of whole numbers
it jumps, and the transform of a row is spread evenly over its jump, from F(y - 1) to F(y):
that is the nonrandomised PIT of Czado, Gneiting and Held (2009).
"""

from __future__ import annotations

import numpy as np


def pit_ecdf(below: np.ndarray, upto: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The mean distribution function of the transforms at u: their ECDF where nothing jumps.

    Parameters
    ----------
    below, upto : array
        P(Y < y) and P(Y ≤ y) of each outcome under its prediction; equal where it is continuous.
    at : array, shape (k,)
        Values of u from 0 to 1.

    Returns
    -------
    array, shape (k,)
    """
    below, upto = np.ravel(below), np.ravel(upto)
    jump = upto - below
    u = at[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.clip((u - below) / jump, 0, 1)
    return np.where(jump > 0, within, u >= upto).mean(axis=1)
