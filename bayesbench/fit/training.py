"""A training run: Adam from several starts side by side, for as many steps as were asked for.

Networks with many weights are fitted so in practice, and where their likelihood has no
maximum the length of the run is part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from bayesbench.density import Pins
from bayesbench.fit.objective import Objective

LEARNING_RATE = 1e-3  # Adam's usual one, for the mean log-likelihood of a row


@dataclass(frozen=True)
class Training:
    """Where each start had got to, and the way of each.

    `objective` and `gradient_norm` have a row a step and a column a start.
    """

    z: np.ndarray
    objective: np.ndarray
    gradient_norm: np.ndarray
    stop: str  # step limit | interrupted


def train(objective: Objective, z: np.ndarray, steps: int, per: float) -> Training:
    """Run Adam (Kingma and Ba 2015) on the total divided by `per`; z has a row a start.

    The starts do not see each other: Adam treats every entry by itself.
    """
    if objective.tensor is None:
        raise TypeError("the objective is not one of torch's.")
    tensor, none = objective.tensor, Pins.none(objective.layout.size)
    point = torch.tensor(z, requires_grad=True)
    optimizer = torch.optim.Adam([point], lr=LEARNING_RATE)

    def one(at: torch.Tensor) -> torch.Tensor:
        return tensor(at, none)

    every = torch.func.vmap(one) if len(z) > 1 else lambda many: one(many[0])[None]
    heights, norms = np.full((steps, len(z)), np.nan), np.full((steps, len(z)), np.nan)
    done, stop = 0, "step limit"
    try:
        for step in range(steps):
            optimizer.zero_grad()
            value = every(point) / per
            (-value.sum()).backward()
            gradient = point.grad
            if gradient is None:
                raise TypeError("the objective does not depend on the parameters.")
            heights[step] = value.detach().numpy()
            norms[step] = gradient.norm(dim=1).numpy()
            optimizer.step()
            done = step + 1
    except KeyboardInterrupt:
        stop = "interrupted"
    return Training(point.detach().numpy().copy(), heights[:done], norms[:done], stop)
