"""bayesbench: the MLE by torch, or with METHOD=map in the environment the MAP by JAX."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """One call, with its defaults; standard errors and status are part of it."""
    method = os.environ.get("METHOD", "mle")
    with clock("import"):
        from bayesbench.commands.process import for_this_process

        for_this_process()
        import bayesbench as bb

        fit = getattr(bb, f"fit_{method}")  # the room is imported now
    model, table = task.family.ours(), task.table(data)
    with clock("fit"):
        found = fit(model, table, seed=seed)
    # The fit tells its steps, each with one gradient or more.
    steps = 0 if found.trace is None else len(found.trace)
    said = {"of": method, "evaluations": steps, "status": found.status.name}
    return dict(vars(found.estimate)), said
