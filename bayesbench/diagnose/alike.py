"""Levels that differ by case or spaces alone: more likely one that was written in two ways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bayesbench.binding import inputs_of
from bayesbench.diagnose.finding import Finding
from bayesbench.layout import Levels

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.layout import Bound

NEEDS = ()
SHOWN = 4  # groups that a sentence names


def look(contrast: Contrast) -> list[Finding]:
    """A warning for each category that has such levels."""
    found = []
    for name, levels in _levels(contrast.bound).items():
        groups = alike(levels)
        if not groups:
            continue
        named = "; ".join(" and ".join(map(repr, group)) for group in groups[:SHOWN])
        message = f"The column '{name}' has levels that differ by case or spaces only: {named}."
        remedy = (
            "Each has an effect of its own; if they are the same, write them alike in the table."
        )
        evidence = {"column": name, "levels": [list(group) for group in groups]}
        found.append(Finding("alike_levels", "warning", message, evidence, remedy))
    return found


def alike(levels: Iterable[str]) -> list[tuple[str, ...]]:
    """The groups of texts that are one without their case and spaces."""
    groups: dict[str, list[str]] = {}
    for level in levels:
        groups.setdefault("".join(level.split()).casefold(), []).append(level)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _levels(bound: Bound) -> dict[str, tuple[str, ...]]:
    """By column, the levels of each category."""
    labels = dict(bound.layout.labels)
    declared = inputs_of(bound.model)
    found = {name: labels[name] for name, how in declared.items() if isinstance(how, Levels)}
    for design in bound.designs.values():
        found |= design.levels
    return found
