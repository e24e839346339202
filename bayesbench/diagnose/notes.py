"""What the model's author wants said of these data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("map",)  # they are about what a prior does


def look(contrast: Contrast) -> list[Finding]:
    """The model's own notes, a finding each; none where the rows at hand are not all."""
    bound = contrast.bound
    notes = [] if bound.passes is not None else bound.model.notes(bound.columns)
    return [Finding("notes", "info", note) for note in notes]
