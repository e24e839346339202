"""The noise floor: how far below a maximum the batches' noise keeps gradient ascent.

Near its maximum the log-likelihood is a parabola, with the negative Hessian H and the
covariance S of the rows' scores (with n - 1 in the denominator). Let the objective be the
total divided by `per`, and c = n/per. A step of rate η takes the distance δ from the maximum to

    (I - ηH/per) δ + ηc e,    e the mean score of the batch less that of all rows.

A batch of k rows, none of them twice, has Cov(e) = (S/k)(1 - k/n) (Cochran 1977, theorem
2.2). The batches i and j of one pass over all rows have Cov(e_i, e_j) = -S/n. Along the
eigenvectors of H the directions part, and of S only its diagonal enters. For a quadratic
log-likelihood all of this is exact, otherwise it holds near the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Parabola:
    """A log-likelihood near its maximum, along the eigenvectors of its curvature.

    Attributes
    ----------
    curvature : array, shape (size,)
        Eigenvalues of the negative Hessian of the total, all positive.
    spread : array, shape (size,)
        Variances of the rows' scores along the eigenvectors.
    n : int
        Rows.
    per : int
        By what the total is divided to give the objective.
    """

    curvature: np.ndarray
    spread: np.ndarray
    n: int
    per: int

    @property
    def steepest(self) -> float:
        """The largest eigenvalue of the objective's negative Hessian."""
        return float(self.curvature.max() / self.per)

    @property
    def limit(self) -> float:
        """The rate from which on gradient ascent does not converge: 2/λ_max.

        (Polyak 1987, section 1.4, theorem 3.)
        """
        return 2 / self.steepest

    def factors(self, rate: float) -> np.ndarray:
        """By what a step multiplies the distance in each direction, shape (size,)."""
        return 1 - rate * self.curvature / self.per

    def memory(self, rate: float) -> float:
        """In how many steps the slowest direction's distance falls to 1/e; ∞ if it does not."""
        slowest = float(np.abs(self.factors(rate)).max())
        if slowest >= 1:
            return np.inf
        return -1 / np.log(slowest) if slowest > 0 else 0.0

    def floor(self, rate: float, size: int, batching: str) -> float:
        """The expected gap of the total log-likelihood, once the start is forgotten.

        It is ½ tr(HΣ), where Σ is the covariance of the distance that a step leaves as it
        is. Reshuffled batches have one at each place of a pass: the mean is over those
        before each step.

        Parameters
        ----------
        rate : float
        size : int
            Rows of a batch; the last one of a pass may be smaller.
        batching : {"reshuffled", "independent"}

        Returns
        -------
        float
            NaN from the limit on, where there is no such covariance.
        """
        if np.isinf(self.memory(rate)):
            return np.nan
        variance = self._reshuffled if batching == "reshuffled" else self._independent
        return float(self.curvature @ variance(rate, size)) / 2

    def _independent(self, rate: float, size: int) -> np.ndarray:
        """V = a²V + η²c²(s/k)(1 - k/n)."""
        noise = (rate * self.n / self.per) ** 2 * self.spread * (1 / size - 1 / self.n)
        return noise / (1 - self.factors(rate) ** 2)

    def _reshuffled(self, rate: float, size: int) -> np.ndarray:
        """V at the mean place of a pass; it begins with what the pass before has left.

        With independent noises of variance s/k it would be P. That any two of them have
        the covariance -s/n takes Q²s/n away, Q being what a constant noise adds up to.
        """
        a, step = self.factors(rate), rate * self.n / self.per
        full, last = divmod(self.n - 1, size)  # full batches, and one with the rows that are left
        last += 1
        taken = np.arange(full + 1)[:, None]
        kept = a**taken
        alone = step**2 * self.spread / size * (1 - kept**2) / (1 - a**2)
        together = step * (1 - kept) / (1 - a)
        after = a**2 * alone[-1] + step**2 * self.spread / last
        left = after - (a * together[-1] + step) ** 2 * self.spread / self.n
        start = left / (1 - (a * kept[-1]) ** 2)
        return (kept**2 * start + alone - together**2 * self.spread / self.n).mean(axis=0)


def parabola(negative_hessian: np.ndarray, scores: np.ndarray, per: int) -> Parabola | None:
    """The parabola at a maximum; None if there is a direction without curvature.

    Parameters
    ----------
    negative_hessian : array, shape (size, size)
        Of the total.
    scores : array, shape (n, size)
        The gradient of each row's log-likelihood there.
    per : int
        By what the total is divided to give the objective.
    """
    if not (np.isfinite(negative_hessian).all() and np.isfinite(scores).all()):
        return None
    curvature, directions = np.linalg.eigh(negative_hessian)
    if len(scores) < 2 or curvature[0] <= 1e-14 * len(curvature) * curvature[-1]:
        return None
    return Parabola(curvature, np.var(scores @ directions, axis=0, ddof=1), len(scores), per)
