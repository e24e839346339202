"""Where a search begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesbench.density import Pins, supports
from bayesbench.errors import BadInput
from bayesbench.fit.objective import Objective
from bayesbench.model import Model


def start_values(objective: Objective, start: Model | Mapping[str, Any] | None) -> np.ndarray:
    """The coordinates z of the given start, or zero: the middle of every support.

    Raises
    ------
    BadInput
        If the start has other parameters than the model, other shapes, or values outside
        of the support; or if the objective is not finite there.
    """
    layout = objective.layout
    z = np.zeros(layout.size)
    if start is not None:
        z = objective.unconstrain(_checked(objective, start))
    value = objective.value(z, Pins.none(layout.size))
    if not np.isfinite(value):
        raise BadInput(
            f"{layout.model.__name__} at the start of the search",
            found=f"{value} for {objective.words}",
            expected="a finite number",
            remedy="give start= values at which the data are possible",
        )
    return z


def _checked(objective: Objective, start: Model | Mapping[str, Any]) -> dict[str, np.ndarray]:
    layout = objective.layout
    given = start.values if isinstance(start, Model) else dict(start)
    allowed = supports(layout, objective.priors)
    if given.keys() != allowed.keys():
        raise BadInput(
            "start=",
            found=", ".join(given) or "nothing",
            expected=", ".join(allowed),
            remedy="give every parameter of the model a value",
        )
    values = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    for name, value in values.items():
        if value.shape != layout.shape(name):
            raise BadInput(
                f"start= for {name}",
                found=f"the shape {value.shape}",
                expected=f"the shape {layout.shape(name)}",
                remedy="give a value for each entry",
            )
        support = allowed[name]
        if not ((value > support.lower) & (value < support.upper)).all():
            raise BadInput(
                f"start= for {name}",
                found=f"{value}",
                expected=f"{support}, and not on its edge",
                remedy="begin inside of the support",
            )
    return values
