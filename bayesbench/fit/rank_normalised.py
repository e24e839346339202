"""R-hat, effective sample sizes and Monte Carlo errors of chains, by the ranks of their draws.

As Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021) define them. ArviZ has the same for
one quantity at a time, but to import it takes longer than to sample a small model: here all
quantities are judged together, of one data set or of many, and the tests hold each number to
ArviZ's.

Draws are (chain, draw, ...) throughout, and what is said of them has the shape of the rest.
Quantities with a NaN among their draws have NaN for everything.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

ALIKE = 1e-15  # draws that differ by less are one value


def r_hat(draws: np.ndarray) -> np.ndarray:
    """The larger R-hat of split chains: that of ranks, and that of ranks of distances.

    The distances are those from the median: they tell chains apart that differ in scale
    (section 4.2). It is NaN for what never varies.
    """
    return _as_the_rest(draws, _judged(_by_quantity(draws))[0])


def reliability(
    draws: np.ndarray, tail: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R-hat and the effective sample sizes in bulk and tail.

    The one in bulk is that of the ranks; the one in the tail the smaller of two quantiles': of
    being below them.
    """
    whole = _by_quantity(draws)
    agreement, scores, in_order = _judged(whole)
    if in_order.size < whole.size:
        in_order = np.sort(whole.reshape(len(whole), -1), axis=1)
    ends = (_quantile(in_order, probability)[:, None, None] for probability in tail)
    below = (_ess(_halves(whole <= end).astype(np.float64)) for end in ends)
    found = (agreement, _ess(scores), np.minimum(*below))
    first, bulk, in_tail = (_as_the_rest(draws, each) for each in found)
    return first, bulk, in_tail


def mcse_mean(draws: np.ndarray) -> np.ndarray:
    """The Monte Carlo standard error of the mean."""
    ess = _as_the_rest(draws, _ess(_halves(_by_quantity(draws))))
    return draws.std(axis=(0, 1), ddof=1) / np.sqrt(ess)


def mcse_sd(draws: np.ndarray) -> np.ndarray:
    """The Monte Carlo standard error of the standard deviation, by that of the variance."""
    squares = (draws - draws.mean(axis=(0, 1))) ** 2
    variance = squares.mean(axis=(0, 1))
    ess = _as_the_rest(draws, _ess(_halves(_by_quantity(draws))))
    error = ((squares**2).mean(axis=(0, 1)) - variance**2) / ess
    return np.sqrt(error / variance / 4)


def _by_quantity(draws: np.ndarray) -> np.ndarray:
    """(quantity, chain, draw): what is sorted and transformed lies in one piece."""
    rest = draws.reshape(*draws.shape[:2], -1)
    return np.ascontiguousarray(np.moveaxis(rest, -1, 0))


def _as_the_rest(draws: np.ndarray, found: np.ndarray) -> np.ndarray:
    """A number for each quantity in the shape that the draws have beside chain and draw."""
    missing = np.isnan(draws).any(axis=(0, 1))
    return np.where(missing, np.nan, found.reshape(missing.shape))


def _halves(draws: np.ndarray) -> np.ndarray:
    """Each chain as two, without the draw in the middle if their number is odd."""
    half = draws.shape[2] // 2
    return np.concatenate([draws[:, :, :half], draws[:, :, -half:]], axis=1)


