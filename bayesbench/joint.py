"""The joint model: parameters and latents together, each latent a parameter."""

from __future__ import annotations

from functools import cache

from bayesbench.latent import Latent
from bayesbench.model import Model, Parameter
from bayesbench.supports import real


def joint(model: type[Model]) -> type[Model]:
    """The model in which each latent is a parameter whose prior is its population.

    The model itself if it has no latents. It is the same class each time.
    """
    return _joint(model) if model.latents else model  # type: ignore[arg-type]  # it is hashable


@cache
def _joint(model: type[Model]) -> type[Model]:
    body = {"__doc__": model.__doc__, "__module__": model.__module__}
    effects = {name: _as_parameter(each) for name, each in model.latents.items()}
    return type(model.__name__, (model,), body | effects)


def _as_parameter(latent: Latent) -> Parameter:
    # On the whole line every family has a loc and a scale. A distance counted in scales has
    # the same prior whatever the scale: no funnel in which a sampler would get stuck.
    whole = latent.support == real
    return Parameter(latent.distribution, latent.support, latent.dims, standardized=whole)
