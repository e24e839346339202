"""The fits of a contrast once more, on the rows that a fold leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.progress import working
from bayesbench.fit.sampler import Sampler

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

RESOLVED = ("device", "chain_method", "centred", "start")  # what a trial has chosen already


def refits(
    contrast: Contrast, fold: np.ndarray, progress: bool | None = False
) -> Iterator[Contrast]:
    """Each fold's contrast: the same methods, settings and seed, on the rows of the others.

    Rows keep the layout of all, so that a level which only one fold has is not lost: it has
    its parameter, of which the training rows then tell nothing.
    """
    from bayesbench.contrasting import contrast as fit_all

    bound, options = contrast.bound, sampler_options(contrast)
    starts = next(
        (contrast.fits[m].settings.get("starts") for m in ("mle", "map") if m in contrast.fits),
        None,
    )
    for k in range(fold.max() + 1):
        with working(f"fold {k + 1} of {fold.max() + 1} ...", progress):
            yield fit_all(
                bound.model,
                bound.only(fold != k),
                seed=contrast.seed,
                starts=starts,
                methods=tuple(contrast.fits),
                progress=False,
                **options,
            )


def sampler_options(contrast: Contrast) -> dict[str, Any]:
    """How the contrast's chains ran, as `fit_posterior` would be asked for it again."""
    if "posterior" not in contrast.fits:
        return {}
    settings = contrast.fits["posterior"].settings
    names = {field.name for field in fields(Sampler)} | {*RESOLVED}
    names -= {"draws"} if settings["draws"] is None else {"ess", "max_draws"}
    return {name: settings[name] for name in names if name in settings}
