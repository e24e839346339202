"""bayesbench's `fit_posterior` of one data set after the other; the first few stand for all."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task

FEW = 20


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """The first fit compiles, and is not counted."""
    with clock("import"):
        from bayesbench.commands.process import for_this_process

        for_this_process()
        from bayesbench.batched.posterior import Sampling
        from bayesbench.fit.posterior import fit_posterior

    model = task.family.ours()
    (outcome,) = data.values()

    def fit(row: int) -> None:
        fit_posterior(
            model,
            {model.outcome: outcome[row]},
            seed=seed + row,
            chains=4,
            warmup=Sampling.warmup,
            draws=Sampling.draws,
            progress=False,
        )

    with clock("compile"):
        fit(0)
    fits = min(FEW, len(outcome))
    with clock("sample"):
        for row in range(fits):
            fit(row)
    return {}, {"ms/fit": 1e3 * clock.seconds["sample"] / fits}
