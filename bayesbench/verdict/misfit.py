"""What no choice among the fits can mend: data that the model itself does not allow for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose import dispersion
from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast


def say(contrast: Contrast) -> list[Finding]:
    """Where the outcomes vary more than the family allows, as the finding tells."""
    seen = [found for found in dispersion.look(contrast) if found.severity == "warning"]
    return [
        Finding(
            "misfit",
            "warning",
            "The model itself is too sure: the outcomes vary more than it allows, so of whichever "
            f"fit the intervals are too narrow by a factor of about {_factor(found):.2g}.",
            found.evidence,
        )
        for found in seen
    ]


def _factor(found: Finding) -> float:
    return float(found.evidence["dispersion"]) ** 0.5
