"""The settings of the sampler: what was asked for, what the model suggests, or what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bayesbench.errors import BadInput
from bayesbench.model import Model

USUAL = {"chains": 4, "draws": 1000, "warmup": 1000, "target_accept": 0.8, "max_tree_depth": 10}
LEAST = {"chains": 1, "draws": 4, "warmup": 0, "max_tree_depth": 1}
NARROW = 0.95  # the target where there are latents, whose posterior is narrow in places


@dataclass(frozen=True)
class Sampler:
    """How NUTS is run; see `fit_posterior`."""

    chains: int
    draws: int
    warmup: int
    target_accept: float
    max_tree_depth: int


def sampler_settings(model: type[Model], **asked: Any) -> Sampler:
    """The settings: those that are not None, else the model's `sampler`, else the usual ones.

    Raises
    ------
    BadInput
        If one is out of range.
    """
    usual = USUAL | ({"target_accept": NARROW} if model.latents else {}) | dict(model.sampler)
    given = {name: value for name, value in asked.items() if value is not None}
    chosen = Sampler(**(usual | given))
    for name, least in LEAST.items():
        value = getattr(chosen, name)
        if value < least:
            raise BadInput(
                name,
                found=str(value),
                expected=f"a whole number of at least {least}",
                remedy=f"{USUAL[name]} are usual",
            )
    if not 0 < chosen.target_accept < 1:
        raise BadInput(
            "target_accept",
            found=str(chosen.target_accept),
            expected="a number between 0 and 1",
            remedy="0.8 is usual, 0.95 for difficult posteriors",
        )
    return chosen
