"""The settings of the sampler: what was asked for, what the model suggests, or what is usual."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput, nearest
from bayesbench.fit.devices import check_words
from bayesbench.model import Model

USUAL = {
    "chains": 4,
    "draws": None,
    "warmup": 1000,
    "ess": 400.0,
    "max_draws": 5000,
    "minutes": None,
    "target_accept": 0.8,
    "max_tree_depth": 10,
}
PATHFINDER = "pathfinder"  # where chains begin, if a word says it
LEAST = {"chains": 1, "draws": 4, "warmup": 0, "max_draws": 4, "max_tree_depth": 1}
NARROW = 0.98  # the target where a prior reads others, and the posterior is narrow in places


class SamplerOptions(TypedDict, total=False):
    """What a contrast hands on to the sampler; see `fit_posterior`."""

    chains: int | None
    draws: int | None
    warmup: int | None
    ess: float | None
    max_draws: int | None
    minutes: float | None
    target_accept: float | None
    max_tree_depth: int | None
    centred: Mapping[str, float] | None
    device: str
    chain_method: str | None
    start: str | None
    checkpoint: str | Path | None


@dataclass(frozen=True)
class Sampler:
    """How NUTS is run, and until when; see `fit_posterior`."""

    chains: int
    draws: int | None  # None: until they are worth `ess`
    warmup: int
    ess: float
    max_draws: int
    minutes: float | None
    target_accept: float
    max_tree_depth: int

    @property
    def most(self) -> int:
        """The most draws of a chain."""
        return self.max_draws if self.draws is None else self.draws


def sampler_settings(model: type[Model], **asked: Any) -> Sampler:
    """The settings: those that are not None, else the model's `sampler`, else the usual ones.

    Raises
    ------
    BadInput
        If one is out of range, or the target can't be met within the limit.
    """
    usual = (
        USUAL | ({"target_accept": NARROW} if _hierarchical(model) else {}) | dict(model.sampler)
    )
    given = {name: value for name, value in asked.items() if value is not None}
    if "draws" in given and given.keys() & {"ess", "max_draws"}:
        other = "ess" if "ess" in given else "max_draws"
        raise BadInput(
            "draws",
            found=f"both draws={given['draws']} and {other}={given[other]}",
            expected="a fixed number of draws, or a target for them",
            remedy="leave one of the two out",
        )
    if given.keys() & {"ess", "max_draws"}:
        usual |= {"draws": None}
    chosen = Sampler(**(usual | given))
    for name, least in LEAST.items():
        value = getattr(chosen, name)
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if value is not None and not (whole and value >= least):
            raise BadInput(
                name,
                found=str(value),
                expected=f"a whole number of at least {least}",
                remedy=f"{USUAL[name] or 1000} are usual",
            )
    _check_target(chosen)
    if not 0 < chosen.target_accept < 1:
        raise BadInput(
            "target_accept",
            found=str(chosen.target_accept),
            expected="a number between 0 and 1",
            remedy="0.8 is usual, 0.95 for difficult posteriors",
        )
    return chosen


def check_sampler(model: type[Model], options: Mapping[str, Any]) -> None:
    """Refuse options of the sampler before anyone waits for other fits.

    Raises
    ------
    BadInput
        As `sampler_settings`.
    TypeError
        If there is no such option.
    """
    unknown = options.keys() - SamplerOptions.__annotations__.keys()
    if unknown:
        known = ", ".join(SamplerOptions.__annotations__)
        raise TypeError(f"the sampler has no option {min(unknown)!r}; it has {known}.")
    sampler_settings(model, **{k: v for k, v in options.items() if k in USUAL})
    check_words(options.get("device", "auto"), options.get("chain_method"))
    check_start(options.get("start"))


def check_start(start: Any) -> None:
    """Refuse a word for where chains begin that is not `pathfinder`.

    Raises
    ------
    BadInput
        With the word that was meant.
    """
    if isinstance(start, str) and start != PATHFINDER:
        raise BadInput(
            "start",
            found=f"'{start}'",
            expected=f"'{PATHFINDER}', or values of the parameters",
            remedy=nearest(start, [PATHFINDER]),
        )


def _check_target(chosen: Sampler) -> None:
    """Refuse what no number of draws can meet."""
    if not (isinstance(chosen.ess, Real) and math.isfinite(chosen.ess) and chosen.ess > 0):
        raise BadInput(
            "ess",
            found=str(chosen.ess),
            expected="a number of effective draws above 0",
            remedy=f"{USUAL['ess']:.0f} are usual",
        )
    allowed = chosen.chains * chosen.max_draws
    if chosen.draws is None and chosen.ess > allowed:
        raise BadInput(
            "ess",
            found=f"{chosen.ess:g} effective draws",
            expected=f"no more than the draws that are allowed: {chosen.chains} chains of "
            f"{chosen.max_draws} are {allowed}",
            remedy="raise max_draws, or ask for fewer",
        )
    minutes = chosen.minutes
    if minutes is not None and not (isinstance(minutes, Real) and minutes > 0):
        raise BadInput(
            "minutes",
            found=str(chosen.minutes),
            expected="a limit above 0",
            remedy="leave it out for none",
        )


def _hierarchical(model: type[Model]) -> bool:
    """Whether a prior reads other parameters, as that of a latent does."""
    priors = (declared.prior for declared in model.parameters.values())
    return bool(model.latents) or not all(isinstance(prior, Distribution) for prior in priors)
