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
    "laplace": "Laplace",
    "pathfinder": "Pathfinder",
    "posterior": "The posterior",
}


def _name(fit: str) -> str:
    scale = fit.removeprefix("map_").replace("_", " ")
    return NAMES.get(fit, f"The MAP on the {scale} scale")


def look(contrast: Contrast) -> list[Finding]:
    """One finding for each fit whose status is not `converged`."""
    return [
        Finding(
            "status",
            "info" if fit.converged else "warning",
            f"{_name(name)} – {fit.status.sentence}",
            {"fit": name, "status": fit.status.name},
        )
        for name, fit in contrast.points.items()
        if fit.status.name != "converged"
    ]
