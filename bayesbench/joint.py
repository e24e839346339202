"""The joint model: parameters and latents together, each latent a parameter."""

from __future__ import annotations

from functools import cache

from bayesbench.model import Model, Parameter


def joint(model: type[Model]) -> type[Model]:
    """The model in which each latent is a parameter whose prior is its population.

    The model itself if it has no latents. It is the same class each time.
    """
    return _joint(model) if model.latents else model  # type: ignore[arg-type]  # it is hashable


@cache
def _joint(model: type[Model]) -> type[Model]:
    body = {"__doc__": model.__doc__, "__module__": model.__module__}
    effects = {
        name: Parameter(each.distribution, each.support, each.dims, sizes=each.sizes)
        for name, each in model.latents.items()
    }
    return type(model.__name__, (model,), body | effects)


def marginal(model: type[Model]) -> type[Model]:
    """The way back: the model whose latents are parameters here; the same if there are none."""
    base = model.__bases__[0]
    return base if getattr(base, "latents", None) and not model.latents else model
