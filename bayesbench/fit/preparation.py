"""What is settled before the chains take a step: where they begin, in what units, and where
they run. It is settled once: a run that goes on takes what was settled before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from bayesbench.density import summed_in
from bayesbench.fit.chain_starts import Starts, beginning
from bayesbench.fit.chain_trial import fastest, seconds_of
from bayesbench.fit.checkpoint import Checkpoint
from bayesbench.fit.devices import Place, places
from bayesbench.fit.nuts import Chains, Plan
from bayesbench.fit.objective import Objective
from bayesbench.fit.parameterisation import (
    Parameterisation,
    choose_parameterisation,
    parameterisation_again,
)
from bayesbench.fit.sampler import Sampler
from bayesbench.kept import another
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library

CHUNK = 250  # steps between two looks at the draws


@dataclass(frozen=True)
class Prepared:
    """The compiled programs' plan, what they are given, and the choice that was made."""

    plan: Plan
    chains: Chains
    place: Place
    ground: str  # of the place, in words
    began: str  # where, behind "they began"

    @property
    def resolved(self) -> dict[str, Any]:
        """What a checkpoint keeps of it; `prepared` takes it again."""
        return {
            "device": self.place.kind,
            "chain_method": self.place.method,
            "number of devices": len(self.place.devices),
            "ground": self.ground,
            "starts": self.chains.z.tolist(),
            "unit": self.chains.unit.tolist(),
            "began": self.began,
        }


def coordinates(
    bound: Bound,
    asked: Mapping[str, float] | None,
    *,
    seed: int,
    start: Starts,
    before: Checkpoint | None,
) -> Parameterisation:
    """Settle the coordinates in which the chains run, or take those of the run before.

    Raises
    ------
    BadInput
        If something is asked for that can't be, or is not that of the run before.
    """
    kept = before.resolved.get("parameterisation") if before is not None else None
    if before is None or kept is None:
        return choose_parameterisation(bound, asked=asked, start=start, seed=seed)
    again = parameterisation_again(bound, kept)
    for name, c in (asked or {}).items():
        if c != again.centred.get(name):
            then = str(again.centred.get(name, "none"))
            raise another(before.folder, f"centredness of {name}", then, str(c))
    return again


def prepared(
    bound: Bound,
    target: Objective,
    sampler: Sampler,
    *,
    seed: int,
    start: Starts,
    device: str,
    chain_method: str | None,
    before: Checkpoint | None,
) -> Prepared:
    """Settle what the chains need, or take it from the run that is to go on.

    Raises
    ------
    BadInput
        If a device or method is asked for that is not there, or is not that of the run before.
    """
    with jax.enable_x64(True):
        summed = summed_in(bound, jax_library())
    if before is not None and before.resolved:
        z, unit = (np.array(before.settled(name)) for name in ("starts", "unit"))
        if start is not None:
            asked = beginning(bound, target, start, seed, sampler.chains)
            if not np.allclose(asked.z, z, rtol=1e-6):
                raise another(before.folder, "start")
        place = _as_before(before, sampler, device, chain_method)
        chains = Chains(seed, z, unit, summed)
        words = (before.settled(name) for name in ("ground", "began"))
        return Prepared(_plan(bound, sampler, place), chains, place, *words)
    found, ground = places(device, chain_method, sampler.chains)
    began = beginning(bound, target, start, seed, sampler.chains)
    chains = Chains(seed, began.z, began.unit, summed)
    place = found[0]
    if len(found) > 1:
        place, ground = fastest(
            found, lambda place: seconds_of(_plan(bound, sampler, place), chains)
        )
    return Prepared(_plan(bound, sampler, place), chains, place, ground, began.words)


def _plan(bound: Bound, sampler: Sampler, place: Place) -> Plan:
    return Plan(
        bound.layout,
        sampler.warmup,
        min(CHUNK, sampler.warmup + sampler.most),
        sampler.target_accept,
        sampler.max_tree_depth,
        place.devices,
        vectorized=place.method == "vectorized",
    )


def _as_before(
    before: Checkpoint,
    sampler: Sampler,
    device: str,
    chain_method: str | None,
) -> Place:
    """The place of the run before; what is asked for must not be another."""
    names = ("device", "chain_method", "number of devices")
    kept = {name: before.settled(name) for name in names}
    asked = {"device": device, "chain_method": chain_method or "auto"}
    for name, now in asked.items():
        if now not in ("auto", kept[name]):
            raise another(before.folder, name, kept[name], now)
    (place,), _ = places(kept["device"], kept["chain_method"], sampler.chains)
    if len(place.devices) != kept["number of devices"]:
        now = str(len(place.devices))
        raise another(before.folder, "number of devices", str(kept["number of devices"]), now)
    return place
