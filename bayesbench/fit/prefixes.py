"""NUTS on the first rows of a table, for several numbers of rows by one compiled program.

The program sees all the rows, and a mask: a row that does not count is computed as the
first one, which is possible wherever that is, and multiplied out by `where`, so that
neither its value nor its slope is met.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
from numpyro.infer import NUTS

from bayesbench.density import columns_in, constrain, log_prior, row_log_likelihood
from bayesbench.fit.at_draws import draws_on_own_scale
from bayesbench.fit.chains import ESS, R_HAT, convergence, worst
from bayesbench.fit.growth import NUTS as BY_NUTS
from bayesbench.fit.growth import TAILS, Marginals
from bayesbench.fit.record import Status
from bayesbench.fit.starts import random_starts
from bayesbench.fit.stopping import DIVERGENT
from bayesbench.fit.threefry import as_key
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library

CHAINS, WARMUP, DRAWS = 4, 500, 500
TARGET = 0.9  # the acceptance probability: few rows leave narrow places


def sample_prefixes(bound: Bound, sizes: list[int], seed: int) -> list[Marginals]:
    """The posterior of each entry on the first rows, by 4 chains of 500 + 500 steps each.

    Chains that disagree give no numbers, and the status says so (R-hat below 1.01 and 400
    effective draws are asked for, as of `fit_posterior`).
    """
    layout = bound.layout
    starts = random_starts(layout, CHAINS * len(sizes), seed)
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        keys = jax.random.split(jax.random.PRNGKey(seed), len(starts))
        counts = np.repeat(sizes, CHAINS)
        z, diverging = map(np.asarray, _chains(layout, keys, starts, counts, inputs, outcome))
    z = z.reshape(len(sizes), CHAINS, DRAWS, layout.size)
    lost = diverging.reshape(len(sizes), -1).mean(axis=1)
    return [_judged(layout, draws, share) for draws, share in zip(z, lost, strict=True)]


@partial(jax.jit, static_argnums=0)
def _chains(
    layout: Layout, keys: Any, starts: Any, counts: Any, inputs: Any, outcome: Any
) -> tuple[Any, Any]:
    def chain(part: Any) -> tuple[Any, Any]:
        key, start, count = part
        kernel = NUTS(
            potential_fn=lambda z: -masked_log_density(layout, z, inputs, outcome, count),
            target_accept_prob=TARGET,
        )

        def step(state: Any, _: None) -> tuple[Any, Any]:
            state = kernel.sample(state, (), {})
            return state, (state.z, state.diverging)

        first = kernel.init(as_key(key), WARMUP, start, (), {})
        _, (z, diverging) = jax.lax.scan(step, first, length=WARMUP + DRAWS)
        return z[WARMUP:], diverging[WARMUP:]

    return jax.lax.map(chain, (keys, starts, counts))


def masked_log_density(layout: Layout, z: Any, inputs: Any, outcome: Any, count: Any) -> Any:
    """The log-posterior of the unconstrained coordinates on the first `count` rows."""
    library = jax_library()
    at = library.xp.arange(len(outcome))
    kept = library.xp.where(at < count, at, 0)
    values, log_stretch = constrain(layout, z, library, priors=True)
    seen = {name: column[kept] for name, column in inputs.items()}
    rows = row_log_likelihood(layout.model, values, seen, outcome[kept], library, outcome)
    likelihood = library.xp.where(at < count, rows, 0.0).sum()
    return likelihood + log_prior(layout.model, values, library) + log_stretch.sum()


def _judged(layout: Layout, z: np.ndarray, lost: float) -> Marginals:
    values = draws_on_own_scale(layout, z)
    r_hat, ess = worst(convergence(values))
    numbers = {"r_hat": r_hat, "ess": ess, "divergent": float(lost)}
    counts = f"largest R-hat {r_hat:.3f}, smallest ESS {ess:.0f}, {lost:.1%} divergent."
    if not (r_hat < R_HAT and ess >= ESS and lost <= DIVERGENT):
        return Marginals(Status("not converged", f"not converged: {counts}"), BY_NUTS, numbers)
    flat = layout.join(values).reshape(-1, layout.size)
    low, high = np.quantile(flat, TAILS, axis=0)
    status = Status("converged", f"converged: {counts}")
    return Marginals(status, BY_NUTS, numbers, flat.mean(axis=0), low, high)
