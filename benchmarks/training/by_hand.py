"""The loop that one would write in torch; several starts are so many loops."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """Each start with weights of its own; the type of numbers is that of DTYPE."""
    with clock("import"):
        import torch

    dtype = getattr(torch, os.environ["DTYPE"])
    x, y = (torch.tensor(data[name], dtype=dtype)[:, None] for name in ("x", "y"))

    def loop(steps: int) -> list[float]:
        mean, noise = task.family.torch(dtype)
        optimizer = torch.optim.Adam([*mean.parameters(), *noise.parameters()])
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            normal = torch.distributions.Normal(mean(x), torch.nn.functional.softplus(noise(x)))
            loss = -normal.log_prob(y).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    torch.manual_seed(seed)
    with clock("compile"):
        loop(10)
    with clock("steps"):
        for _ in range(data["starts"]):
            loop(data["steps"])
    return {}, {"us/step": 1e6 * clock.seconds["steps"] / data["steps"]}
