"""The places of a run on the parameters' own scale."""

from __future__ import annotations

import numpy as np

from bayesbench.density import reader
from bayesbench.layout import Bound
from bayesbench.libraries import torch_library


def values_along(bound: Bound, z: np.ndarray) -> np.ndarray:
    """The entries of the parameters at each row of z, shape (count, size)."""
    library = torch_library()
    read = reader(bound.layout, library, priors=False)
    rows = [read(library.array(row)) for row in z]
    return np.array([bound.layout.join({k: v.numpy() for k, v in each.items()}) for each in rows])
