"""Adam on a log-posterior from several starts side by side, compiled as one program."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
from numpyro.optim import Adam

from bayesbench.density import summed_in
from bayesbench.fit.jax_objective import log_density
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library

LEARNING_RATE = 3e-3  # at the first step; it falls to zero in a line, so that kinks settle


@partial(jax.jit, static_argnums=(0, 1, 2))
def _ascended(layout: Layout, scale: str, steps: int, z: Any, summed: Any) -> Any:
    inputs, outcome, weights = summed

    def one(at: Any) -> Any:
        return log_density(layout, scale, at, inputs, outcome, weights=weights)

    optimizer = Adam(lambda step: LEARNING_RATE * (1 - step / steps))
    slopes = jax.vmap(jax.grad(one))

    def step(state: Any, _: None) -> tuple[Any, None]:
        return optimizer.update(-slopes(optimizer.get_params(state)), state), None

    state, _ = jax.lax.scan(step, optimizer.init(z), length=steps)
    ends = optimizer.get_params(state)
    return ends, jax.vmap(one)(ends)


def ascend(bound: Bound, scale: str, z: np.ndarray, steps: int) -> tuple[np.ndarray, Any]:
    """Where each row of z had got to after so many steps, and the log-posterior there."""
    with jax.enable_x64(True):
        summed = summed_in(bound, jax_library())
        ends, heights = _ascended(bound.layout, scale, steps, z, summed)
        return np.asarray(ends), np.asarray(heights)
