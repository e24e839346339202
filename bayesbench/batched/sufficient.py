"""Small tables that have the same likelihoods as the data sets of a batch.

As of a single table, see `bayesbench.sufficient`; yet here every data set is to have the same
shape, whatever is in it: the two outcomes of a coin, weighted by how often they came, or the
points of the first and second moments.
"""

from __future__ import annotations

import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.moments import moments
from bayesbench.sufficient import is_line, is_shared, somewhere


def with_few_rows(batch: Batch) -> Batch:
    """A batch of the same likelihoods; the same batch where nothing is known to be enough."""
    if batch.outcome.ndim > 2:
        return batch
    inputs = {name: values[0] for name, values in batch.inputs.items()}
    given = (batch.layout, somewhere(batch.layout), inputs)
    if is_shared("Bernoulli", *given):
        return _counted(batch)
    if is_shared("Normal", *given) or is_line(*given):
        columns = [*batch.inputs.values(), batch.outcome[..., None]]
        points, weights = moments(columns, batch.weights)
        made = dict.fromkeys(batch.inputs, points[..., :-1])
        return Batch(batch.layout, made, points[..., -1], weights)
    return batch


def _counted(batch: Batch) -> Batch:
    ones = (batch.weights * batch.outcome).sum(axis=1)
    weights = np.column_stack([batch.weights.sum(axis=1) - ones, ones])
    outcome = np.tile([0.0, 1.0], (batch.datasets, 1))
    return Batch(batch.layout, {}, outcome, weights)
