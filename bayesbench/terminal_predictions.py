"""Predictions by each way of fitting in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.methods import label

if TYPE_CHECKING:
    from rich.console import Console

    from bayesbench.predict.side_by_side import Predictions

SHOWN = 10  # new rows; the rest is in the results


def print_predictions(found: Predictions, console: Console) -> None:
    """Print a table a new row, and in it a line a fit: mean, sd with its parts, interval."""
    from rich.markup import escape
    from rich.table import Table

    told = found.results()
    several = len({each["outcome"] for each in told["rows"]}) > 1
    for row in told["rows"][:SHOWN]:
        console.print(f"[bold]{escape(_place(row, several))}[/bold]")
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        share = f"{told['prob']:.0%}"
        for column in ("mean", "sd", "noise", "parameters", f"{share} from", "to"):
            table.add_column(column, justify="right")
        for fit, values in row["fits"].items():
            table.add_row(label(fit), *map(short, values.values()))
        console.print(table)
        console.print()
    left = len(told["rows"]) - SHOWN
    if left > 0:
        console.print(f"[dim]and {left:,} more: --json has them all[/dim]\n")
    words = "sd² = noise², which stays when the parameters are known, + parameters², of these"
    console.print(f"[dim]{words}[/dim]\n", soft_wrap=True)
    for fit, why in found.why_not.items():
        console.print(f"- {label(fit)} predicts nothing: {escape(why)}")
    known = [each.known_by for each in found.by_fit.values() if each.known_by]
    for why in known[:1]:
        console.print(f"- {escape(why)}", soft_wrap=True)
    lacks = [each.why_no_sd for each in found.by_fit.values() if each.why_no_sd]
    for why in lacks[:1]:
        console.print(f"- {escape(why)}")


def _place(row: dict[str, Any], several: bool) -> str:
    inputs = [f"{name} = {short(value)}" for name, value in row["inputs"].items()]
    outcome = [row["outcome"]] if several or not inputs else []
    return "new row: " + ", ".join([*outcome, *inputs])


def short(value: Any) -> str:
    """A number to four digits; a word as it is."""
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
