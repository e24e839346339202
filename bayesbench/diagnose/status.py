"""A fit that did not find what it looked for, or found it on an edge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.fit.record import Status

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

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
    """One finding for each way to end that is not `converged`, with the fits that ended so."""
    ended: dict[Status, list[str]] = {}
    for name, fit in contrast.points.items():
        if fit.status.name != "converged":
            ended.setdefault(fit.status, []).append(name)
    return [
        Finding(
            "status",
            "info" if status.converged else "warning",
            f"{_listed(fits)} – {status.sentence}",
            {"fit": ", ".join(fits), "status": status.name},
        )
        for status, fits in ended.items()
    ]


def _listed(fits: list[str]) -> str:
    first, *others = map(_name, fits)
    return " and ".join([first, *(re.sub("^The", "the", name) for name in others)])
