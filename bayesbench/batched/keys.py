"""Random keys by data set: of the seed and the data set's place in the study alone."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

LAPLACE, NUTS = 0, 1  # what a key is for


def keys_of(seed: int, index: np.ndarray, purpose: int) -> Any:
    """A key for each data set, whatever the others are and wherever it stands among them."""
    base = jax.random.fold_in(jax.random.key(seed), purpose)
    return jax.vmap(lambda k: jax.random.fold_in(base, k))(np.asarray(index, dtype=np.uint32))
