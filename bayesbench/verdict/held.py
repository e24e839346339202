"""What a prediction gives to another's interval: the probability under each of its instances."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.predict.mixture import (
    Instances,
    has_distribution_function,
    is_discrete,
    probabilities_below,
    thinned,
)

if TYPE_CHECKING:
    from bayesbench.layout import Bound
    from bayesbench.predict.prediction import Prediction

NODES = 64  # at which a density is integrated over an interval
INTEGRATED = 4000  # instances of an unnormalised density, each of which has an integral of its own


def shares(of: Prediction, by: Prediction, chains: int = 1) -> np.ndarray | None:
    """The probability that each instance gives to another prediction's interval, (instances,).

    On average over the rows, and the components of a vector. The instances are those of so many
    chains, one behind the other. A density without a distribution function is integrated over
    the interval, if it is that of one number and reads no input; else there is no answer.
    """
    if has_distribution_function(by.rows):
        low, high = by.low, by.high
        below = np.ceil(low) - 1 if is_discrete(by.rows) else low
        ends = probabilities_below(of.rows, of.instances, np.stack([below, high]))
        return (ends[:, 1] - ends[:, 0]).reshape(len(ends), -1).mean(axis=1)
    if by.rows.inputs or by.rows.outcome.ndim > 1 or is_discrete(by.rows):
        return None
    some = thinned(of.instances, INTEGRATED, chains)
    return _integrated(of.rows, some, float(by.low[0]), float(by.high[0]))


def _integrated(rows: Bound, instances: Instances, low: float, high: float) -> np.ndarray:
    """By the rule of Gauss and Legendre, whose nodes lie within the interval."""
    from bayesbench.fit.at_draws import pointwise_log_likelihood

    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    within = replace(rows, outcome=low + (high - low) * (nodes + 1) / 2)
    chain = {name: values[None] for name, values in instances.items()}
    return (high - low) / 2 * np.exp(pointwise_log_likelihood(within, chain)[0]) @ weights
