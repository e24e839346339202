"""Quantiles of many distributions at once, by inverting their distribution functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtri

ROUNDING = 1e-12  # by which a probability may miss what it would be in exact arithmetic
PRECISION = 1e-12  # of a quantile, relative
HIGHEST = 2.0**53  # whole numbers beyond it are not all numbers of float64

Function = Callable[[np.ndarray], np.ndarray]  # P(Y <= y), for y of (m, n, ...)


def quantiles(
    function: Function, shares: np.ndarray, centre: np.ndarray, spread: np.ndarray, whole: bool
) -> np.ndarray:
    """The values below which the distributions have given shares.

    Parameters
    ----------
    function : function
        P(Y <= y) of each distribution, at values y of shape (m, n, ...).
    shares : array, shape (m,)
        Between 0 and 1.
    centre, spread : arrays, shape (n, ...)
        Where to begin: mean and standard deviation. They may be no numbers.
    whole : bool
        Whether the values are whole numbers, at least zero: then the quantile is the smallest
        that has at least the share.

    Returns
    -------
    array, shape (m, n, ...)
        NaN where the distribution function is no number.
    """
    wanted = np.broadcast_to(shares.reshape(-1, *(1,) * centre.ndim), (len(shares), *centre.shape))
    known = np.isfinite(centre) & np.isfinite(spread)
    centre, spread = np.where(known, centre, 0.0), np.where(known, spread, 1.0)
    spread = np.maximum(spread, np.spacing(np.abs(centre)))
    if whole:
        return _whole(function, wanted - ROUNDING, centre, spread)
    return _continuous(function, wanted, centre, spread)


def _continuous(
    function: Function, wanted: np.ndarray, centre: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """By Chandrupatla's method (1997), from where a Normal of that mean and sd has them."""
    from scipy.optimize import elementwise

    start, step = centre + spread * ndtri(wanted), np.broadcast_to(spread / 4, wanted.shape)
    low = _beyond(lambda y: function(y) > wanted, start - step, -step)
    high = _beyond(lambda y: function(y) < wanted, start + step, step)
    values, shares = start.ravel(), wanted.ravel()

    def miss(y: np.ndarray, /, *given: Any) -> np.ndarray:
        # Only what is not found yet is asked for; the function takes all, of one shape.
        at = given[0].astype(int)
        values[at] = y
        return (function(values.reshape(wanted.shape)).ravel() - shares)[at]

    found = elementwise.find_root(
        miss,
        (low.ravel(), high.ravel()),
        args=(np.arange(shares.size),),
        tolerances={"xrtol": PRECISION},
    )
    return np.asarray(found.x).reshape(wanted.shape)


def _beyond(short: Callable[[np.ndarray], np.ndarray], at: np.ndarray, step: np.ndarray) -> Any:
    """Go on from there, twice as far each time, until it is no longer short of the quantile."""
    while (left := short(at)).any() and np.isfinite(at).all():
        at, step = np.where(left, at + step, at), 2 * step
    return at


def _whole(
    function: Function, wanted: np.ndarray, centre: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """From where a Normal of that mean and sd has them, by halving what lies between."""
    start = np.clip(np.ceil(centre + spread * ndtri(wanted)), 0, HIGHEST)
    step = np.broadcast_to(np.maximum(np.ceil(spread / 16), 1), wanted.shape)
    # Low has too little, or is -1; high has enough, or is the highest.
    low = _beyond(lambda y: (function(y) >= wanted) & (y >= 0), start - step, -step)
    high = _beyond(lambda y: (function(y) < wanted) & (y < HIGHEST), start, step)
    low, high = np.maximum(low, -1.0), np.minimum(high, HIGHEST)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = function(middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(np.isnan(function(high)), np.nan, high)
