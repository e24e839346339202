"""The fitted densities against the one that simulated data were drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.fit.partition_check import is_energy_based
from bayesbench.held_out import is_example
from bayesbench.methods import LABELS
from bayesbench.recovery import distance

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ()


def look(contrast: Contrast) -> list[Finding]:
    """The integral of the absolute difference of the densities, for the model's own example."""
    bound = contrast.bound
    truth = getattr(bound.model, "true_density", None)
    if truth is None or bound.outcome.ndim > 1 or not is_energy_based(bound):
        return []
    if not is_example(bound):
        return []  # nobody knows what other data were drawn from
    found = {name: distance(fit, truth) for name, fit in contrast.points.items()}
    known = {name: off for name, off in found.items() if off is not None}
    if not known:
        return []
    said = ", ".join(f"{_name(contrast, name)} {off:.3f}" for name, off in known.items())
    text = (
        f"The integral of |estimated - true| density, 0 at best and 2 at worst: {said}. "
        f"The data were drawn from the true one, {bound.n} rows of it."
    )
    return [Finding("recovered_density", "info", text, known)]


def _name(contrast: Contrast, name: str) -> str:
    fit = contrast.points[name]
    if fit.draws is None and fit.estimate is None:
        return f"{LABELS[name]} ({fit.status.name}: where the search had got to)"
    return LABELS[name]
