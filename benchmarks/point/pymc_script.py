"""PyMC's `find_MAP`: the mode on the parameters' own scale, by L-BFGS-B."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """Building and compiling included, for it does both each time."""
    with clock("import"):
        import pymc as pm
    with clock("fit"), task.family.pymc(data):
        found, raw = pm.find_MAP(
            progressbar=False, return_raw=True, options={"ftol": 0.0, "gtol": 1e-10}
        )
    return found, {"of": "map", "evaluations": int(raw.nfev)}
