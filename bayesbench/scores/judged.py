"""One fit's predictions of rows, judged by every score, a value a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np

from bayesbench.fit.record import Fit
from bayesbench.layout import Bound
from bayesbench.predict.mixture import (
    Instances,
    blocks,
    count_of,
    estimated_below,
    has_distribution_function,
    is_discrete,
    probability_below,
    simulated,
    thinned,
)
from bayesbench.predict.predicting import instances
from bayesbench.scores.batch_means import PARTS, of_rows, standard_error
from bayesbench.scores.crps import POINTS, crps, crps_of_sample
from bayesbench.scores.log_score import log_score
from bayesbench.scores.predictive_mean import predictive_mean
from bayesbench.scores.squared_error import by_row, squared_error

COMPARED = ("log_score", "crps", "squared_error")

SAMPLE = 1000  # outcomes by which panels are placed; ten times as many where there is no cdf
MIXED = 1000  # draws whose distribution functions are averaged for the CRPS, at most
WORK = 10_000_000  # these times the points at which they are computed
CLAMPED = -300.0  # NumPyro keeps probabilities 1e-154 away from zero; the log of that is no score
FEWEST = 200  # draws that are averaged, however many rows there are


@dataclass(frozen=True)
class Judged:
    """What a fit's predictions of n rows were worth; NaN where it predicts nothing.

    Attributes
    ----------
    log_score, crps, squared_error : array, shape (n,)
    mean : array, shape (n, ...)
        The predictive mean.
    below, upto : array, shape (n, ...)
        P(Y < y) and P(Y ≤ y) of the outcome under its prediction.
    at : array of str, shape (n,)
        What predicts each row: `draws`, `estimate`, `last` (where a search without an estimate
        stopped), or nothing.
    mc_error : mapping of float
        By score, what its draws leave unknown of its mean: a standard error.
    """

    log_score: np.ndarray
    crps: np.ndarray
    squared_error: np.ndarray
    mean: np.ndarray
    below: np.ndarray
    upto: np.ndarray
    at: np.ndarray
    mc_error: Mapping[str, float]


ROWS = tuple(field.name for field in fields(Judged) if field.name != "mc_error")


def judge(fit: Fit, rows: Bound, seed: int) -> Judged:
    """Score a fit's predictions of rows that are bound; the seed is that of what is simulated."""
    if fit.predicts_from is None:
        return _nothing(rows)
    values = instances(fit, last=True)
    logs, of_logs = log_score(rows, values)
    mean, of_squares = predictive_mean(rows, values)
    below, upto, ranked, of_ranked = _by_distribution(rows, values, seed)
    if is_discrete(rows):
        # A probability of one is cut off too, where it is one by rounding: at -36.
        cut = logs.reshape(-1, *(1,) * (upto.ndim - 1)) < CLAMPED
        never = (upto <= 0) | ((upto == below) & cut)
        logs = np.where(by_row(never) > 0, -np.inf, logs)
    return Judged(
        log_score=logs,
        crps=by_row(ranked),
        squared_error=squared_error(mean, rows.outcome),
        mean=mean,
        below=below,
        upto=upto,
        at=np.full(rows.n, fit.predicts_from, dtype=object),
        mc_error=dict(zip(COMPARED, (of_logs, of_ranked, of_squares), strict=True)),
    )


def _by_distribution(
    rows: Bound, values: Instances, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """P(Y < y), P(Y ≤ y) and the CRPS of each outcome, and the error of its mean."""
    outcome, whole = rows.outcome, is_discrete(rows)
    if not has_distribution_function(rows):
        drawn = simulated(rows, thinned(values, 10 * SAMPLE), seed, 10 * SAMPLE)
        below, upto = (drawn < outcome).mean(axis=0), (drawn <= outcome).mean(axis=0)
        ranked, parts = crps_of_sample(drawn, outcome, PARTS)
        return below, upto, ranked, standard_error(of_rows(parts))
    both = np.stack([outcome - 1, outcome]) if whole else outcome[None]
    below, upto = (probability_below(rows, values, both)[k] for k in (0, -1))
    sample = simulated(rows, thinned(values, SAMPLE), seed, SAMPLE)
    most = max(FEWEST, min(MIXED, WORK // (POINTS * outcome.size)))
    few = thinned(values, most, PARTS)
    count = min(PARTS, count_of(few))
    found = [
        crps(partial(estimated_below, block, few, parts=count), sample[:, at], outcome[at], whole)
        for at, block in blocks(rows, count * POINTS)
    ]
    ranked, parts = (np.concatenate([each[k] for each in found], axis=k) for k in (0, 1))
    return below, upto, ranked, standard_error(of_rows(parts))


def _nothing(rows: Bound) -> Judged:
    row, whole = np.full(rows.n, np.nan), np.full(rows.outcome.shape, np.nan)
    unknown = dict.fromkeys(COMPARED, np.nan)
    return Judged(row, row, row, whole, whole, whole, np.full(rows.n, "", dtype=object), unknown)


def gathered(parts: Sequence[Judged], places: Sequence[np.ndarray]) -> Judged:
    """Parts of a table put together again: each part's rows at their places."""
    order = np.argsort(np.concatenate(places), kind="stable")
    whole: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])[order] for name in ROWS
    }
    # Parts are predicted by draws of their own.
    shares = np.array([len(place) for place in places]) / len(order)
    errors = {
        score: float(np.hypot.reduce(shares * np.nan_to_num([p.mc_error[score] for p in parts])))
        for score in COMPARED
    }
    return Judged(**whole, mc_error=errors)
