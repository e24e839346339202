"""scikit-learn, without a penalty; it has no standard errors."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`fit`."""
    with clock("import"):
        import sklearn.linear_model  # noqa: F401
    with clock("fit"):
        model, named = task.family.sklearn(data)
        estimate = named(model.fit(data["x"], data["y"]))
    told = {"evaluations": int(model.n_iter_[0])} if hasattr(model, "n_iter_") else {}
    return estimate, {"of": "mle", **told}
