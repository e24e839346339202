"""The conjugate analysis of a Normal linear model: the Normal-inverse-gamma family.

With design X of shape (n, p), y | β, v ~ Normal(Xβ, v), and a priori β | v ~ Normal(m, v K⁻¹),
v ~ InverseGamma(a, b), the posterior is of the same family (Gelman et al. 2013, sections 3.3
and 14.8; Murphy 2007, "Conjugate Bayesian analysis of the Gaussian distribution", section 6).
With p = 1 and a column of ones it is the Gaussian with unknown mean and variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

# The power of v in dv/dφ, up to a factor, for the scales φ = v, √v and log v.
STRETCH = {"own": 0.0, "sd": 0.5, "unconstrained": 1.0}


@dataclass(frozen=True)
class NormalInverseGamma:
    """Coefficients β and a variance v: β | v ~ Normal(m, v K⁻¹), v ~ InverseGamma(a, b).

    Attributes
    ----------
    m : array, shape (p,)
    k : array, shape (p, p)
        What the coefficients' precision is, in units of 1/v.
    a, b : float
    """

    m: np.ndarray
    k: np.ndarray
    a: float
    b: float

    def given(self, x: np.ndarray, y: np.ndarray) -> NormalInverseGamma:
        """The posterior, for a design of shape (n, p) and y of shape (n,)."""
        k = self.k + x.T @ x
        m = np.linalg.solve(k, self.k @ self.m + x.T @ y)
        residual, moved = y - x @ m, m - self.m
        b = self.b + 0.5 * (residual @ residual + moved @ self.k @ moved)
        return NormalInverseGamma(m, k, self.a + 0.5 * len(y), float(b))

    def log_evidence(self, x: np.ndarray, y: np.ndarray) -> float:
        """The logarithm of the density of y with β and v integrated out (Murphy 2007, eq. 203)."""
        after = self.given(x, y)
        volume = 0.5 * (np.linalg.slogdet(self.k)[1] - np.linalg.slogdet(after.k)[1])
        gammas = gammaln(after.a) - gammaln(self.a)
        rates = self.a * np.log(self.b) - after.a * np.log(after.b)
        return float(volume + gammas + rates - 0.5 * len(y) * np.log(2 * np.pi))

    def variance_at_mode(self, scale: str) -> float:
        """The variance at the joint mode of (β, v), (β, √v) or (β, log v); β is m at each.

        At β = m the density is v^-(a + 1 + p/2) exp(-b/v), times dv/dφ on the scale φ.
        """
        return self.b / (self.a + 1 + 0.5 * len(self.m) - STRETCH[scale])

    @property
    def variance(self) -> dict[str, float]:
        """The mean and the sd of v, where they exist: for a above 1, and above 2."""
        found: dict[str, float] = {}
        if self.a > 1:
            found["mean"] = self.b / (self.a - 1)
        if self.a > 2:
            found["sd"] = found["mean"] / np.sqrt(self.a - 2)
        return found

    @property
    def coefficients(self) -> dict[str, np.ndarray]:
        """The mean and, for a above 1, the sd of each β: a Student t with 2a degrees of freedom."""
        found = {"mean": self.m}
        if self.a > 1:
            found["sd"] = np.sqrt(self.b / (self.a - 1) * np.diag(np.linalg.inv(self.k)))
        return found

    def predictive(self, row: np.ndarray) -> tuple[float, float, float]:
        """The next y at a row of the design, shape (p,): df, loc and scale of a Student t."""
        spread = 1 + row @ np.linalg.solve(self.k, row)
        return 2 * self.a, float(row @ self.m), float(np.sqrt(self.b / self.a * spread))
