"""Why a fit can't begin: which parameter's prior, or which row's likelihood, is not finite."""

from __future__ import annotations

import numpy as np

from bayesbench.density import LEAST
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput
from bayesbench.fit.objective import Objective
from bayesbench.supports import real

LOOKED_AT = 10  # of the points


def no_start(
    target: Objective, refused: np.ndarray, where: str | None = None, what: str = "chains"
) -> BadInput:
    """What to raise when a log-density is not finite where a fit could begin.

    Parameters
    ----------
    target : Objective
    refused : array, shape (points, size)
        Points on the unconstrained scale where it, or its slope, is not finite.
    where : str, optional
        Where these are, for a sentence; around the middle of the supports if not given.
    what : str
        What can't begin.
    """
    bound, looked = target.bound, refused[:LOOKED_AT]
    where = where or f"at {len(refused)} points around the middle of the supports"
    priors = [target.log_priors(z) for z in looked]
    for parameter in priors[0]:
        if not any(np.isfinite(each[parameter]).all() for each in priors):
            return BadInput(
                f"the prior of {bound.model.__name__}.{parameter}",
                found=f"a density that is not finite {where}",
                expected=f"a finite density where {what} can begin",
                remedy=f"check its arguments{_overlap(target, parameter)}, or give start= values "
                "that it allows",
            )
    parts = np.array([target.rows(z) for z in looked])
    bad = np.flatnonzero(~np.isfinite(parts).any(axis=0))
    if len(bad):
        unit = "groups" if bound.model.latents else "rows"
        more = f" (as of {len(bad) - 1} more {unit})" if len(bad) > 1 else ""
        return BadInput(
            _place(target, int(bad[0])),
            found=f"a log-likelihood of {parts[0, bad[0]]}{more} {where}",
            expected=f"a finite one where {what} can begin",
            remedy="check the likelihood for the log or the division of zero, and the data's "
            "scale, or give start= values at which the data are possible",
        )
    return BadInput(
        f"{bound.model.__name__} at the start of the {what}",
        found=f"{target.words} that is not finite, or has no finite slope, {where}",
        expected="a finite one there",
        remedy="check the likelihood for log or division of zero, and the scales of the data",
    )


def _overlap(target: Objective, parameter: str) -> str:
    """What else to check of a prior that is cut off."""
    declared = target.bound.model.parameters[parameter]
    prior, support = declared.prior, declared.support
    if support == real or (isinstance(prior, Distribution) and support.covers(prior.support)):
        return ""
    return f", whether {LEAST:g} of its mass or more lies on {support.brackets}"


def _place(target: Objective, part: int) -> str:
    """Where a row stands in its table; or which group of a latent it is."""
    bound = target.bound
    if bound.model.latents:
        effects = [
            e for e in bound.layout.joint.entries if e.partition("[")[0] in bound.model.latents
        ]
        return f"{bound.table.source}, the rows that share {effects[part]}"
    named = bound.model.outcome
    return bound.table.place(part, named if isinstance(named, str) else named[0])
