"""What draws depend on: of what they are the draws, by name, and equal only if that is equal.

A model is told by the computation that it stands for, as it is handed to the compiler, and
not by the text of its file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

from bayesbench.density import columns_in, constrain, log_prior, row_log_likelihood
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library

LIBRARIES = ("jax", "jaxlib", "numpyro", "numpy")


def identity(bound: Bound) -> dict[str, str]:
    """The model's name, and hashes of its likelihood, its prior and its data; the versions.

    Parameters
    ----------
    bound : Bound
        The model and the data; with latents among the parameters, if there are any.
    """
    from bayesbench import __version__

    library, layout = jax_library(), bound.layout
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, library)

        def likelihood(z: Any, inputs: Any, outcome: Any) -> Any:
            values, _ = constrain(layout, z, library, priors=False)
            return row_log_likelihood(layout.model, values, inputs, outcome, library)

        def prior(z: Any) -> Any:
            values, log_stretch = constrain(layout, z, library, priors=True)
            return log_prior(layout.model, values, library), log_stretch, values

        z = np.zeros(layout.size)
        hashes = {
            "data": bound.sha256,
            "likelihood": _traced(likelihood, z, inputs, outcome),
            "prior": _traced(prior, z),
        }
    # In the order in which a difference is told: a version changes what is compiled, too.
    return {
        "model": layout.model.__name__,
        "version of bayesbench": __version__,
        **{f"version of {name}": version(name) for name in LIBRARIES},
        **hashes,
    }


def _traced(function: Callable[..., Any], *arguments: Any) -> str:
    """The hash of what the compiler is given, constants included."""
    text = jax.jit(function).lower(*arguments).as_text()
    return hashlib.sha256(text.encode()).hexdigest()
