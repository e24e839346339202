"""Stan, by PyStan: the first run compiles the program with a C++ compiler, others find it."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from benchmarks.clock import Clock
from benchmarks.posterior import CHAINS, DRAWS, WARMUP
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`stan.build`, then `sample`; its draws come as (..., draws of all chains)."""
    with clock("import"):
        import numpy as np
        import stan
    with contextlib.redirect_stdout(sys.stderr):
        with clock("compile"):
            posterior = stan.build(task.family.STAN, data=task.stan(data), random_seed=seed + 1)
        with clock("sample"):
            found = posterior.sample(num_chains=CHAINS, num_warmup=WARMUP, num_samples=DRAWS)
    draws = {}
    for name, shape in zip(found.param_names, found.dims, strict=True):
        # Draws of the chains take turns in the last axis.
        value = np.asarray(found[name]).reshape(*shape, DRAWS, CHAINS)
        draws[name] = np.moveaxis(value, (-1, -2), (0, 1))
    return draws, {"steps": int(np.sum(found["n_leapfrog__"]))}
