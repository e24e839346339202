"""The scores of fits in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bayesbench.methods import label
from bayesbench.scores.coverage import PROBS

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from bayesbench.scores.compared import Compared
    from bayesbench.scores.record import Scores


def print_scores(scores: Scores, console: Console) -> None:
    """Print a row a fit with its scores, PSIS-LOO below them, and the sentences."""
    from rich.markup import escape

    console.print(score_table(scores))
    console.print(f"[dim]{_notes(scores)}[/dim]\n")
    for finding in scores.findings:
        mark = "[yellow]![/yellow]" if finding.severity == "warning" else "-"
        console.print(f"{mark} {escape(finding.text)}")


def print_compared(compared: Compared, console: Console) -> None:
    """Print one table of all models by all fits, PSIS-LOO compared by ArviZ, and the sentences."""
    from rich.markup import escape

    console.print(f"[bold]{escape(compared.how)}[/bold]\n")
    table = _columns("model", "fit")
    for name, each in compared.models.items():
        for k, row in enumerate(_rows(each)):
            table.add_row("" if k else escape(name), *row)
    console.print(table)
    console.print(f"[dim]{_notes(*compared.models.values())}[/dim]\n")
    loo = compared.loo()
    if not loo.empty:
        console.print(_loo_table(loo))
        console.print()
    for finding in compared.findings:
        mark = "[yellow]![/yellow]" if finding.severity == "warning" else "-"
        console.print(f"{mark} {escape(finding.text)}")


def _notes(*scores: Scores) -> str:
    """What stands below a table."""
    words = "± standard error over the rows"
    if any(each.table()["from_last"].any() for each in scores):
        words += "; * from where a search without an estimate stopped"
    return words


def score_table(scores: Scores) -> Any:
    """A row a fit: the mean log score of a row, CRPS, RMSE, and coverage."""
    table = _columns(scores.how)
    for row in _rows(scores):
        table.add_row(*row)
    return table


def _columns(*first: str) -> Any:
    from rich.table import Table

    close = len(first) > 1  # of a wide table the columns stand closer
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=close)
    for name in first:
        table.add_column(name, overflow="fold")  # names give way where there is no room for numbers
    for name in ("log score", "CRPS", "RMSE", *(f"in {p:.0%}" for p in PROBS)):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _rows(scores: Scores) -> Iterator[tuple[str, ...]]:
    for fit, row in scores.table().iterrows():
        star = "*" if row["from_last"] else ""
        inside = (row[f"coverage_{p * 100:.0f}"] for p in PROBS)
        yield (
            label(str(fit)),
            _pm(row["log_score"], row["se"]) + star,
            _number(row["crps"]),
            _number(row["rmse"]),
            *("–" if math.isnan(share) else f"{share:.1%}" for share in inside),
        )
    loo = scores.loo
    if loo is not None:
        yield "Posterior, PSIS-LOO", _pm(loo.elpd / scores.n, loo.se / scores.n)


def _loo_table(loo: pd.DataFrame) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("by PSIS-LOO")
    for name in ("ELPD", "difference", "stacking weight"):
        table.add_column(name, justify="right")
    for name, row in loo.iterrows():
        first = row["rank"] == 0
        apart = "–" if first else f"{-abs(row['elpd_diff']):.2f} ±{row['dse']:.2f}"
        elpd = f"{row['elpd']:.2f} ±{row['se']:.2f}"
        table.add_row(escape(str(name)), elpd, apart, f"{row['weight']:.2f}")
    return table


def _pm(value: float, error: float) -> str:
    if math.isnan(error):
        return _number(value)
    return f"{_number(value)} ±{_number(error)}"


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.4f}"
