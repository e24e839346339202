"""What draws depend on: of what they are the draws, by name, and equal only if that is equal.

A model is told by the computation that it stands for, as it is handed to the compiler, and
not by the text of its file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

from bayesbench.density import columns_in, constrain, log_likelihood_parts, log_prior
from bayesbench.jax_environment import compiler_options
from bayesbench.layout import Bound, Layout
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

    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        hashes = density_hashes(bound.layout, inputs, outcome)
    # In the order in which a difference is told: a version changes what is compiled, too, and
    # sums of which XLA makes one loop are rounded otherwise than those of several.
    return {
        "model": bound.model.__name__,
        "version of bayesbench": __version__,
        **{f"version of {name}": version(name) for name in LIBRARIES},
        "options of XLA": compiler_options(),
        "data": bound.sha256,
        **hashes,
    }


def density_hashes(layout: Layout, inputs: Mapping[str, Any], outcome: Any) -> dict[str, str]:
    """Hashes of the likelihood, as a function of the parameters, and of the prior.

    Latents that are not among the layout's parameters are integrated out in it. The prior's is
    that of its log-density and of the parameters themselves, as functions of the coordinates. Of
    inputs and outcome the shapes and types are read.
    """
    kinds = tuple((name, _kind(inputs[name])) for name in sorted(inputs))
    likelihood = _likelihood_hash(layout, kinds, _kind(outcome))
    return {"likelihood": likelihood, "prior": prior_hash(layout)}


def _kind(value: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(value.shape, value.dtype)


@cache
def _likelihood_hash(
    layout: Layout,
    inputs: tuple[tuple[str, jax.ShapeDtypeStruct], ...],
    outcome: jax.ShapeDtypeStruct,
) -> str:
    def likelihood(values: Any, inputs: Any, outcome: Any) -> Any:
        return log_likelihood_parts(layout, values, inputs, outcome, jax_library())

    with jax.enable_x64(True):
        shapes = {name: layout.shape(name) for name in layout.model.parameters}
        values = {name: jax.ShapeDtypeStruct(shape, np.float64) for name, shape in shapes.items()}
        return _traced(likelihood, values, dict(inputs), outcome)


@cache
def prior_hash(layout: Layout) -> str:
    """The hash of the prior's log-density and of the parameters, as functions of z."""
    model, library = layout.model, jax_library()

    def prior(z: Any) -> Any:
        values, log_stretch = constrain(layout, z, library, priors=True)
        return log_prior(model, values, library), log_stretch, values

    with jax.enable_x64(True):
        return _traced(prior, jax.ShapeDtypeStruct((layout.size,), np.float64))


def _traced(function: Callable[..., Any], *arguments: Any) -> str:
    """The hash of what the compiler is given, constants included."""
    text = jax.jit(function).lower(*arguments).as_text()
    return hashlib.sha256(text.encode()).hexdigest()
