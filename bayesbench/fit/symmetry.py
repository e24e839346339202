"""Parameters whose sign does not matter: found by trying, not by the model's name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayesbench.fit.jax_objective import likelihood_and_prior, pointwise_log_likelihood
from bayesbench.layout import Bound

POINTS = 8
SAME = 1e-9  # of a log-likelihood or of 1


def even_entries(bound: Bound, values: Mapping[str, np.ndarray], *, prior: bool) -> tuple[str, ...]:
    """The entries whose change of sign leaves every row's log-likelihood as it is.

    Parameters
    ----------
    bound : Bound
    values : mapping of arrays
        Points at which to try, a row of each parameter's array a point.
    prior : bool
        Whether the log-prior must not change either: the posterior is then even.
    """
    layout = bound.layout
    flat = layout.join({name: np.asarray(v)[:POINTS] for name, v in values.items()})
    supports = [
        declared.support
        for name, declared in layout.model.parameters.items()
        for _ in range(int(np.prod(layout.shape(name))))
    ]
    even = []
    here = _densities(bound, flat, prior)
    for entry, name in enumerate(layout.entries):
        whole = np.isinf(supports[entry].lower) and np.isinf(supports[entry].upper)
        if name not in layout.named or not whole or not np.abs(flat[:, entry]).max() > 0:
            continue
        flipped = flat.copy()
        flipped[:, entry] *= -1
        there = _densities(bound, flipped, prior)
        if (np.abs(there - here) <= SAME * np.maximum(1.0, np.abs(here))).all():
            even.append(name)
    return tuple(even)


def _densities(bound: Bound, flat: np.ndarray, prior: bool) -> np.ndarray:
    """Each row's log-likelihood at each point, and the log-prior if it is asked for."""
    values = bound.layout.split(flat)
    rows = pointwise_log_likelihood(bound, {name: v[None] for name, v in values.items()})[0]
    if not prior:
        return rows
    return np.column_stack([rows, likelihood_and_prior(bound, values)[1]])
