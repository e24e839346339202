"""A sweep in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.sweep import CLOSE, Sweep

if TYPE_CHECKING:
    from rich.console import Console

RUNS = {
    "batch_size": "batch\nsize",
    "learning_rate": "learning\nrate",
    "gap": "below\nmaximum",
    "outcome": "outcome",
    "steps_to_reach": f"steps to\nwithin {CLOSE:g}",
    "rows_to_reach": f"rows to\nwithin {CLOSE:g}",
    "floor": "noise\nfloor",
    "floor_theory": "theory",
}
FASTEST = {
    "batch_size": "batch\nsize",
    "fastest_stable": "fastest\nstable rate",
    "limit": "limit\n2/λ_max",
    "first_to_reach": f"first\nwithin {CLOSE:g}",
    "steps_to_reach": "its\nsteps",
    "rows_to_reach": "its\nrows",
}
COUNTS = {"batch_size", "steps_to_reach", "rows_to_reach"}


def print_sweep(swept: Sweep, console: Console) -> None:
    """Print a row a run, the fastest rates, the noise floors, and the findings."""
    from rich.markup import escape

    bound, recipe = swept.bound, swept.recipe
    name = recipe.optimizer.name if not swept.plain else "gradient ascent"
    rows = f"{bound.n:,} row{'s' * (bound.n != 1)}"
    console.print(
        f"[bold]{escape(bound.model.__name__)}[/bold]: {rows}; {name} on the "
        f"{recipe.objective} log-likelihood\nAt the maximum the total is {swept.maximum:.4f}.\n"
    )
    table, fastest = swept.table(), swept.fastest()
    for way in dict.fromkeys(table["batching"]):
        console.print(f"[bold]{_title(way)}[/bold]")
        console.print(_printed(table[table["batching"] == way], RUNS))
        console.print()
        console.print(_printed(fastest[fastest["batching"] == way], FASTEST))
        console.print()
    console.print("[dim]± Monte Carlo standard error; – not reached, or not known[/dim]\n")
    for finding in swept.findings:
        mark = "[yellow]![/yellow]" if finding.severity == "warning" else "-"
        console.print(f"{mark} {escape(finding.text)}")
    if swept.interrupted:
        console.print("Interrupted: these are the runs as far as they got.")
    console.print()


def _title(batching: str) -> str:
    words = {"reshuffled": "Batches reshuffled each pass", "all rows": "All rows"}
    return words.get(batching, "Batches drawn independently")


def _printed(frame: Any, columns: dict[str, str]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in columns.values():
        side: Any = "left" if heading == "outcome" else "right"
        table.add_column(heading, justify=side, no_wrap=True)
    for _, row in frame.iterrows():
        table.add_row(*(_cell(row, column) for column in columns))
    return table


def _cell(row: Any, column: str) -> str:
    value = row[column]
    if isinstance(value, str):
        return value
    if np.isnan(value):
        return "–"
    if column == "floor":
        return f"{_short(value)} ±{_short(row['floor_error'], 1)}"
    return f"{value:,.0f}" if column in COUNTS else _short(value)


def _short(value: float, digits: int = 3) -> str:
    plain = 10 ** (digits - 1) <= abs(value) < 1e5
    return f"{value:,.0f}" if plain and abs(value) >= 10 else f"{value:.{digits}g}"
