"""What the approximations of the posterior share: how draws are carried back, and a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesbench.fit.at_draws import draws_on_own_scale
from bayesbench.fit.effects_given import effects_at
from bayesbench.fit.record import Fit, Status
from bayesbench.joint import joint
from bayesbench.layout import Bound
from bayesbench.model import Model


def on_own_scale(bound: Bound, z: np.ndarray, generator: np.random.Generator) -> Model:
    """Draws of z, shape (draws, size), as one instance with values of (1, draws, ...).

    Latents are drawn too, at each of these from the Normal with their mean and sd given the
    parameters.
    """
    values = draws_on_own_scale(bound.layout, z[None])
    return joint(bound.model)(**values, **_effects(bound, values, generator))


def _effects(
    bound: Bound, values: Mapping[str, np.ndarray], generator: np.random.Generator
) -> dict[str, np.ndarray]:
    if not bound.model.latents:
        return {}
    (name,) = bound.model.latents
    given = effects_at(bound, {key: value[0] for key, value in values.items()})
    return {name: (given.mean + given.sd * generator.normal(size=given.mean.shape))[None]}


def refused(method: str, bound: Bound, settings: Mapping[str, Any]) -> Fit:
    """Many weights of ReLUs have many modes, with kinks: one Normal stands in for none of them."""
    words = (
        f"the {bound.layout.size:,} weights of the networks have many modes, and kinks at these: "
        "no Normal at one of them stands in for the posterior"
    )
    return Fit(
        method=method,
        bound=bound,
        objective="the log-posterior of the unconstrained coordinates",
        scale="unconstrained",
        settings=settings,
        status=Status("not identified", f"not identified: {words}."),
    )
