"""What becomes of an energy that is trained without its partition function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.fit.partition_check import is_energy_based

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("mle",)


def look(contrast: Contrast) -> list[Finding]:
    """A short training on -E alone, and the log-likelihood along its way."""
    if not is_energy_based(contrast.bound):
        return []
    trace = contrast.naive_training
    best = int(trace.log_likelihood.argmax())
    evidence = {
        "steps": len(trace.step),
        "naive": [float(trace.naive[0]), float(trace.naive[-1])],
        "log_likelihood": [float(trace.log_likelihood[best]), float(trace.log_likelihood[-1])],
        "log_partition": [float(trace.log_partition[0]), float(trace.log_partition[-1])],
        "best_step": best,
    }
    text = (
        f"Training the energy without its partition function, on the mean of -E alone, took that "
        f"mean from {trace.naive[0]:.4g} to {trace.naive[-1]:.4g} in {len(trace.step)} steps"
    )
    if not trace.diverges:
        return [Finding("naive_energy", "info", text + ".", evidence)]
    text += (
        ", and it still rises; the mean log-likelihood was at its best "
        f"({trace.log_likelihood[best]:.4g}) after {best} of them and fell to "
        f"{trace.log_likelihood[-1]:.4g}, as log Z, which was left out, went from "
        f"{trace.log_partition[0]:.4g} to {trace.log_partition[-1]:.4g}. Nothing holds such an "
        "energy up where there are no data: it has no maximum."
    )
    return [Finding("naive_energy", "info", text, evidence)]
