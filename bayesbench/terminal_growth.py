"""MLE, MAP and posterior on more and more rows, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.digits import fixed
from bayesbench.fit.growth import Growth

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 8  # entries


def print_growth(made: Growth, console: Console) -> None:
    """Print a row a number of rows and an entry, and the sentences."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("rows", "parameter", "MLE", "MAP", "posterior", "95% interval"):
        justify = "left" if column == "parameter" else "right"
        table.add_column(column, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    entries = made.bound.layout.entries
    for each in made.at:
        post = each.posterior
        for k, entry in enumerate(entries[:SHOWN]):
            interval = "–"
            if post.low is not None and post.high is not None:
                interval = f"{post.low[k]:.4g} to {post.high[k]:.4g}"
            table.add_row(
                f"{each.rows:,}" if k == 0 else "",
                escape(name_in_formula(entry)),
                *(_cell(p.values, k, p.status.name) for p in (each.mle, each.map)),
                _cell(post.mean, k, post.status.name),
                interval,
            )
    console.print(table)
    if len(entries) > SHOWN:
        console.print(f"[dim]and {len(entries) - SHOWN} more parameters[/dim]")
    console.print()
    for sentence in made.sentences:
        console.print(f"- {escape(sentence)}")


def _cell(values: np.ndarray | None, k: int, status: str) -> str:
    if values is None:
        return status
    return fixed(values[k]) + ("*" if status == "boundary" else "")
