"""R-hat, effective sample sizes and Monte Carlo errors of chains, by the ranks of their draws.

As Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021) define them. ArviZ has the same for
one quantity at a time, but to import it takes longer than to sample a small model: here all
quantities are judged together, and the tests hold each number to ArviZ's.

Draws are (chain, draw, ...) throughout, and what is said of them has the shape of the rest.
Quantities with a NaN among their draws have NaN for everything.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

ALIKE = 1e-15  # draws that differ by less are one value


def r_hat(draws: np.ndarray) -> np.ndarray:
    """The larger R-hat of split chains: that of ranks, and that of ranks of distances.

    The distances are those from the median: they tell chains apart that differ in scale
    (section 4.2). It is NaN for what never varies.
    """
    halves = _halves(draws)
    distances = np.abs(halves - np.median(halves, axis=(0, 1)))
    # The distances may all be one, where the draws are not.
    found = np.fmax(_split_r_hat(_scores(halves)), _split_r_hat(_scores(distances)))
    return _unless_nan(draws, found)


def ess_bulk(draws: np.ndarray) -> np.ndarray:
    """The effective sample size of the ranks."""
    return _unless_nan(draws, _ess(_scores(_halves(draws))))


def ess_tail(draws: np.ndarray, tail: tuple[float, float]) -> np.ndarray:
    """The smaller effective sample size of two quantiles: of being below them."""
    ends = np.quantile(draws, tail, axis=(0, 1))
    found = [_ess(_halves(draws <= end).astype(np.float64)) for end in ends]
    return _unless_nan(draws, np.minimum(*found))


def mcse_mean(draws: np.ndarray) -> np.ndarray:
    """The Monte Carlo standard error of the mean."""
    return draws.std(axis=(0, 1), ddof=1) / np.sqrt(_ess(_halves(draws)))


def mcse_sd(draws: np.ndarray) -> np.ndarray:
    """The Monte Carlo standard error of the standard deviation, by that of the variance."""
    squares = (draws - draws.mean(axis=(0, 1))) ** 2
    variance = squares.mean(axis=(0, 1))
    error = ((squares**2).mean(axis=(0, 1)) - variance**2) / _ess(_halves(draws))
    return np.sqrt(error / variance / 4)


def _unless_nan(draws: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(draws).any(axis=(0, 1)), np.nan, found)


def _halves(draws: np.ndarray) -> np.ndarray:
    """Each chain as two, without the draw in the middle if their number is odd."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _scores(draws: np.ndarray) -> np.ndarray:
    """The Normal's quantiles at the ranks of all draws together (Blom 1958); ties share one."""
    flat = draws.reshape(draws.shape[0] * draws.shape[1], -1)
    ranks = np.empty(flat.shape)
    for column, values in zip(ranks.T, flat.T, strict=True):
        order = np.sort(values)
        below, up_to = (np.searchsorted(order, values, side) for side in ("left", "right"))
        column[:] = (below + up_to + 1) / 2
    return ndtri((ranks - 3 / 8) / (len(flat) + 1 / 4)).reshape(draws.shape)


def _split_r_hat(draws: np.ndarray) -> np.ndarray:
    """The square root of the variance of all over that within chains (section 3.1)."""
    length = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = draws.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt(between / within + (length - 1) / length)


def _ess(draws: np.ndarray) -> np.ndarray:
    """The number of independent draws that several chains are worth (section 3.2).

    Autocorrelations of all chains together are added up pair by pair: as long as the pairs
    are positive, each no larger than the one before (Geyer 1992), and the first of the next
    pair, so that antithetic chains are not underrated.
    """
    chains, length = draws.shape[:2]
    covariance = _autocovariance(draws).mean(axis=0)
    within = covariance[0] * length / (length - 1)
    variance = covariance[0] + draws.mean(axis=1).var(axis=0, ddof=1)
    rho = 1 - (within - covariance) / variance
    rho[0] = 1.0
    most = max(0, (length - 3) // 2)
    even, odd = rho[0::2][: most + 1], rho[1::2][: most + 1]
    pairs = even + odd
    positive = pairs > 0
    count = np.where(positive.all(axis=0), most, positive.argmin(axis=0))[None]
    number = np.arange(most + 1).reshape(-1, *[1] * (draws.ndim - 2))
    summed = np.where(number < count, np.minimum.accumulate(pairs), 0.0).sum(axis=0)
    next_even, next_pair = (np.take_along_axis(each, count, axis=0)[0] for each in (even, pairs))
    time = 2 * summed - 1 + np.where((next_even > 0) | (next_pair >= 0), next_even, 0.0)
    total = chains * length
    found = total / np.maximum(time, 1 / np.log10(total))
    found = np.where(np.isnan(rho).any(axis=0), np.nan, found)
    return np.where(np.ptp(draws, axis=(0, 1)) < ALIKE, total, found)


def _autocovariance(draws: np.ndarray) -> np.ndarray:
    """Of each chain at every lag, divided by its length, by Fourier transforms."""
    length = draws.shape[1]
    size = next_fast_len(2 * length, real=True)
    waves = rfft(draws - draws.mean(axis=1, keepdims=True), n=size, axis=1)
    power = waves.real**2 + waves.imag**2
    return irfft(power, n=size, axis=1)[:, :length] / length
