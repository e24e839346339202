"""The draws of a contrast in ArviZ's own groups, so that its tools work on what is stored.

`posterior` and `sample_stats`; `log_prior`, a variable a parameter, as power-scaling reads
it; `log_likelihood`, `posterior_predictive` and `prior_predictive`, whose one variable
`outcome` is that of `observed_data`, a value a row; and `prior`. What has a value for each
draw and row is left out where it would be larger than `LARGEST`.

`log_prior` has the priors of the parameters, truncated and renormalised, and not the
populations of latents: these belong to the model, and to scale a belief is to scale the
priors at the top only (Kallioinen et al. 2024). `log_likelihood` is given the
draws of latents, where there are any. A flat prior adds nothing and has no variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.energy import CELLS, EnergyBased
from bayesbench.layout import Bound
from bayesbench.supports import Box

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.fit.record import Fit

LARGEST = 200e6  # bytes of values a draw and a row; beyond that they are left out
BEFORE = 100, 1000  # draws of the prior, at least and at most
ROOM = 20e6  # bytes that outcomes simulated from it may take

STATISTICS = {  # NumPyro's names to ArviZ's
    "potential_energy": "potential_energy",
    "energy": "energy",
    "diverging": "diverging",
    "num_steps": "n_steps",
    "accept_prob": "acceptance_rate",
}

Arrays = dict[str, dict[str, np.ndarray]]  # by group and variable, each (chain, draw, ...)


def sampled(bound: Bound, posterior: Fit) -> dict[str, xr.Dataset]:
    """The groups of a posterior that was sampled, of the model that is bound; else none."""
    if posterior.draws is None:
        return {}
    from bayesbench.fit.at_draws import pointwise_log_likelihood, pointwise_log_prior

    joint, draws = bound.joint, posterior.draws.values
    statistics = {STATISTICS[name]: values for name, values in posterior.statistics.items()}
    groups: Arrays = {"posterior": draws, "sample_stats": statistics}
    groups["log_prior"] = pointwise_log_prior(bound, draws)
    chains, count = statistics["energy"].shape
    if _is_small(joint, chains * count):
        groups["log_likelihood"] = {"outcome": pointwise_log_likelihood(joint, draws)}
    if _can_simulate(joint, chains * count):
        from bayesbench.predict.mixture import simulated
        from bayesbench.predict.predicting import instances

        seed = int(posterior.settings["seed"])
        rows = simulated(joint, instances(posterior), seed, 1)
        drawn = rows.reshape(chains, count, *rows.shape[1:])
        groups["posterior_predictive"] = {"outcome": drawn}
    return datasets(bound, {name: group for name, group in groups.items() if group})


def before_data(bound: Bound, seed: int) -> dict[str, xr.Dataset]:
    """The groups `prior` and `prior_predictive`; none under a flat prior.

    There are 1,000 draws, or as many, down to 100, as tables of outcomes have room.
    """
    from bayesbench.predict.mixture import simulated
    from bayesbench.prior import drawn, is_proper

    joint = bound.joint
    if not is_proper(joint):
        return {}
    draws = int(np.clip(ROOM // (8 * bound.outcome.size), *BEFORE))
    values = drawn(joint, draws, seed)
    groups: Arrays = {"prior": {name: value[None] for name, value in values.items()}}
    if _can_simulate(joint, draws):
        groups["prior_predictive"] = {"outcome": simulated(joint, values, seed, 1)[None]}
    return datasets(joint, groups)


def of_data(bound: Bound) -> dict[str, xr.Dataset]:
    """The groups `observed_data` and, if there are inputs, `constant_data`."""
    import xarray as xr

    lead = ("row", "component")
    made = {"observed_data": xr.Dataset({"outcome": (lead[: bound.outcome.ndim], bound.outcome)})}
    if bound.inputs:
        inputs = {
            name: (("row", f"{name}_column")[: v.ndim], v) for name, v in bound.inputs.items()
        }
        made["constant_data"] = xr.Dataset(inputs)
    return made


def datasets(bound: Bound, groups: Mapping[str, Mapping[str, Any]]) -> dict[str, xr.Dataset]:
    """Arrays as ArviZ's datasets, with the names of dimensions and labels that the model has."""
    import arviz_base

    layout = bound.layout.joint
    coords = {dimension: list(labels) for dimension, labels in layout.labels}
    dims = {name: list(p.dims) for name, p in layout.model.parameters.items()}
    dims["outcome"] = ["row", "component"][: bound.outcome.ndim]
    made = arviz_base.from_dict(dict(groups), coords=coords, dims=dims)
    return {name: made[name].to_dataset() for name in groups}


def _is_small(bound: Bound, draws: int) -> bool:
    return draws * bound.outcome.size * 8 <= LARGEST


def _can_simulate(bound: Bound, draws: int) -> bool:
    """Whether outcomes of so many draws are few enough; an energy has a grid for each draw."""
    from bayesbench.binding import at_start

    made = at_start(bound.layout).likelihood(**bound.inputs)
    if not isinstance(made, EnergyBased):
        return _is_small(bound, draws)
    sides = len(made.support.sides) if isinstance(made.support, Box) else 1
    return _is_small(bound, draws) and draws * CELLS[sides] ** sides * 8 <= LARGEST
