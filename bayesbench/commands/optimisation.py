"""Looking at the way to maximum likelihood: diagnose, basins and sweep."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bayesbench.commands.options import (
    INTERRUPTED,
    NOT_REACHED,
    DataFile,
    Json,
    ModelName,
    Outcome,
    Plot,
    Seed,
    Start,
    Starts,
    Variant,
    check_places,
    console,
    model_and_data,
    write_figure,
    write_json,
)
from bayesbench.commands.table_options import with_table
from bayesbench.errors import BadInput


@with_table
def diagnose(
    model: ModelName,
    optimizer: Annotated[
        str, typer.Option(help="gradient-ascent, momentum, nesterov, or one of torch.optim.")
    ] = "adam",
    learning_rate: Annotated[
        float | None, typer.Option(help="Of the first step; else torch's own.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows a step; else all of them.")] = None,
    batching: Annotated[
        str | None, typer.Option(help="reshuffled (each pass) or independent (draws).")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="At most; else 10,000.")] = None,
    epochs: Annotated[int | None, typer.Option(help="The same in passes over the data.")] = None,
    schedule: Annotated[
        str | None,
        typer.Option(help="constant, linear, cosine, exponential, inverse-sqrt or inverse."),
    ] = None,
    objective: Annotated[str, typer.Option(help="mean (of a row) or total.")] = "mean",
    options: Annotated[
        str | None, typer.Option(help="Of the optimiser, as 'betas=(0.9, 0.99)'.")
    ] = None,
    start: Start = None,
    starts: Starts = None,
    data: DataFile = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    to_json: Json = None,
    plot: Plot = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Run an optimiser for maximum likelihood, record each step, and explain what it did."""
    from bayesbench.fit.mle import fit_mle
    from bayesbench.fit.progress import working
    from bayesbench.lists import values
    from bayesbench.run_results import run_results
    from bayesbench.terminal_run import print_run

    check_places(to_json, plot)
    chosen, table = model_and_data(model, data, None, variant, outcome, **reading)
    fit = fit_mle(
        chosen,
        table,
        objective=objective,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        batching=batching,
        steps=steps,
        epochs=epochs,
        schedule=schedule,
        options=None if options is None else values("--options", options),
        starts=starts,
        start=None if start is None else values("--start", start),
        seed=seed,
        progress=None,
    )
    try:
        # The experiments take as long again: who interrupts the run has waited enough.
        with working("experiments on the run ...", None):
            found = [] if fit.status.name == "interrupted" else fit.findings
    except KeyboardInterrupt:
        print_run(fit, [], console())
        raise typer.Exit(INTERRUPTED) from None
    if fit.status.name == "interrupted":
        print_run(fit, [], console())
        raise typer.Exit(INTERRUPTED)
    print_run(fit, found, console(to_json == "-"))
    write_json(lambda: run_results(fit), to_json)
    write_figure(fit.plot_trace, plot, to_error=to_json == "-")
    if not fit.converged:
        raise typer.Exit(NOT_REACHED)


@with_table
def basins(
    model: ModelName,
    entry: Annotated[str, typer.Option(help="The parameter to look along: a, or slopes[age].")],
    over: Annotated[str, typer.Option(help="From where to where: 0,2.")],
    data: DataFile = None,
    variant: Variant = None,
    outcome: Outcome = None,
    starts: Annotated[int, typer.Option(help="How many points gradient ascent begins at.")] = 32,
    seed: Seed = 0,
    plot: Plot = None,
    *,
    reading: dict[str, Any],
) -> None:
    """List the local optima along a parameter, their basins, and where starts end."""
    from bayesbench.fit.looking_along import basins as look_along
    from bayesbench.terminal import print_basins

    check_places(None, plot)
    chosen, table = model_and_data(model, data, None, variant, outcome, **reading)
    made = look_along(chosen, table, entry, _range(over), starts=starts, seed=seed)
    print_basins(made, console())
    write_figure(made.plot, plot)


def _range(text: str) -> tuple[float, float]:
    """Two numbers with a comma between them."""
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise BadInput(
            "--over", found=f"'{text}'", expected="two numbers", remedy="write --over 0,2"
        ) from None
    return low, high


@with_table
def sweep(
    model: ModelName,
    learning_rate: Annotated[str, typer.Option(help="One or several, as 1e-5,1e-4,1e-3.")],
    batch_size: Annotated[str, typer.Option(help="One or several, as 1,100,all.")] = "all",
    optimizer: Annotated[str, typer.Option(help="Of torch.optim.")] = "gradient ascent",
    objective: Annotated[str, typer.Option(help="total or mean.")] = "total",
    batching: Annotated[
        str, typer.Option(help="reshuffled, independent, or both with a comma between them.")
    ] = "reshuffled,independent",
    steps: Annotated[int | None, typer.Option(help="Of each run; usually 1000.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data instead.")] = None,
    start: Start = None,
    data: DataFile = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    to_json: Json = None,
    plot: Plot = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Run every learning rate with every batch size, and hold the runs against theory."""
    from bayesbench.fit.sweeping import sweep as run
    from bayesbench.lists import numbers, values, words
    from bayesbench.terminal_sweep import print_sweep

    check_places(to_json, plot)
    rates = numbers("--learning-rate", learning_rate)
    sizes = numbers("--batch-size", batch_size, whole=True, everything="all")
    begin = None if start is None else values("--start", start)
    chosen, table = model_and_data(model, data, None, variant, outcome, **reading)
    made = run(
        chosen,
        table,
        learning_rates=rates,
        batch_sizes=sizes,
        optimizer=optimizer,
        objective=objective,
        batching=words(batching),
        steps=steps,
        epochs=epochs,
        start=begin,
        seed=seed,
        progress=None,
    )
    print_sweep(made, console(to_error=to_json == "-"))
    if made.interrupted:
        raise typer.Exit(INTERRUPTED)
    write_json(made.results, to_json)
    write_figure(lambda: made.plot()[0], plot, to_error=to_json == "-")
