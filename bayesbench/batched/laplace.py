"""Draws of the Laplace approximation of many data sets: Normals at their posteriors' modes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.batched.keys import LAPLACE, keys_of
from bayesbench.batched.modes import Modes
from bayesbench.fit.at_draws import draws_on_own_scale
from bayesbench.fit.laplace import root


@dataclass(frozen=True)
class LaplaceDraws:
    """Draws of many Laplace approximations; NaN where there is no mode to build on.

    Attributes
    ----------
    draws : array, shape (datasets, draws, size)
        On the parameters' own scale, entry by entry.
    status : array of int, shape (datasets,)
        Of the search for the mode; `stopped early` where that has no curvature to build on.
    """

    draws: np.ndarray
    status: np.ndarray


@partial(jax.jit, static_argnums=(1, 2))
def _units(keys: Any, draws: int, size: int) -> Any:
    return jax.vmap(lambda key: jax.random.normal(key, (draws, size)))(keys)


def laplace_draws(
    batch: Batch, modes: Modes, seed: int, index: np.ndarray, draws: int = 1000
) -> LaplaceDraws:
    """Draw from the Normal at each data set's mode on the unconstrained scale, carried back.

    See `fit_laplace`. The draws are of the seed and the data set's place in the study, `index`.
    """
    with jax.enable_x64(True):
        keys = keys_of(seed, index, LAPLACE)
        units = np.asarray(_units(keys, draws, batch.layout.size))
    known = np.isfinite(modes.covariance).all(axis=(1, 2)) & modes.converged
    spread = root(np.where(known[:, None, None], modes.covariance, np.eye(batch.layout.size)))
    z = modes.z[:, None] + np.einsum("dij,dkj->dki", spread, units)
    own = batch.layout.join(draws_on_own_scale(batch.layout, z))
    early = 4
    status = np.where(known, modes.status, np.where(modes.converged, early, modes.status))
    return LaplaceDraws(np.where(known[:, None, None], own, np.nan), status)
