"""The ways of fitting, and how the columns of their fits are headed."""

from __future__ import annotations

METHODS = ("mle", "map", "laplace", "pathfinder", "posterior")
APPROXIMATIONS = ("laplace", "pathfinder")  # whose draws are weighted
LABELS = {
    "mle": "MLE",
    "map": "MAP",
    "map_unconstrained": "MAP, unconstrained",
    "laplace": "Laplace",
    "pathfinder": "Pathfinder",
    "posterior": "Posterior",
}  # how a column is headed


def label(fit: str) -> str:
    """How the column of a fit is headed: `map_sd`, on a scale of the model's own, too."""
    scale = fit.removeprefix("map_").replace("_", " ")
    return LABELS.get(fit, f"MAP, {scale} scale")
