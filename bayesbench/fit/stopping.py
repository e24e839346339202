"""When draws are good enough: what they say of themselves, and how a sampler's run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.fit.chains import R_HAT, convergence, spelt, worst
from bayesbench.fit.judged import Judged, judged_by
from bayesbench.fit.record import Status
from bayesbench.layout import Bound

DIVERGENT = 0.01  # of the transitions; fewer are a warning only


@dataclass(frozen=True)
class Look:
    """What the draws so far say of their own reliability.

    `r_hat` is the largest and `ess` the smallest, in bulk or tail, of the quantities that the
    chains are judged by; both are NaN if one never moved.
    """

    judged: Judged
    convergence: Mapping[str, Mapping[str, Any]]
    r_hat: float
    ess: float

    def good_enough(self, ess: float) -> bool:
        """Whether the chains agree, and their draws are worth so many independent ones."""
        return bool(self.r_hat < R_HAT and self.ess >= ess)


def look_at(bound: Bound, draws: Mapping[str, np.ndarray]) -> Look:
    """Judge draws, each (chain, draw, ...), as Vehtari et al. (2021) do: see `convergence`."""
    judged = judged_by(bound, draws)
    found = convergence(judged.quantities)
    return Look(judged, found, *worst(found))


def sampler_status(
    look: Look, divergences: int, total: int, ess: float, limit: str = "", remedy: str = ""
) -> Status:
    """How a run ended: converged, or what its draws lack.

    Parameters
    ----------
    look : Look
        At all the draws that are kept.
    divergences, total : int
        Of so many transitions.
    ess : float
        The target.
    limit : str
        Which limit ended the run, in words; nothing if none did.
    remedy : str
        What to do about too few draws.
    """
    counts = f"largest R-hat {spelt(look.r_hat)}, smallest ESS {look.ess:.0f}, "
    counts += f"{divergences} divergences"
    counts += f", {look.judged.words}" if look.judged.words else ""
    if np.isnan(look.r_hat):
        why = "a parameter did not move, so there is no R-hat; check its scale and its start."
    elif not look.r_hat < R_HAT:
        why = f"the chains disagree ({counts}; R-hat should be below {R_HAT}); run longer, or "
        why += "reparameterise."
    elif not look.ess >= ess:
        why = f"too few effective draws ({counts}; {ess:g} are wanted); {remedy}."
    elif divergences > DIVERGENT * total:
        why = f"more than {DIVERGENT:.0%} of {total} transitions diverged ({counts}); raise "
        why += "target_accept, or reparameterise."
    else:
        return Status("converged", f"converged: {counts}.")
    ended = f"stopped at the limit of {limit}: " if limit else ""
    return Status("not converged", f"not converged: {ended}{why}")
