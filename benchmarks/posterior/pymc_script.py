"""PyMC with its own sampler."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.posterior import CHAINS, DRAWS, WARMUP
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`pm.sample`; what is no sampling, by its own account, is building and compiling."""
    with clock("import"):
        import pymc as pm
    with clock("compile"), task.family.pymc(data):
        found = pm.sample(
            draws=DRAWS,
            tune=WARMUP,
            chains=CHAINS,
            random_seed=seed,
            progressbar=False,
            compute_convergence_checks=False,
        )
    sampling = float(found.posterior.attrs["sampling_time"])
    clock.add("compile", -sampling)
    clock.add("sample", sampling)
    draws = {str(name): value.to_numpy() for name, value in found.posterior.data_vars.items()}
    return draws, {"steps": int(found.sample_stats["n_steps"].sum())}
