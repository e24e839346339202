"""A recorded run in the terminal: some of its steps, how it ended, and what is to be said of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import SEVERITIES
from bayesbench.fit.run_places import places

if TYPE_CHECKING:
    from rich.console import Console

    from bayesbench.diagnose.finding import Finding
    from bayesbench.fit.record import Fit

ROWS = 8  # of the table
SHOWN = 3  # parameters in it: more do not stand in 80 columns
MARKS = {"warning": "[yellow]![/yellow]"}


def print_run(fit: Fit, findings: list[Finding], console: Console) -> None:
    """Print a recorded run with what was found of it; without one, how the fit ended."""
    from rich.markup import escape
    from rich.table import Table

    model, run = fit.bound.model, fit.run
    variant = f", {model.variant_name}" if model.variant_name else ""
    rows = f"{fit.bound.nobs:,} row{'s' * (fit.bound.nobs != 1)}"
    console.print(f"[bold]{escape(model.__name__)}[/bold]{variant}: {rows}")
    if run is not None:
        taken = int(run.steps[run.best])
        steps = f"{taken:,} step{'s' * (taken != 1)}"
        of = f" (the best of {len(run.z)} starts)" if len(run.z) > 1 else ""
        what = (
            "mean log-likelihood of a row" if run.recipe.objective == "mean" else "log-likelihood"
        )
        console.print(f"{escape(run.recipe.words)}, {steps} on the {what}{of}\n")
        console.print(_steps(fit))
    console.print(f"\n{escape(fit.status.sentence)}\n", soft_wrap=False)
    for finding in sorted(findings, key=lambda each: SEVERITIES.index(each.severity)):
        said = Table.grid(padding=(0, 1))
        said.add_row(MARKS.get(finding.severity, "-"), escape(finding.message))
        if finding.remedy:
            said.add_row("→", escape(finding.remedy))
        console.print(said)
        console.print()


def _steps(fit: Fit) -> Any:
    """A row for the start, for the end, and for some steps between them."""
    from rich.markup import escape
    from rich.table import Table

    run, trace = fit.run, fit.trace
    if run is None or trace is None:
        raise TypeError("the fit has no recorded run.")
    names = fit.bound.layout.named[:SHOWN]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("\nstep", "log-\nlikelihood", "gradient's\nnorm", "step\nsize"):
        table.add_column(column, justify="right")
    for name in names:
        table.add_column("\n" + escape(name_in_formula(name)), justify="right")
    steps, values = places(fit)
    columns = [fit.bound.layout.entries.index(name) for name in names]
    for k in np.unique(np.linspace(0, len(steps) - 1, ROWS).astype(int)):
        row = trace.iloc[int(steps[k])]
        cells = (row["log_likelihood"], row["gradient_norm"], row["step_size"])
        numbers = [*map(_number, cells), *map(_number, values[k, columns])]
        table.add_row(f"{steps[k]:,}", *numbers)
    return table


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.5g}"
