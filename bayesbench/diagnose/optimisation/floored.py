"""A model whose predicted scale can't fall to zero: the remedy where it closes onto rows."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from bayesbench import numpy as bn
from bayesbench.density import Pins
from bayesbench.diagnose.optimisation.recorded import Recorded
from bayesbench.distributions import Distribution
from bayesbench.layout import Bound

LOCATED = ("Normal", "StudentT", "Cauchy", "Laplace", "Gumbel")  # with a loc and a scale


def predicted(recorded: Recorded, z: np.ndarray) -> dict[str, np.ndarray] | None:
    """The `loc` and the `scale` of every row at z, each of shape (n,).

    None if the likelihood has no such arguments, or its outcome is a vector.
    """
    bound = recorded.fit.bound
    values = recorded.target.constrain(z, Pins.none(len(z)))
    if bound.model.latents or bound.outcome.ndim > 1:
        return None
    made = bound.model(**values).likelihood(**bound.inputs)
    if not isinstance(made, Distribution) or made.plain.family.name not in LOCATED:
        return None
    arguments = made.plain.arguments
    return {name: np.broadcast_to(arguments[name], bound.n) for name in ("loc", "scale")}


def with_floor(bound: Bound, floor: float) -> Bound:
    """The same data with √(σ² + floor²) for the scale σ of every row.

    For a Normal that is further noise of the standard deviation `floor`, independent of the
    model's own.
    """
    model = bound.model

    @wraps(model.likelihood)
    def likelihood(self: Any, *inputs: Any, **named: Any) -> Distribution:
        made = model.likelihood(self, *inputs, **named)
        if not isinstance(made, Distribution):
            raise TypeError(f"{made} has no scale.")
        arguments = made.plain.arguments
        scale = bn.sqrt(arguments["scale"] ** 2 + floor**2)
        return replace(made.plain, arguments=arguments | {"scale": scale})

    body = {"likelihood": likelihood, "__doc__": model.__doc__, "__module__": model.__module__}
    return replace(bound, layout=replace(bound.layout, model=type(model.__name__, (model,), body)))
