"""Whether the partition function of an energy is known well enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.fit.partition_check import TOLERATED
from bayesbench.methods import LABELS

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ()

WHAT = (
    "The energy's density is exp(-E) divided by the partition function Z: its integral over the "
    "support, the normalising constant as a function of the parameters."
)


def look(contrast: Contrast) -> list[Finding]:
    """What Z is, and its error in each fit: the largest of what the quadratures say."""
    seen = {
        name: fit.diagnostics
        for name, fit in contrast.points.items()
        if "log_partition_error" in fit.diagnostics
    }
    if not seen:
        return []
    n, errors = contrast.bound.n, {name: d["log_partition_error"] for name, d in seen.items()}
    worst = max(errors, key=lambda name: errors[name])
    logs = {name: d["log_partition"] for name, d in seen.items() if "log_partition" in d}
    evidence = {"log_partition": logs, "error": errors}
    if errors[worst] * n > TOLERATED:
        text = (
            f"{WHAT} In the fit “{LABELS[worst]}” log Z is not known well enough: it may be off by "
            f"{errors[worst]:.2g} for each of {n} rows, and so may what rests on it."
        )
        return [Finding("partition", "warning", text, evidence)]
    values = ", ".join(f"{LABELS[name]} {log:.6f}" for name, log in logs.items())
    text = (
        f"{WHAT} It is computed by quadrature inside of the likelihood; log Z at the estimates is: "
        f"{values or 'not asked for'}. Its error, by an embedded and an adaptive rule, is at most "
        f"{max(errors[worst], 1e-15):.1g}."
    )
    return [Finding("partition", "ok", text, evidence)]