def _judged(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R-hat, and of the halves of all chains the scores, and the draws in order."""
    halves = _halves(draws)
    scores, in_order = _scores(halves)
    middle = in_order.shape[1] // 2  # the halves have an even number of draws
    median = in_order[:, middle - 1 : middle + 1].mean(axis=1)
    distances = np.abs(halves - median[:, None, None])
    # The distances may all be one, where the draws are not.
    r_hat = np.fmax(_split_r_hat(scores), _split_r_hat(_scores(distances)[0]))
    return r_hat, scores, in_order


def _scores(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Normal's quantiles at the ranks of all draws together (Blom 1958); ties share one.

    And the draws of each quantity in order.
    """
    flat = draws.reshape(len(draws), -1)
    count = flat.shape[1]
    # Places in one flat array: NumPy's own for an axis cost as much as half of the sorting.
    order = np.argsort(flat, axis=1) + count * np.arange(len(flat))[:, None]
    in_order = flat.ravel()[order]
    begins = np.ones(flat.shape, dtype=bool)
    begins[:, 1:] = in_order[:, 1:] != in_order[:, :-1]
    # Of n equal draws from the k-th on, from 0, each has the rank k + (n + 1) / 2.
    first = np.flatnonzero(begins)
    equal = np.diff(first, append=begins.size)
    twice = 2 * (first % count) + equal + 1
    by_half = ndtri((np.arange(2 * count + 1) / 2 - 3 / 8) / (count + 1 / 4))
    scores = np.empty(flat.size)
    scores[order.ravel()] = np.repeat(by_half[twice], equal)
    return scores.reshape(draws.shape), in_order


def _quantile(in_order: np.ndarray, probability: float) -> np.ndarray:
    """Of draws in order (quantity, draw): the seventh of Hyndman and Fan (1996), NumPy's too."""
    place = probability * (in_order.shape[1] - 1)
    below = math.floor(place)
    low, high = (in_order[:, k] for k in (below, math.ceil(place)))
    return np.where(high > low, low + (high - low) * (place - below), low)


def _split_r_hat(draws: np.ndarray) -> np.ndarray:
    """The square root of the variance of all over that within chains (section 3.1)."""
    length = draws.shape[2]
    within = draws.var(axis=2, ddof=1).mean(axis=1)
    between = draws.mean(axis=2).var(axis=1, ddof=1)
    return np.sqrt(between / within + (length - 1) / length)


def _ess(draws: np.ndarray) -> np.ndarray:
    """The number of independent draws that several chains are worth (section 3.2).

    Autocorrelations of all chains together are added up pair by pair: as long as the pairs
    are positive, each no larger than the one before (Geyer 1992), and the first of the next
    pair, so that antithetic chains are not underrated.
    """
    chains, length = draws.shape[1:]
    means = draws.mean(axis=2, keepdims=True)
    covariance = _autocovariance(draws - means)
    within = covariance[:, :1] * length / (length - 1)
    variance = covariance[:, :1] + means.var(axis=1, ddof=1)
    rho = 1 - (within - covariance) / variance
    rho[:, 0] = 1.0
    most = max(0, (length - 3) // 2)
    even, odd = rho[:, 0::2][:, : most + 1], rho[:, 1::2][:, : most + 1]
    pairs = even + odd
    positive = pairs > 0
    count = np.where(positive.all(axis=1), most, positive.argmin(axis=1))[:, None]
    before = np.arange(most + 1) < count
    summed = np.where(before, np.minimum.accumulate(pairs, axis=1), 0.0).sum(axis=1)
    next_even, next_pair = (np.take_along_axis(each, count, axis=1)[:, 0] for each in (even, pairs))
    time = 2 * summed - 1 + np.where((next_even > 0) | (next_pair >= 0), next_even, 0.0)
    total = chains * length
    found = total / np.maximum(time, 1 / np.log10(total))
    found = np.where(np.isnan(rho).any(axis=1), np.nan, found)
    return np.where(np.ptp(draws, axis=(1, 2)) < ALIKE, total, found)


def _autocovariance(apart: np.ndarray) -> np.ndarray:
    """The mean over chains at every lag, divided by their length, by Fourier transforms."""
    length = apart.shape[2]
    size = next_fast_len(2 * length, real=True)
    waves = rfft(apart, n=size, axis=2)
    power = (waves.real**2 + waves.imag**2).mean(axis=1)
    return irfft(power, n=size, axis=1)[:, :length] / length
