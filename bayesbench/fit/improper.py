"""Whether there is a posterior at all: under a flat prior there may be none."""

from __future__ import annotations

from bayesbench.fit.record import Status
from bayesbench.layout import Bound


def no_posterior(bound: Bound) -> Status | None:
    """Why there is no posterior, or None if there is one.

    Proper priors make one. Where a prior is flat, the posterior is none if nothing informs a
    direction, which the search for its mode finds and names: then its density has no finite
    integral.
    """
    flat = [declared.name for declared in bound.model.parameters.values() if declared.is_flat]
    if not flat:
        return None
    from bayesbench.fit.map import posterior_mode

    _, mode = posterior_mode(bound, "unconstrained")
    if mode.status.name not in ("not identified", "unbounded"):
        return None
    why = mode.status.sentence.removeprefix(f"{mode.status.name}: ")
    words = f"there is no posterior (flat prior on {', '.join(flat)}); {why}"
    return Status(mode.status.name, f"{mode.status.name}: {words}")
