"""Where the likelihood, as a product, is zero in float64 while its logarithm is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.underflow import underflow

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("mle",)  # the fits that the rule looks at
MOST = 2000  # rows


def look(contrast: Contrast) -> list[Finding]:
    """At the MLE, where the data themselves underflow or the model asks for it."""
    from bayesbench.fit.torch_objective import rows_at

    mle, bound = contrast.fits["mle"], contrast.bound
    if mle.estimate is None or bound.model.latents:  # whose rows have no densities one by one
        return []
    found = underflow(rows_at(bound, mle.estimate.values), max(MOST, bound.n))
    if found.zero_at is None or (found.repeated and not bound.model.shows_underflow):
        return []
    log_sum = float(found.log_sum[found.zero_at - 1])
    which = f"these {bound.n} again and again" if found.repeated else f"of {bound.n:,}"
    text = (
        "Why logarithms: the likelihood at the MLE, the product of the rows' densities, is "
        f"exactly 0 in float64 from {found.zero_at:,} rows on ({which}), and a maximum of zeros "
        f"tells nothing; the sum of the logarithms of the same densities is {log_sum:.1f}."
    )
    evidence = {"zero_at": found.zero_at, "log_sum": log_sum, "rows": bound.n}
    return [Finding("underflow", "info", text, evidence)]
