"""bayesbench's objectives: the log-posterior in JAX, or with LIBRARY=torch the log-likelihood."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.clock import Clock
from benchmarks.gradient.turns import in_turns
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """The gradient as MAP and MLE ask for it, set up as the command line is."""
    from bayesbench.commands.process import for_this_process

    for_this_process()
    from bayesbench.binding import bind
    from bayesbench.density import Pins

    bound = bind(task.family.ours(), task.table(data))
    if os.environ["LIBRARY"] == "torch":
        import torch

        from bayesbench.fit import torch_objective

        torch.set_num_threads(1)  # as fit_mle does
        objective = torch_objective.log_likelihood(bound)
    else:
        from bayesbench.fit import jax_objective

        objective = jax_objective.log_posterior(bound, "unconstrained")
    z, none = np.full(bound.layout.size, 0.1), Pins.none(bound.layout.size)
    return {}, in_turns(lambda: objective.gradient(z, none), data)
