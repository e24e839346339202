"""The evidence of a model in the terminal."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from bayesbench.evidence.comparison import Comparison
from bayesbench.evidence.record import Evidences, decimals

if TYPE_CHECKING:
    from rich.console import Console


def print_evidence(found: Evidences, compared: list[Comparison], console: Console) -> None:
    """Print the log evidence, a row a way to it; what is missing; and the Bayes factors."""
    from rich.markup import escape
    from rich.table import Table

    model = found.bound.model
    variant = f", {model.variant_name}" if model.variant_name else ""
    rows = f"{found.bound.n} row{'s' * (found.bound.n != 1)}"
    console.print(f"[bold]{escape(model.__name__)}[/bold]{variant}: {rows}\n")
    if found.ways:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("method", "log evidence", "error"):
            table.add_column(column, justify="left" if column == "method" else "right")
        for way in found.ways.values():
            error = way.error if isfinite(way.error) else None
            said = "–" if error is None else f"{error:.1g}"
            table.add_row(way.label, f"{way.log:.{decimals(error)}f}", said)
        console.print(table)
        console.print()
    for sentence in found.missing:
        console.print(f"- {escape(sentence)}")
    for each in compared:
        said = each.why if each.factor is None else each.factor.sentence
        console.print(f"- {escape(said)}")
        if each.exact is not None:
            console.print(f"  By closed forms: log {each.exact.log:.10f}.")
