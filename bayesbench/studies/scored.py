"""How well each method predicted the new rows of many data sets: log score and PIT.

A point estimate is plugged in; many draws predict by the average of their distributions
(Gelman et al. 2013, equation 1.4).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.binding import at_start
from bayesbench.density import row_log_likelihood
from bayesbench.layout import Layout
from bayesbench.libraries import jax_library
from bayesbench.predict.distribution_function import distribution_function
from bayesbench.scores.judged import CLAMPED
from bayesbench.studies.simulate import Rows


def predicted(
    layout: Layout, instances: np.ndarray, new: Rows, keys: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The log predictive density of new rows, and their PIT values.

    The log score is that of Good (1952), the higher the better. PIT values are those of the
    predictive distribution function at the outcomes, randomised where outcomes are whole
    numbers (Czado, Gneiting and Held 2009, equation 1): uniform if the prediction is right.

    Parameters
    ----------
    layout : Layout
    instances : array, shape (datasets, instances, entries)
        What predicts: one estimate, or many draws. Of a data set without any it is NaN.
    new : Rows
        Each data set's new rows, (datasets, new, ...).
    keys : array of keys, shape (datasets,)
        Of the randomised PIT values.

    Returns
    -------
    log_score : array, shape (datasets,)
        The mean over the new rows of the logarithm of the mean density. What has a
        probability below e^-300, some 1e-130, counts as held impossible.
    pit : array, shape (datasets, new), or (datasets, new k) for a vector outcome
    """
    with jax.enable_x64(True):
        library = jax_library()
        inputs = {name: library.column(values) for name, values in new.inputs.items()}
        first = {name: values[0] for name, values in inputs.items()}
        support: Any = at_start(layout).likelihood(**first).support
        whole = bool(support.whole)
        log_score, pit = _predicted(layout, whole, instances, inputs, new.outcome, keys)
        return np.asarray(log_score), np.asarray(pit)


@partial(jax.jit, static_argnums=(0, 1))
def _predicted(
    layout: Layout, whole: bool, instances: Any, inputs: Any, outcome: Any, keys: Any
) -> Any:
    library = jax_library()

    def of_data_set(flat: Any, inputs: Any, outcome: Any, key: Any) -> Any:
        values = layout.split(flat)

        def by_instance(one: Any) -> Any:
            rows = row_log_likelihood(layout.model, one, inputs, outcome, library)
            made: Any = layout.model(**one).likelihood(**inputs)
            at = distribution_function(made, outcome)
            below = distribution_function(made, outcome - 1) if whole else at
            return rows, at, below

        rows, at, below = jax.vmap(by_instance)(values)
        score = jax.nn.logsumexp(rows, axis=0) - np.log(len(flat))
        at, below = at.mean(axis=0), below.mean(axis=0)
        if whole:
            # The library's log-probabilities are cut off where they should be minus infinity, at
            # a probability of one by rounding only. Far above the middle, where the distribution
            # function rounds to one, they are right.
            rounded = (at <= below) & (at > 0)
            none, level = (each.reshape(len(score), -1).any(axis=1) for each in (at <= 0, rounded))
            impossible = none | (level & (score < CLAMPED))
            score = library.xp.where(impossible, -np.inf, score)
        at, below = at.ravel(), below.ravel()
        u = jax.random.uniform(key, at.shape)
        return score.mean(), below + u * (at - below)

    return jax.vmap(of_data_set)(instances, inputs, outcome, keys)
