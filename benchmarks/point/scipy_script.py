"""SciPy's L-BFGS-B on a function and a gradient that were written by hand."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`minimize` until it can't go on."""
    with clock("import"):
        from scipy.optimize import minimize
    objective, start, named = task.family.scipy(data)
    with clock("fit"):
        found = minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            options={"ftol": 0.0, "gtol": 1e-10, "maxcor": 30},
        )
    return named(found.x), {"of": "mle", "evaluations": int(found.nfev)}
