"""A model that was looked at, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.checks.record import Checked
from bayesbench.describe import name_in_formula

if TYPE_CHECKING:
    from rich.console import Console

MARKS = {
    "error": "[red]✗[/red]",
    "warning": "[yellow]![/yellow]",
    "info": "-",
    "ok": "[green]✓[/green]",
}
SHOWN = 20  # parameters


def print_checked(made: Checked, console: Console) -> None:
    """Print the parameters, a row each, and what was found, the gravest first."""
    from rich.markup import escape
    from rich.table import Table

    rows = f"{made.rows:,} row{'s' * (made.rows != 1)}"
    files = {each.place.rpartition(", ")[0] for each in made.parameters} - {""}
    where = f" ({', '.join(sorted(files))})" if files else ""
    console.print(f"[bold]{escape(made.model.__name__)}[/bold]{escape(where)}: {rows}\n")
    if made.parameters:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("parameter", "shape", "support", "prior", ""):
            table.add_column(column)
        for each in made.parameters[:SHOWN]:
            shape = " × ".join(map(str, each.shape)) or "a number"
            told = (
                name_in_formula(each.name),
                shape,
                each.support,
                each.prior,
                each.place.rpartition(", ")[2],
            )
            table.add_row(*map(escape, told))
        left = len(made.parameters) - SHOWN
        if left > 0:
            table.add_row(f"and {left} more", *[""] * 4)
        console.print(table)
        console.print()
    for finding in made.findings:
        console.print(f"{MARKS[finding.severity]} {escape(f'{finding.rule}: {finding.text}')}")
    console.print()
