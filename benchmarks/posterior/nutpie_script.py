"""PyMC's model, sampled by nutpie."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.posterior import CHAINS, DRAWS, WARMUP
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`nutpie.sample` of the compiled model."""
    with clock("import"):
        import nutpie
        import pymc  # noqa: F401
    with clock("compile"):
        compiled = nutpie.compile_pymc_model(task.family.pymc(data))
    with clock("sample"):
        found = nutpie.sample(
            compiled, draws=DRAWS, tune=WARMUP, chains=CHAINS, seed=seed, progress_bar=False
        )
    draws = {str(name): value.to_numpy() for name, value in found.posterior.data_vars.items()}
    return draws, {"steps": int(found.sample_stats["n_steps"].sum())}
