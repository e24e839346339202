"""torch's L-BFGS with a line search, in float64."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """One step of the optimiser, which holds many of the method."""
    with clock("import"):
        import torch
    parameters, loss, named = task.family.torch(data)
    with clock("fit"):  # torch loads its compiler here
        optimizer = torch.optim.LBFGS(
            parameters,
            max_iter=1000,
            history_size=30,
            tolerance_grad=1e-10,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )
    evaluations = 0

    def closure() -> Any:
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    with clock("fit"):
        optimizer.step(closure)
    estimate = {name: value.detach().numpy() for name, value in named().items()}
    return estimate, {"of": "mle", "evaluations": evaluations}
