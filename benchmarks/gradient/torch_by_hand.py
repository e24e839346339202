"""The log-likelihood as one would write it in torch."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.clock import Clock
from benchmarks.gradient.turns import in_turns
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """The task's loss and `torch.autograd.grad`, on THREADS threads."""
    import torch

    torch.set_num_threads(int(os.environ["THREADS"]))
    parameters, loss, _ = task.family.torch(data)
    with torch.no_grad():
        for each in parameters:
            each += 0.1
    return {}, in_turns(lambda: torch.autograd.grad(loss(), parameters), data)
