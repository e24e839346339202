"""Supports: the values that a parameter, or a datum, may take."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Support:
    """An interval of the line, or the whole numbers in it.

    The edges themselves belong to it: a maximum may lie on them.
    """

    lower: float = -np.inf
    upper: float = np.inf
    whole: bool = False

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the values lie in the support, as booleans of the same shape."""
        inside = (values >= self.lower) & (values <= self.upper)
        return inside & (values == np.floor(values)) if self.whole else inside

    def covers(self, other: Support) -> bool:
        """Whether every value of `other` is a value of this support."""
        return self.lower <= other.lower and other.upper <= self.upper

    def intersection(self, other: Support) -> Support:
        """The values that both have."""
        return Support(max(self.lower, other.lower), min(self.upper, other.upper), self.whole)

    def constraint(self, constraints: ModuleType) -> Any:
        """The same support as torch.distributions or numpyro.distributions name it."""
        if np.isinf(self.lower) and np.isinf(self.upper):
            return constraints.real
        if np.isinf(self.upper):
            return constraints.positive if self.lower == 0 else constraints.greater_than(self.lower)
        if np.isinf(self.lower):
            return constraints.less_than(self.upper)
        if (self.lower, self.upper) == (0, 1):
            return constraints.unit_interval
        return constraints.interval(self.lower, self.upper)

    @property
    def brackets(self) -> str:
        """As an interval: [0, 1], or [0, ∞)."""
        low = "(-∞" if np.isinf(self.lower) else f"[{self.lower:g}"
        high = "∞)" if np.isinf(self.upper) else f"{self.upper:g}]"
        return f"{low}, {high}"

    def __str__(self) -> str:
        """In words that fit into a sentence."""
        if self.whole and (self.lower, self.upper) == (0, 1):
            return "0 or 1"
        kind = "a whole number" if self.whole else "a number"
        if np.isfinite(self.lower) and np.isfinite(self.upper):
            return f"{kind} from {self.lower:g} to {self.upper:g}"
        if np.isfinite(self.lower):
            return f"{kind} of at least {self.lower:g}"
        if np.isfinite(self.upper):
            return f"{kind} of at most {self.upper:g}"
        return kind


@dataclass(frozen=True)
class Box:
    """A rectangle: an interval for each column of a vector outcome."""

    sides: tuple[Support, ...]

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the values lie within their column's side, as booleans of shape (n, k)."""
        columns = zip(self.sides, np.moveaxis(values, -1, 0), strict=True)
        return np.stack([side.contains(column) for side, column in columns], axis=-1)

    @property
    def whole(self) -> bool:
        """Whether all columns are of whole numbers."""
        return all(side.whole for side in self.sides)

    @property
    def brackets(self) -> str:
        """As a product of intervals: [0, 1] × [-1, 1]."""
        return " × ".join(side.brackets for side in self.sides)

    def __str__(self) -> str:
        """In words that fit into a sentence."""
        return f"a point of {self.brackets}"


real = Support()
positive = Support(lower=0.0)
unit_interval = Support(0.0, 1.0)
zero_or_one = Support(0.0, 1.0, whole=True)
counts = Support(lower=0.0, whole=True)


def interval(lower: float, upper: float) -> Support:
    """The numbers from `lower` to `upper`, both included; each may be infinite.

    Raises
    ------
    ValueError
        If `lower` is not below `upper`.
    """
    if not lower < upper:
        raise ValueError(f"interval({lower:g}, {upper:g}) is empty: give the lower edge first.")
    return Support(float(lower), float(upper))


def box(*sides: tuple[float, float]) -> Box:
    """The rectangle with these sides: `box((0, 1), (-1, 1))`.

    Raises
    ------
    ValueError
        If a side is empty.
    """
    return Box(tuple(interval(lower, upper) for lower, upper in sides))


def at_least(lower: float) -> Support:
    """The numbers from `lower` upwards, itself included."""
    return Support(lower=float(lower))


def at_most(upper: float) -> Support:
    """The numbers up to `upper`, itself included."""
    return Support(upper=float(upper))
