"""How well each fit predicts rows that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.binding import bind
from bayesbench.layout import Bound
from bayesbench.model import as_declared

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast


@dataclass(frozen=True)
class Score:
    """The mean log predictive density of a row, its standard error, and what predicted.

    `at` is `estimate`, `draws`, or `last` for a search that found no estimate.
    """

    mean: float
    se: float
    at: str
    rows: int


def is_example(bound: Bound) -> bool:
    """Whether the data are those that the model brings: only of these it knows the truth."""
    model = as_declared(bound.model)
    try:
        own = bind(model, model.example())
    except NotImplementedError:
        return False
    return own.sha256 == bound.sha256


def held_out_scores(contrast: Contrast) -> dict[str, Score]:
    """By fit, its score on the model's held-out rows; nothing where there are none.

    The logarithmic score (Good 1952; Gneiting and Raftery 2007, section 4.1): the higher the
    better. It is taken only if the fits have seen the model's own example, for the rows that
    are held out belong to it.
    """
    table = contrast.bound.model.held_out()
    if table is None or not is_example(contrast.bound):
        return {}
    from bayesbench.predictive import predictive_log_density

    scores = {}
    for name, fit in contrast.points.items():
        at = fit.predicts_from
        if at is None:
            continue
        rows = predictive_log_density(fit, table, last=True)
        error = rows.std(ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.nan
        scores[name] = Score(float(rows.mean()), float(error), at, len(rows))
    return scores
