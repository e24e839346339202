"""The gradient of NumPyro's potential energy of the task's model, jitted."""

from __future__ import annotations

from typing import Any

from benchmarks.clock import Clock
from benchmarks.gradient.turns import in_turns
from benchmarks.tasks import Task


def run(task: Task, data: dict[str, Any], seed: int, clock: Clock) -> tuple[dict, dict]:
    """Data are arguments of the program, as in ours."""
    import jax
    import numpyro
    from numpyro.infer.util import initialize_model, potential_energy

    numpyro.enable_x64()
    rows = {name: jax.numpy.asarray(values, dtype=float) for name, values in data.items()}
    began = initialize_model(jax.random.PRNGKey(0), task.family.numpyro, model_kwargs=rows)
    at = jax.tree.map(lambda each: 0 * each + 0.1, began.param_info.z)

    @jax.jit
    @jax.grad
    def slope(at: Any, rows: Any) -> Any:
        return potential_energy(task.family.numpyro, (), rows, at)

    return {}, in_turns(lambda: jax.block_until_ready(slope(at, rows)), data)
