"""Rows that no fit has seen, because values were missing in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.tables.missing import left_out_in_words

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ()


def look(contrast: Contrast) -> list[Finding]:
    """How many rows were left out, and by which columns."""
    table = contrast.bound.table
    if not table.left_out:
        return []
    evidence = {"rows": table.of, "left out": table.left_out, **table.missing}
    remedy = (
        "What is said holds for rows like those that are left; if values are likelier to be "
        "missing where the outcome is high or low, it is biased (Rubin 1976)."
    )
    return [Finding("left_out", "info", left_out_in_words(table), evidence, remedy)]
