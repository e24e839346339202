"""What a model predicts of new rows, by each way of fitting: predict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesbench.commands.fitting import methods_of
from bayesbench.commands.options import (
    NOT_REACHED,
    DataFile,
    Json,
    Method,
    ModelName,
    Outcome,
    Plot,
    Prior,
    Seed,
    Starts,
    Variant,
    check_places,
    console,
    model_and_data,
    write_figure,
    write_json,
)
from bayesbench.commands.sampler_options import told_where_draws_are, with_sampler
from bayesbench.commands.table_options import with_table
from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.layout import Bound


@with_sampler
@with_table
def predict(
    model: ModelName,
    new: Annotated[Path | None, typer.Option(help="A file with the new rows.")] = None,
    at: Annotated[
        str | None, typer.Option(help="The new rows, as 'x=[1, 2], school=A'; else a few.")
    ] = None,
    prob: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    method: Method = "all",
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    to_json: Json = None,
    plot: Plot = None,
    *,
    sampler: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Print what each fit predicts of new rows. Exit code 3: a fit has nothing to predict with."""
    from bayesbench.binding import bind
    from bayesbench.contrasting import contrast
    from bayesbench.plain import plain
    from bayesbench.predict.new_rows import bind_rows
    from bayesbench.predict.side_by_side import predictions
    from bayesbench.terminal_predictions import print_predictions

    asked = methods_of(method)
    check_places(to_json, plot)
    chosen, table = model_and_data(model, data, prior, variant, outcome, **reading)
    bound = bind(chosen, table)
    rows = _new_rows(bound, new, at)
    bind_rows(bound.joint, rows, outcome=False)  # before anyone waits
    with told_where_draws_are(sampler.get("checkpoint")):
        made = contrast(chosen, table, seed=seed, methods=asked, starts=starts, **sampler)
    found = predictions(made, rows, prob)
    print_predictions(found, console(to_json == "-"))
    write_json(lambda: plain(found.results()), to_json)
    if found.by_fit:
        write_figure(found.plot, plot, to_error=to_json == "-")
    if found.why_not:
        raise typer.Exit(NOT_REACHED)


def _new_rows(bound: Bound, new: Path | None, at: str | None) -> Any:
    """The rows that were asked for, or the usual ones."""
    from bayesbench.lists import values
    from bayesbench.predict.usual_rows import usual_rows

    if new is not None and at is not None:
        raise BadInput(
            "bayesbench predict",
            found="both --new and --at",
            expected="one of the two",
            remedy="put all new rows into the file",
        )
    if new is not None:
        from bayesbench.tables.reading import read_alike

        return read_alike(new, bound.table)
    if at is None:
        return usual_rows(bound)
    given = values("--at", at, names=True)
    columns = {k: v if isinstance(v, list) else [v] for k, v in given.items()}
    longest = max((len(column) for column in columns.values()), default=1)
    return {k: v * longest if len(v) == 1 else v for k, v in columns.items()}
