"""bayesbench's `fit_many`: the posterior, and what a study does for all of its methods."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.clock import Clock
from benchmarks.tasks import Task

CHUNK = 1000  # data sets whose draws are held at once
EVERYTHING = ("mle", "map", "laplace", "posterior")


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """Each twice: the first call compiles."""
    with clock("import"):
        from bayesbench.commands.process import for_this_process

        for_this_process()
        from bayesbench.batched.batch import stacked
        from bayesbench.batched.many import fit_many
        from bayesbench.batched.posterior import Sampling
        from bayesbench.batched.profile import profile_ends
        from bayesbench.binding import bind

    model = task.family.ours()
    (outcome,) = data.values()
    batch = stacked(bind(model, {model.outcome: outcome[0]}).layout, {}, outcome)
    sampling = Sampling(chains=4, rounds=0)

    def fitted(methods: tuple[str, ...]) -> float:
        """The smallest effective sample size of a data set."""
        ess = float("inf")
        for first in range(0, batch.datasets, CHUNK):
            index = range(first, min(first + CHUNK, batch.datasets))
            part = batch.only(slice(index.start, index.stop))
            many = fit_many(part, methods, seed=seed, index=index, sampling=sampling)
            ess = min(ess, float(many["posterior"].numbers["ess"].min()))
            if "mle" in methods:
                profile_ends(part, (0.5, 0.8, 0.95))
        return ess

    began = perf_counter()
    fitted(("posterior",))
    clock.add("compile", perf_counter() - began)
    with clock("sample"):
        ess = fitted(("posterior",))
    clock.add("compile", -clock.seconds["sample"])
    fitted(EVERYTHING)
    with clock("all methods"):
        fitted(EVERYTHING)
    each = 1e3 / batch.datasets
    return {}, {
        "ms/fit": each * clock.seconds["sample"],
        "ms/fit, all methods": each * clock.seconds["all methods"],
        "ess": ess,
    }
