"""A contrast in the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bayesbench.contrasting import Contrast
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import verdict
from bayesbench.digits import fixed, places
from bayesbench.estimates import columns_of
from bayesbench.formulas.intercept import intercept_in_words
from bayesbench.known_to import known_to
from bayesbench.methods import label
from bayesbench.terminal_scores import print_scores, score_table
from bayesbench.terminal_verdict import print_verdict

if TYPE_CHECKING:
    from rich.console import Console

    from bayesbench.fit.basins import Basins
    from bayesbench.fit.importance import Importance
    from bayesbench.scores.record import Scores

SHOWN = 20  # parameters; the rest is in the results


def print_contrast(made: Contrast, console: Console, scores: Scores | None = None) -> None:
    """Print the estimates, a row a parameter; the predictions, a row an event; the findings.

    Scores that were asked for stand in place of those of the rows that the model holds out.
    """
    from rich.markup import escape

    bound = made.bound
    variant = f", {bound.model.variant_name}" if bound.model.variant_name else ""
    rows = f"{bound.nobs:,} row{'s' * (bound.nobs != 1)}"
    console.print(f"[bold]{escape(bound.model.__name__)}[/bold]{variant}: {rows}\n")
    if bound.layout.named:
        console.print(_estimates(made))
        console.print(
            "[dim]± standard error (MLE, MAP) or standard deviation; * on the boundary[/dim]"
        )
        if bound.designs and (words := intercept_in_words(bound)):
            console.print(f"[dim]{escape(words)}[/dim]")
        console.print()
    lights = {name: f.importance for name, f in made.points.items() if f.importance is not None}
    if lights:
        console.print(_weighted(made, lights))
        limit = min(light.reliable_below for light in lights.values())
        words = f"draws weighted by density ratios: to be relied on where Pareto's k < {limit:.2g}"
        console.print(f"[dim]{words}[/dim]\n")
    weights = bound.layout.size - len(bound.layout.named)
    if weights:
        words = "weights of networks are not listed: what is predicted is compared"
        console.print(f"[dim]{weights} {words}[/dim]\n")
    if scores is not None:
        print_scores(scores, console)
        console.print()
    elif made.held_out is not None:
        console.print(score_table(made.held_out))
        console.print()
    if bound.model.events:
        console.print(_events(made))
        console.print()
    posterior = made.fits.get("posterior")
    if posterior is not None and posterior.draws is not None and posterior.converged:
        chains, draws = posterior.settings["chains"], posterior.diagnostics["draws"]
        how = posterior.status.sentence.partition(": ")[2]
        known = known_to(posterior)
        how = f"{how.rstrip('.')}; {known}." if known else how
        console.print(f"[dim]posterior: {chains} chains of {draws} draws, {escape(how)}[/dim]\n")
    for finding in verdict(made.findings)[0]:
        mark = "[yellow]![/yellow]" if finding.severity == "warning" else "-"
        console.print(f"{mark} {escape(finding.text)}")
    console.print()
    print_verdict(made, console, scores)


def print_basins(found: Basins, console: Console) -> None:
    """Print the highest maxima of the slice, a row each along the entry, and the sentences."""
    from rich.markup import escape
    from rich.table import Table

    rows = found.table()
    shown = rows.loc[rows["log_likelihood"].nlargest(SHOWN).index.sort_values()]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in shown.columns:
        table.add_column(escape(column.replace("_", "-")), justify="right")
    for row in shown.itertuples(index=False):
        *numbers, share, starts = row
        table.add_row(*(f"{number:.6g}" for number in numbers), f"{share:.2%}", str(starts))
    console.print(table)
    left = len(rows) - len(shown)
    if left:
        console.print(f"[dim]and {left} lower maxim{'um' if left == 1 else 'a'}[/dim]")
    console.print()
    for sentence in found.sentences:
        console.print(f"- {escape(sentence)}")


def _table(first: str, made: Contrast) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for fit in made.points:
        table.add_column(label(fit).replace(", ", ",\n"), justify="right")
    return table


def _estimates(made: Contrast) -> Any:
    from rich.markup import escape  # slopes[age] is no markup

    table = _table("parameter", made)
    each = [columns_of(fit) for fit in made.points.values()]
    layout = made.bound.layout.joint
    entries, every = layout.named, layout.entries
    for entry in entries[:SHOWN]:
        k, cells = every.index(entry), []
        for found in each:
            centre, error = ("value", "se") if "se" in found else ("mean", "sd")
            cells.append((found[centre][k], found[error][k], found["status"][k]))
        table.add_row(escape(name_in_formula(entry)), *_side_by_side(cells))
    left = len(entries) - SHOWN
    if left > 0:
        table.add_row(f"and {left} more", *("" for _ in made.points))
    return table


def _weighted(made: Contrast, lights: Mapping[str, Importance]) -> Any:
    """What importance weights make of each approximation, under the light that they give."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("parameter")
    for name in lights:
        table.add_column(f"{label(name)},\nweighted", justify="right")
    each = [columns_of(made.points[name]) for name in lights]
    layout = made.bound.layout.joint
    for entry in layout.named[:SHOWN]:
        k = layout.entries.index(entry)
        cells = [(found["corrected_mean"][k], found["corrected_sd"][k], "–") for found in each]
        table.add_row(escape(name_in_formula(entry)), *_side_by_side(cells))
    shapes = [f"{light.pareto_k:.3g}, {light.word}" for light in lights.values()]
    table.add_row("Pareto's k", *(shape.replace("-inf, ", "") for shape in shapes))
    sizes = [f"{light.ess:,.0f}\nof {len(light.weights):,}" for light in lights.values()]
    table.add_row("effective draws", *sizes)
    return table


def _side_by_side(cells: list[tuple[float, float, str]]) -> list[str]:
    """Each number over its error, or how a fit ended that has none."""
    few = places([centre for centre, _, _ in cells], [error for _, error, _ in cells])
    return [_cell(*cell, few) for cell in cells]


def _cell(centre: float, error: float, status: str, few: int) -> str:
    if math.isnan(centre):
        return status
    shown = fixed(centre) if 0 < abs(centre) < 10.0**-few else f"{centre:.{few}f}"
    if status == "boundary":
        return f"{shown}*"
    return shown if math.isnan(error) else f"{shown}\n±{error:.{few}f}"


def _events(made: Contrast) -> Any:
    from rich.markup import escape

    table = _table("event", made)
    for name, event in made.bound.model.events.items():
        found = [each[name] for each in made.probabilities.values()]
        cells = ("–" if p is None or math.isnan(p.value) else f"{p.value:.4f}" for p in found)
        table.add_row(escape(event.words), *cells)
    return table
