"""The difference of two fits' scores on the same rows, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayesbench.scores.judged import Judged

SURE = 0.975  # of Student's t: two standard errors where there are many rows, more of few
SMALL = 4.0  # of a sum of log scores over all rows: below it the error can't be relied on either
SHARE = 1e-3  # of a score in the outcome's units: two searches differ by less than that of it


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
    small : float
        A mean that is smaller is not worth speaking of, however well it is known.
    lower, higher : int
        On how many of the rows the difference is infinite: to the first fit's cost or favour
        if scores are the better the higher. Where there are both, the mean is NaN.
    """

    mean: float
    se: float
    mc_error: float
    rows: int
    small: float = 0.0
    lower: int = 0
    higher: int = 0

    @property
    def error(self) -> float:
        """Both errors together."""
        return float(np.hypot(self.se, self.mc_error))

    @property
    def speaks(self) -> bool:
        """Whether the difference is worth speaking of.

        It must be away from zero by two standard errors, or as many more as Student's t asks
        for so few rows, and be no smaller than `small`: log scores by 4 in the sum over the
        rows, for what is smaller is small, and its standard error can't be relied on (Sivula,
        Magnusson and Vehtari 2020). A single row tells no error.
        """
        from scipy.special import stdtrit

        if np.isinf(self.mean):
            return True
        if self.rows < 2 or not abs(self.mean) >= self.small:
            return False
        return bool(abs(self.mean) >= stdtrit(self.rows - 1, SURE) * self.error)


def paired(one: Judged, other: Judged, score: str = "log_score") -> Difference:
    """The mean score of a row by one fit, less that by another: what each drew is its own."""
    drawn = float(np.hypot(*np.nan_to_num([each.mc_error[score] for each in (one, other)])))
    kind = log_difference if score == "log_score" else difference
    return kind(getattr(one, score), getattr(other, score), drawn)


def log_difference(one: np.ndarray, other: np.ndarray, mc_error: float = 0.0) -> Difference:
    """Of log scores, of which four in the sum over the rows are worth speaking of."""
    found = difference(one, other, mc_error)
    return replace(found, small=SMALL / max(1, found.rows))


def difference(one: np.ndarray, other: np.ndarray, mc_error: float = 0.0) -> Difference:
    """Row by row, one less the other; rows that one of them does not predict are left out.

    Where both are infinite alike, the row does not tell them apart.
    """
    both = ~(np.isnan(one) | np.isnan(other))
    one, other = one[both], other[both]
    with np.errstate(invalid="ignore"):
        apart = np.where(one == other, 0.0, one - other)
        n = len(apart)
        mean = float(apart.mean()) if n else np.nan
        se = float(apart.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    known = np.abs(other)[np.isfinite(other)]
    small = SHARE * float(known.mean()) if len(known) else 0.0
    infinite = (int(np.isneginf(apart).sum()), int(np.isposinf(apart).sum()))
    return Difference(mean, se, mc_error, n, small, *infinite)


def where_finite(one: Judged, other: Judged) -> Difference:
    """The same of log scores, on the rows on which their difference is finite."""
    with np.errstate(invalid="ignore"):
        lost = ~np.isfinite(one.log_score - other.log_score)
    return paired(replace(one, log_score=np.where(lost, np.nan, one.log_score)), other)
