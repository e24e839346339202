"""blackjax's NUTS after its window adaptation, chains side by side under vmap.

The log-density is that of NumPyro's model, as blackjax's own example for such models has it.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.clock import Clock
from benchmarks.posterior import CHAINS, DRAWS, WARMUP
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """One jitted program for warm-up and draws of all chains."""
    with clock("import"):
        import blackjax
        import jax
        import numpy as np
        from numpyro.infer.util import initialize_model

        jax.config.update("jax_enable_x64", True)
        jax.devices()  # JAX looks for them once

    def chain(start: Any, key: Any) -> Any:
        warm, run = jax.random.split(key)
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density)
        (state, parameters), _ = adaptation.run(warm, start, num_steps=WARMUP)
        kernel = blackjax.nuts(log_density, **parameters)

        def step(state: Any, key: Any) -> Any:
            state, information = kernel.step(key, state)
            return state, (state.position, information.num_integration_steps)

        return jax.lax.scan(step, state, jax.random.split(run, DRAWS))[1]

    with clock.less_compiling("sample") as compiling:
        keys = jax.random.split(jax.random.PRNGKey(seed), CHAINS)
        began = initialize_model(keys, task.family.numpyro, model_kwargs=data)

        def log_density(at: Any) -> Any:
            return -began.potential_fn(at)

        since = perf_counter()
        chains = jax.jit(jax.vmap(chain))
        positions, steps = jax.block_until_ready(chains(began.param_info.z, keys))
        until = perf_counter()
        constrained = jax.jit(jax.vmap(jax.vmap(began.postprocess_fn)))(positions)
        draws = jax.block_until_ready(constrained)
    clock.only("sample", compiling, since, until)
    return {name: np.asarray(v) for name, v in draws.items()}, {"steps": int(np.sum(steps))}
