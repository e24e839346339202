"""bayesbench, set up as its command line is: a device a core, programs kept on disk.

CHAIN_METHOD and CHECKPOINT in the environment are handed on to `fit_posterior`; with UNTIL=target
it draws until its draws are good enough, as it does where nobody asks for a number.
"""

from __future__ import annotations

import os
from time import perf_counter
from typing import Any

from benchmarks.clock import Clock
from benchmarks.posterior import CHAINS, DRAWS, WARMUP
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`fit_posterior` of the table."""
    with clock("import"):
        from bayesbench.commands.process import for_this_process

        for_this_process()
        import jax

        from bayesbench.fit.posterior import fit_posterior

        jax.devices()  # JAX looks for them once
    model, table = task.family.ours(), task.table(data)
    with clock.less_compiling("sample") as compiling:
        began = perf_counter()
        fit = fit_posterior(
            model,
            table,
            seed=seed,
            chains=CHAINS,
            warmup=WARMUP,
            draws=None if os.environ.get("UNTIL") == "target" else DRAWS,
            chain_method=os.environ.get("CHAIN_METHOD"),
            checkpoint=os.environ.get("CHECKPOINT"),
            progress=False,
        )
    # The chains alone: what comes before them and after is in no phase.
    ran = fit.seconds["compile and first chunk"] + fit.seconds["sampling after that"]
    until = began + fit.seconds["fit"]
    clock.only("sample", compiling, until - ran, until)
    # A network's weights are named after its field: curve.weights1.
    draws = {name.rpartition(".")[2]: value for name, value in vars(fit.draws).items()}
    steps = int(fit.statistics["num_steps"].sum())
    return draws, {"steps": steps, "status": fit.status.name}
