"""The scores of fits in the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bayesbench.contrasting import label
from bayesbench.scores.coverage import PROBS
from bayesbench.scores.record import Scores

if TYPE_CHECKING:
    from rich.console import Console


def print_scores(scores: Scores, console: Console) -> None:
    """Print a row a fit with its scores, PSIS-LOO below them, and the sentences."""
    from rich.markup import escape

    console.print(score_table(scores))
    notes = ["± standard error over the rows"]
    if any(scores.table()["from_last"]):
        notes.append("* from where a search without an estimate stopped")
    console.print(f"[dim]{'; '.join(notes)}[/dim]\n")
    for finding in scores.findings:
        mark = "[yellow]![/yellow]" if finding.severity == "warning" else "-"
        console.print(f"{mark} {escape(finding.text)}")


def score_table(scores: Scores) -> Any:
    """A row a fit: the mean log score of a row, CRPS, RMSE, and coverage."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (scores.how, "log score", "CRPS", "RMSE", *(f"in {p:.0%}" for p in PROBS)):
        justify = "left" if name == scores.how else "right"
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for fit, row in scores.table().iterrows():
        star = "*" if row["from_last"] else ""
        inside = (f"coverage_{p * 100:.0f}" for p in PROBS)
        table.add_row(
            label(str(fit)),
            _pm(row["log_score"], row["se"]) + star,
            _number(row["crps"]),
            _number(row["rmse"]),
            *("–" if math.isnan(row[name]) else f"{row[name]:.1%}" for name in inside),
        )
    loo = scores.loo
    if loo is not None:
        table.add_row("Posterior, PSIS-LOO", _pm(loo.elpd / scores.n, loo.se / scores.n))
    return table


def _pm(value: float, error: float) -> str:
    if math.isnan(error):
        return _number(value)
    return f"{_number(value)} ±{_number(error)}"


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "−∞" if value == -math.inf else f"{value:.4f}"
