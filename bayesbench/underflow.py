"""Why people take logarithms: a product of many densities is soon too small for a float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Underflow:
    """The likelihood of the first n rows, as a product of densities and as a sum of logarithms.

    Attributes
    ----------
    n : array of int, shape (most,)
        1, 2, 3, ...
    product : array, shape (most,)
        The product of the first n densities, in float64.
    log_sum : array, shape (most,)
        The sum of their logarithms.
    zero_at : int or None
        The first n at which the product is exactly zero; None if it is nowhere.
    rows : int
        How many rows there are; beyond them they begin again.
    """

    n: np.ndarray
    product: np.ndarray
    log_sum: np.ndarray
    zero_at: int | None
    rows: int

    @property
    def repeated(self) -> bool:
        """Whether the product is zero only with rows that are counted more than once."""
        return self.zero_at is not None and self.zero_at > self.rows


def underflow(rows: np.ndarray, most: int = 2000) -> Underflow:
    """Multiply densities until they vanish, and add their logarithms, which do not.

    The smallest number above zero in float64 is 2^-1074 (IEEE 754), whose logarithm is
    -744.44: a product below half of it is rounded to zero.

    Parameters
    ----------
    rows : array, shape (rows,)
        The log-likelihood of each row.
    most : int
        How many are multiplied; if there are fewer rows, these again and again.
    """
    logs = np.resize(np.asarray(rows, dtype=np.float64), most)
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        product = np.cumprod(np.exp(logs))
    zero = np.flatnonzero(product == 0.0)
    first = int(zero[0]) + 1 if len(zero) else None
    return Underflow(np.arange(1, most + 1), product, np.cumsum(logs), first, len(rows))
