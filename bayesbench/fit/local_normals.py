"""Normals in several places, and their mixture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LocalNormal:
    """A Normal: z = mean + root u, with u standard.

    Attributes
    ----------
    mean : array, shape (size,)
    root : array, shape (size, size)
        Lower triangular; the covariance is root rootᵀ.
    """

    mean: np.ndarray
    root: np.ndarray

    def at(self, u: np.ndarray) -> np.ndarray:
        """The z, shape (count, size), of standard ones."""
        return self.mean + u @ self.root.T

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """At each row of z."""
        u = np.linalg.solve(self.root, (z - self.mean).T)
        log_volume = np.log(np.diag(self.root)).sum() + len(self.mean) / 2 * np.log(2 * np.pi)
        return -0.5 * (u**2).sum(axis=0) - log_volume


@dataclass(frozen=True)
class Mixture:
    """Normals, each with its share of the draws.

    Attributes
    ----------
    normals : tuple of LocalNormal
    shares : array, shape (normals,)
        With sum one.
    """

    normals: tuple[LocalNormal, ...]
    shares: np.ndarray

    def draw(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """So many independent z, shape (count, size)."""
        which = generator.choice(len(self.shares), size=count, p=self.shares)
        z = generator.standard_normal((count, len(self.normals[0].mean)))
        for k, normal in enumerate(self.normals):
            z[which == k] = normal.at(z[which == k])
        return z

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """At each row of z."""
        with np.errstate(divide="ignore"):  # a share may be zero
            shares = np.log(self.shares)
        each = [n.log_density(z) + share for n, share in zip(self.normals, shares, strict=True)]
        return np.logaddexp.reduce(each)
