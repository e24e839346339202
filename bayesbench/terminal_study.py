"""A study in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.describe import name_in_formula
from bayesbench.studies.in_words import LABELS, LEVEL, measured
from bayesbench.studies.record import Study

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

SHOWN = 8  # entries


def print_study(made: Study, console: Console) -> None:
    """Print a table of the parameters and one of new outcomes for each size; the sentences."""
    from rich.markup import escape

    estimates, held, new = made.table(), made.coverage(), made.predictions()
    entries, (opening, *sentences) = made.design.layout.entries, made.sentences
    console.print(f"{escape(f'{made.design.model.__name__}: {opening}')}\n")
    for n in made.design.sizes:
        console.print(f"[bold]{n:,} row{'s' * (n != 1)}[/bold]")
        console.print(_parameters(_of(estimates, n), _of(held, n), entries[:SHOWN]))
        console.print()
        if not new.empty:
            console.print(_outcomes(_of(new, n)))
            console.print()
    if len(entries) > SHOWN:
        console.print(f"[dim]and {len(entries) - SHOWN} more parameters[/dim]\n")
    console.print(
        "± Monte Carlo error; intervals are Wald’s for MLE and MAP, central quantiles of draws "
        "for Laplace and posterior\n"
    )
    for sentence in sentences:
        console.print(f"- {escape(sentence)}")


def _of(table: pd.DataFrame, n: int) -> dict[Any, dict[str, float]]:
    return {} if table.empty else table.xs(n, level="n").to_dict("index")


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for k, heading in enumerate(headings):
        table.add_column(heading, justify="left" if k < 1 or heading == "method" else "right")
    return table


def _parameters(
    estimates: dict[Any, dict[str, float]],
    held: dict[Any, dict[str, float]],
    entries: tuple[str, ...],
) -> Any:
    from rich.markup import escape

    table = _table(
        *("parameter", "method", "bias", "RMSE", "50% holds", "80%", "95%", "width", "data sets")
    )
    for entry in entries:
        methods = [m for m in LABELS if (entry, m) in estimates or (entry, m, LEVEL) in held]
        for k, method in enumerate(methods):
            point, wide = estimates.get((entry, method)), held.get((entry, method, LEVEL))
            shares = [held.get((entry, method, level)) for level in (0.5, 0.8)]
            over = (wide or point or {}).get("over", 0)
            table.add_row(
                escape(name_in_formula(entry)) if k == 0 else "",
                LABELS[method],
                _cell(point, "bias"),
                _cell(point, "rmse"),
                *(_share(each) for each in shares),
                _cell(wide, "coverage", 100.0),
                f"{wide['width']:.3g}" if wide and wide["over"] else "",
                f"{over:,.0f}",
            )
    return table


def _outcomes(new: dict[Any, dict[str, float]]) -> Any:
    table = _table(
        *("new outcomes", "50% holds", "80%", "95%", "log score", "less posterior’s", "data sets")
    )
    for method, row in new.items():
        table.add_row(
            LABELS[method] + (", plugged in" if method in ("mle", "map") else ""),
            *(_cell(row, f"coverage_{level}", 100.0) for level in (50, 80, 95)),
            _cell(row, "log_score"),
            _cell(row, "difference"),
            f"{row['over']:,.0f}",
        )
    return table


def _cell(row: dict[str, float] | None, name: str, scale: float = 1.0) -> str:
    if row is None or row.get(name) is None or row[name] != row[name]:
        return ""
    return measured(row[name], row[f"{name}_error"], scale).replace(" ± ", " ±")


def _share(row: dict[str, float] | None) -> str:
    return f"{100 * row['coverage']:.1f}" if row and row["over"] else ""
