"""The fits of a contrast once more, on the rows that each fold leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.progress import working
from bayesbench.fit.record import Fit
from bayesbench.fit.sampler import Sampler
from bayesbench.scores.together import fitted_together

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

RESOLVED = ("device", "chain_method", "centred", "start")  # what a trial has chosen already


def refits(
    contrast: Contrast, fold: np.ndarray, progress: bool | None = False
) -> Iterator[dict[str, Fit]]:
    """By fold, the same fits by the same settings and seed, on the rows of the other folds.

    They are fitted together where they can be; what can't, or did not find an answer so, is
    fitted by itself. Rows keep the layout of all, so that a level which only one fold has is
    not lost: it has its parameter, of which the training rows then tell nothing.
    """
    from bayesbench.contrasting import contrast as fit_all

    bound, options, folds = contrast.bound, sampler_options(contrast), int(fold.max()) + 1
    searches = [contrast.fits[name] for name in ("mle", "map") if name in contrast.fits]
    starts = next((fit.settings["starts"] for fit in searches), None)
    with working(f"{folds} folds ...", progress):
        together = {} if (starts or 1) > 1 else fitted_together(contrast, fold)
    for k in range(folds):
        each = ((name, fits[k]) for name, fits in together.items())
        found = {name: fit for name, fit in each if fit is not None}
        left = [name for name in contrast.points if name not in found]
        methods = tuple(dict.fromkeys(name.partition("_")[0] for name in left))
        if methods:
            with working(f"fold {k + 1} of {folds} ...", progress):
                single = fit_all(
                    bound.model,
                    bound.only(fold != k),
                    seed=contrast.seed,
                    starts=starts,
                    methods=methods,
                    progress=False,
                    **(options if "posterior" in methods else {}),
                )
            found |= {name: single.points[name] for name in left}
        yield {name: found[name] for name in contrast.points}


def sampler_options(contrast: Contrast) -> dict[str, Any]:
    """How the contrast's chains ran, as `fit_posterior` would be asked for it again."""
    if "posterior" not in contrast.fits:
        return {}
    settings = contrast.fits["posterior"].settings
    names = {field.name for field in fields(Sampler)} | {*RESOLVED}
    names -= {"draws"} if settings["draws"] is None else {"ess", "max_draws"}
    return {name: settings[name] for name in names if name in settings}
