"""statsmodels: least squares, or Newton's method."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`fit`, which brings standard errors as ours does."""
    with clock("import"):
        import statsmodels.api  # noqa: F401
    with clock("fit"):
        model, named = task.family.statsmodels(data)
        iterative = hasattr(model, "cdf")
        found = model.fit(disp=0, tol=1e-12) if iterative else model.fit()
        estimate, errors = named(found), found.bse
    told = {"evaluations": found.mle_retvals["iterations"]} if iterative else {}
    return estimate | {"errors": errors}, {"of": "mle", **told}
