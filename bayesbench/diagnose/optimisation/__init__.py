"""What can be said of a recorded run, one rule a file, each by experiments on that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation import (
    conditioning,
    dips,
    divergence,
    floor,
    influence,
    learning_rate,
    local_optimum,
    plateau,
    unbounded,
)
from bayesbench.diagnose.optimisation.recorded import Recorded

if TYPE_CHECKING:
    from bayesbench.fit.record import Fit

RULES: tuple[Any, ...] = (
    *(divergence, dips, unbounded, learning_rate, conditioning, plateau, influence, floor),
    local_optimum,
)


def findings(fit: Fit) -> list[Finding]:
    """What the rules have to say of the fit's run, in the order of the rules; none without one.

    The experiments run it again and again from steps on its way: not over a file in blocks.
    """
    if fit.run is None or fit.bound.passes is not None:
        return []
    from bayesbench.fit.mle import one_thread

    recorded = Recorded(fit)
    with one_thread():
        return [finding for rule in RULES for finding in rule.look(recorded)]
