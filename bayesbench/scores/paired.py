"""The difference of two fits' scores on the same rows, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SURE = 0.975  # of Student's t: two standard errors where there are many rows, more of few
SMALL = 4.0  # of a sum of log scores over all rows: below it the error can't be relied on either


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
        """Whether the difference of log scores is worth speaking of.

        It must be away from zero by two standard errors, or as many more as Student's t asks
        for so few rows, and by 4 in the sum over the rows: what is smaller is small, and its
        standard error can't be relied on (Sivula, Magnusson and Vehtari 2020). A single row
        tells no error.
        """
        from scipy.special import stdtrit

        if np.isinf(self.mean):
            return True
        if self.rows < 2 or abs(self.mean) * self.rows < SMALL:
            return False
        return bool(abs(self.mean) >= stdtrit(self.rows - 1, SURE) * self.error)


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
