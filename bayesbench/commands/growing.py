"""One model on more and more rows: growth."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bayesbench.commands.options import (
    NOT_REACHED,
    DataFile,
    Json,
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
from bayesbench.commands.table_options import with_table


@with_table
def growth(
    model: ModelName,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    sizes: Annotated[
        str | None, typer.Option(help="Numbers of rows, as 1,10,100; else 1, 2, 5, 10, ...")
    ] = None,
    shuffle: Annotated[
        int | None, typer.Option(help="A seed by which the rows are put in another order.")
    ] = None,
    starts: Starts = None,
    seed: Seed = 0,
    to_json: Json = None,
    plot: Plot = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Fit the first 1, 2, 5, 10, ... rows: MLE, MAP and posterior run together as data grow.

    Exit code 3: with all the rows one of the three was not found.
    """
    from bayesbench.fit.growing import growth as grow
    from bayesbench.lists import numbers
    from bayesbench.terminal_growth import print_growth

    check_places(to_json, plot)
    counts = None if sizes is None else numbers("--sizes", sizes, whole=True)
    chosen, table = model_and_data(model, data, prior, variant, outcome, **reading)
    made = grow(chosen, table, counts, seed=seed, shuffle=shuffle, starts=starts, progress=None)
    print_growth(made, console(to_json == "-"))
    write_json(made.results, to_json)
    write_figure(made.plot, plot, to_error=to_json == "-")
    last = made.at[-1]
    if not all(each.status.converged for each in (last.mle, last.map, last.posterior)):
        raise typer.Exit(NOT_REACHED)
