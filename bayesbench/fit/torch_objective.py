"""The log-likelihood of a model as torch computes it: no prior enters here."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from bayesbench.data import Bound
from bayesbench.density import Pins, columns_in, constrain, row_log_likelihood, unconstrain
from bayesbench.fit.objective import Objective
from bayesbench.libraries import torch_library


def log_likelihood(bound: Bound) -> Objective:
    """The log-likelihood, summed over the rows, with torch's autograd."""
    library, layout = torch_library(), bound.layout
    inputs, outcome = columns_in(bound, library)

    def total(z: torch.Tensor, pins: Pins) -> torch.Tensor:
        values, _ = constrain(layout, z, library, priors=False, pins=pins)
        return row_log_likelihood(bound.model, values, inputs, outcome, library).sum()

    def value(z: np.ndarray, pins: Pins) -> float:
        with torch.no_grad():
            return float(total(library.array(z), pins))

    def gradient(z: np.ndarray, pins: Pins) -> np.ndarray:
        return ascent(torch.tensor(z, requires_grad=True), pins)[1].numpy()

    def ascent(z: torch.Tensor, pins: Pins) -> tuple[torch.Tensor, torch.Tensor]:
        objective = total(z, pins)
        # A parameter that the likelihood does not read has a gradient of zero.
        if not objective.requires_grad:
            return objective, torch.zeros_like(z)
        (slope,) = torch.autograd.grad(objective, z, allow_unused=True)
        return objective, torch.zeros_like(z) if slope is None else slope

    def hessian(z: np.ndarray, pins: Pins) -> np.ndarray:
        point: Any = library.array(z)
        if not total(point.clone().requires_grad_(), pins).requires_grad:
            return np.zeros((len(z), len(z)))
        second = torch.func.hessian(lambda at: total(at, pins))(point)
        return second.detach().numpy()

    def at(z: np.ndarray, pins: Pins) -> dict[str, np.ndarray]:
        values, _ = constrain(layout, library.array(z), library, priors=False, pins=pins)
        return {name: v.numpy() for name, v in values.items()}

    def back(values: dict[str, np.ndarray]) -> np.ndarray:
        return unconstrain(layout, values, library, priors=False).numpy()

    return Objective("the log-likelihood", layout, False, value, gradient, hessian, at, back, total)
