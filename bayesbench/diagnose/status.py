"""A fit that did not find what it looked for, or found it on an edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.compare import Contrast

NEEDS = ()

NAMES = {
    "mle": "Maximum likelihood",
    "map": "The MAP",
    "map_unconstrained": "The MAP on the unconstrained scale",
    "laplace": "Laplace",
    "posterior": "The posterior",
}


def look(contrast: Contrast) -> list[Finding]:
    """One finding for each fit whose status is not `converged`."""
    return [
        Finding(
            "status",
            "info" if fit.converged else "warning",
            f"{NAMES.get(name, name)} – {fit.status.sentence}",
            {"fit": name, "status": fit.status.name},
        )
        for name, fit in contrast.points.items()
        if fit.status.name != "converged"
    ]
