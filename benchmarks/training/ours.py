"""bayesbench: log-likelihood, the gradient's norm, length and parameters of each step are kept."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`fit_mle` with Adam; its record tells when the last step ended."""
    with clock("import"):
        from bayesbench.fit.mle import fit_mle
    model, table = task.family.ours(), task.table(data)
    with clock("compile"):  # torch loads its compiler when the first optimiser is built
        fit_mle(model, table, optimizer="adam", steps=10)
    fit = fit_mle(model, table, optimizer="adam", steps=data["steps"], starts=data["starts"])
    assert fit.run is not None
    seconds = float(fit.run.seconds[-1])
    clock.add("steps", seconds)
    return {}, {"us/step": 1e6 * seconds / data["steps"]}
