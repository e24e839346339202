"""The latents given each of many values of the parameters, in JAX."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.density import columns_in
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.marginal import NODES, Effects, effects_given


@partial(jax.jit, static_argnums=(0, 1))
def _effects(layout: Layout, nodes: int, values: Any, inputs: Any, outcome: Any) -> Any:
    def one(at: Any) -> tuple[Any, ...]:
        found = effects_given(layout, at, inputs, outcome, jax_library(), nodes)
        return found.mean, found.sd, found.log_likelihood, found.at_mode

    return jax.lax.map(one, values)


def effects_at(bound: Bound, values: dict[str, np.ndarray], nodes: int = NODES) -> Effects:
    """The latents given each of many values, along each value's first axis and the answer's."""
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        values = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        found = _effects(bound.layout, nodes, values, inputs, outcome)
        return Effects(*(np.asarray(part) for part in found))
