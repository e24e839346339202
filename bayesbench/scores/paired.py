"""The difference of two fits' scores on the same rows, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SPEAKS = 2.0  # standard errors that a difference must be away from zero
NOTHING = 0.05  # of a sum over all rows: what rounding and searches leave has no error of its own


@dataclass(frozen=True)
class Difference:
    """One fit's mean score of a row, less another's, over the rows that both predict.

    Attributes
    ----------
    mean : float
    se : float
        The standard deviation of the rows' differences over √n (Vehtari, Gelman and Gabry 2017,
        equation 24, there for the sum); NaN for a single row.
    mc_error : float
        What the draws leave unknown of the mean, as a standard error.
    rows : int
    """

    mean: float
    se: float
    mc_error: float
    rows: int

    @property
    def error(self) -> float:
        """Both errors together."""
        return float(np.hypot(self.se, self.mc_error))

    @property
    def speaks(self) -> bool:
        """Whether the difference is worth speaking of: two standard errors away from zero.

        A single row tells no such error, and less than 0.05 over all the rows is nothing.
        """
        if np.isinf(self.mean):
            return True
        large = abs(self.mean) * self.rows >= NOTHING
        return bool(large and abs(self.mean) >= SPEAKS * self.error)


def difference(one: np.ndarray, other: np.ndarray, mc_error: float = 0.0) -> Difference:
    """Row by row, one less the other; rows that one of them does not predict are left out.

    Where both gave what came true the probability zero, the row does not tell them apart.
    """
    both = ~(np.isnan(one) | np.isnan(other))
    one, other = one[both], other[both]
    with np.errstate(invalid="ignore"):
        apart = np.where(one == other, 0.0, one - other)
    n = len(apart)
    if n == 0:
        return Difference(np.nan, np.nan, mc_error, 0)
    with np.errstate(invalid="ignore"):
        se = float(apart.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return Difference(float(apart.mean()), se, mc_error, n)
