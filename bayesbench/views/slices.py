"""Densities and errors at many points of the parameters, within a bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.layout import Bound

WORK = 4_000_000  # rows times points that are computed at once


def log_densities(bound: Bound, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood and the log-prior at points (..., size) on the parameters' own scale."""
    from bayesbench.fit.at_draws import likelihood_and_prior

    flat = points.reshape(-1, points.shape[-1])
    size = min(len(flat), max(1, WORK // bound.n))
    # Every block has the same size, so that the program is compiled once.
    padded = np.concatenate([flat, np.repeat(flat[-1:], -len(flat) % size, axis=0)])
    parts = [
        likelihood_and_prior(bound, bound.layout.split(padded[at : at + size]))
        for at in range(0, len(padded), size)
    ]
    likelihood, prior = (np.concatenate(each)[: len(flat)] for each in zip(*parts, strict=True))
    return likelihood.reshape(points.shape[:-1]), prior.reshape(points.shape[:-1])


def squared_error(bound: Bound, points: np.ndarray) -> np.ndarray:
    """The mean over the rows of (y - predicted mean)², at each of the points (m, size)."""
    import jax

    from bayesbench.density import columns_in
    from bayesbench.libraries import jax_library

    library, model = jax_library(), bound.model

    @jax.jit
    def errors(values: Any, inputs: Any, outcome: Any) -> Any:
        def one(at: Any) -> Any:
            mean = model(**at).likelihood(**inputs).build(library).mean
            return ((outcome - mean) ** 2).mean()

        return jax.lax.map(one, values, batch_size=max(1, WORK // bound.n))

    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, library)
        return np.asarray(errors(bound.layout.split(points), inputs, outcome))
