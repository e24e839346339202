"""Distribution functions by SciPy's special functions.

JAX has the incomplete gamma and beta functions as loops, which take ten times SciPy's time
where counts are some thousands: where nothing is to be differentiated, SciPy's are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import bdtr, betainc, gammainc, gammaincc, pdtr, stdtr

from bayesbench.supports import Support

Arguments = Mapping[str, np.ndarray]


def _binomial(y: np.ndarray, total_count: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """Of rows with different counts: above its own a row has all."""
    return np.asarray(bdtr(np.minimum(y, total_count), total_count.astype(int), probs))


# P(Y <= y) within the support, by the family's name; y of whole numbers is one.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Beta": lambda y, concentration1, concentration0: betainc(concentration1, concentration0, y),
    "Binomial": _binomial,
    "Gamma": lambda y, concentration, rate: gammainc(concentration, rate * y),
    "InverseGamma": lambda y, concentration, rate: gammaincc(concentration, rate / y),
    "Poisson": lambda y, rate: pdtr(y, rate),
    "StudentT": lambda y, df, loc, scale: stdtr(df, (y - loc) / scale),
}


def by_special_functions(
    family: str, support: Support, arguments: Arguments, at: np.ndarray
) -> np.ndarray:
    """P(Y <= at) under a family of `FUNCTIONS`; arguments and values are broadcast."""
    within = np.clip(at, support.lower, support.upper)
    if support.whole:
        within = np.maximum(np.floor(within), support.lower)
    with np.errstate(divide="ignore"):  # of an inverse gamma's zero
        found = FUNCTIONS[family](within, **arguments)
    return np.where(at < support.lower, 0.0, found)
