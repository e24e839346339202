"""NumPyro, as one would call it: chains side by side, a device for each, in float64."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.clock import Clock
from benchmarks.posterior import CHAINS, DRAWS, WARMUP
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """`MCMC.run` on the model's function."""
    with clock("import"):
        import jax
        import numpy as np
        import numpyro
        from numpyro.infer import MCMC, NUTS

        numpyro.set_host_device_count(CHAINS)
        numpyro.enable_x64()
        jax.devices()  # JAX looks for them once

    ran: list[float] = []

    def side_by_side(chain: Any) -> Any:
        """What chain_method="parallel" does; waited for, as NumPyro compiles more meanwhile."""

        def run(states: Any) -> Any:
            ran.append(perf_counter())
            found = jax.block_until_ready(jax.pmap(chain)(states))
            ran.append(perf_counter())
            return found

        return run

    sampler = MCMC(
        NUTS(task.family.numpyro),
        num_warmup=WARMUP,
        num_samples=DRAWS,
        num_chains=CHAINS,
        chain_method=side_by_side,
        progress_bar=False,
    )
    with clock.less_compiling("sample") as compiling:
        sampler.run(jax.random.PRNGKey(seed), **data, extra_fields=("num_steps",))
        draws = jax.block_until_ready(sampler.get_samples(group_by_chain=True))
    clock.only("sample", compiling, *ran)
    steps = int(np.sum(sampler.get_extra_fields()["num_steps"]))
    return {name: np.asarray(value) for name, value in draws.items()}, {"steps": steps}
