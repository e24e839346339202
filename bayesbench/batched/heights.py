"""What is climbed in each data set, by JAX: heights, gradients and Hessians, side by side.

One program is compiled for a layout, a scale and a block's shape; the data are its arguments.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.density import Pins, constrain, total_log_likelihood
from bayesbench.fit.jax_objective import log_density
from bayesbench.fit.starts import Found
from bayesbench.layout import Layout
from bayesbench.libraries import jax_library

LIKELIHOOD = "likelihood"  # beside the scales of a posterior


def height(layout: Layout, scale: str, z: Any, data: Any, pins: Pins | None = None) -> Any:
    """The log-likelihood at z, or the log-posterior on a scale, of one data set."""
    inputs, outcome, weights = data
    if scale != LIKELIHOOD:
        return log_density(layout, scale, z, inputs, outcome, pins, weights)
    library = jax_library()
    values, _ = constrain(layout, z, library, priors=False, pins=pins)
    return total_log_likelihood(layout, values, inputs, outcome, library, weights=weights)


@partial(jax.jit, static_argnums=(0, 1))
def _derivatives(layout: Layout, scale: str, z: Any, held: Any, at: Any, data: Any) -> Any:
    def one(z: Any, held: Any, at: Any, data: Any) -> Any:
        def climbed(z: Any) -> Any:
            return height(layout, scale, z, data, Pins(held, at))

        return climbed(z), jax.grad(climbed)(z), jax.hessian(climbed)(z)

    return jax.vmap(one)(z, held, at, data)


@partial(jax.jit, static_argnums=(0, 1))
def _own(layout: Layout, priors: bool, z: Any) -> Any:
    values, stretch = jax.vmap(lambda at: constrain(layout, at, jax_library(), priors=priors))(z)
    return values, stretch


class Heights:
    """A height of each data set of a block, as a function of NumPy's arrays.

    Attributes
    ----------
    layout : Layout
    scale : str
        `likelihood`, or that of a posterior: `own`, `unconstrained`, or a declared one.
    """

    def __init__(self, block: Batch, scale: str) -> None:
        self.layout, self.scale = block.layout, scale
        with jax.enable_x64(True):
            self._data = jax.device_put(block.arrays)

    @property
    def priors(self) -> bool:
        """Whether z covers only what the priors allow."""
        return self.scale != LIKELIHOOD

    @property
    def has_edges(self) -> bool:
        """Whether it can be largest on an edge of the support."""
        return self.scale != "unconstrained"

    def __call__(self, z: np.ndarray, held: np.ndarray, at: np.ndarray) -> Found:
        """Heights, gradients and Hessians at z with entries held at values of their own scale.

        All three are (datasets, size); slopes and curvature of what is held are zero.
        """
        with jax.enable_x64(True):
            found = _derivatives(self.layout, self.scale, z, held, at, self._data)
            value, slope, curved = (np.array(part) for part in found)
        return value, slope, curved

    def own(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The parameters at z, entry by entry, and dθ/dz of each: both (datasets, size)."""
        with jax.enable_x64(True):
            values, stretch = _own(self.layout, self.priors, z)
            flat = self.layout.join({name: np.asarray(v) for name, v in values.items()})
            return flat, np.exp(np.asarray(stretch))
