"""The squared error of the predictive mean; the root of its mean is the RMSE."""

from __future__ import annotations

import numpy as np


def squared_error(mean: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Of each row, shape (n,); the components of a vector outcome are averaged."""
    return by_row((outcome - mean) ** 2)


def rmse(squared: np.ndarray) -> float:
    """The root of the mean, in the outcome's units."""
    return float(np.sqrt(np.mean(squared)))


def by_row(values: np.ndarray) -> np.ndarray:
    """The mean over a row's components: (n, k) to (n,)."""
    return values.mean(axis=-1) if values.ndim > 1 else values
