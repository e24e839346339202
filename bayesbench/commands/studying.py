"""How often each method is right, over many simulated data sets: study."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from bayesbench.commands.options import (
    INTERRUPTED,
    DataFile,
    Json,
    ModelName,
    Outcome,
    Plot,
    Prior,
    Seed,
    Variant,
    check_places,
    console,
    write_figure,
    write_json,
)


def study(
    model: ModelName,
    n: Annotated[str, typer.Option("--n", help="Rows of a data set, as 5,20,100.")] = "5,20,100",
    datasets: Annotated[int, typer.Option(help="How many data sets of each size.")] = 1000,
    methods: Annotated[
        str, typer.Option(help="Some of mle, profile, map, laplace, posterior; or all.")
    ] = "all",
    at: Annotated[
        str | None,
        typer.Option(help="Hold the parameters, as 'a=0.7, mu=[1, 2]'; else from the prior."),
    ] = None,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The address of a Dask scheduler; else this process.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A folder that keeps what is done; resumes from there.")
    ] = None,
    seed: Seed = 0,
    to_json: Json = None,
    plot: Plot = None,
    ranks: Annotated[Path | None, typer.Option(help="Draw the rank histograms there.")] = None,
    ecdf: Annotated[Path | None, typer.Option(help="Draw the ECDF differences there.")] = None,
) -> None:
    """Simulate many data sets, fit each by every method, and count how often each is right.

    Inputs are drawn from the rows of the table, with replacement; parameters from the prior.
    """
    from bayesbench.lists import numbers, values, words
    from bayesbench.studies.design import METHODS, check_ranks, designed
    from bayesbench.studies.studying import study as made_of
    from bayesbench.terminal_study import print_study
    from bayesbench.zoo import load

    for place in (plot, ranks, ecdf):
        check_places(to_json, place)
    sizes = numbers("--n", n, whole=True)
    chosen = load(model, variant=variant, prior=prior, outcome=outcome)
    asked = METHODS if methods == "all" else words(methods)
    held = None if at is None else values("--at", at)
    inputs = None if data is None else _table(data)
    if ranks is not None or ecdf is not None:
        check_ranks(designed(chosen, sizes, datasets, methods=asked, at=held, inputs=inputs))
    with _executor(scheduler) as executor:
        try:
            found = made_of(
                chosen,
                sizes,
                datasets,
                methods=asked,
                at=held,
                inputs=inputs,
                seed=seed,
                executor=executor,
                checkpoint=checkpoint,
                progress=None,
            )
        except KeyboardInterrupt:
            _say_what_is_kept(checkpoint)
            raise typer.Exit(INTERRUPTED) from None
    print_study(found, console(to_json == "-"))
    write_json(found.results, to_json)
    for draw, path in ((found.plot, plot), (found.plot_ranks, ranks), (found.plot_ecdf, ecdf)):
        write_figure(draw, path, to_error=to_json == "-")


def _table(path: Path) -> Any:
    from bayesbench.data import read_table

    return read_table(path)


def _executor(scheduler: str | None) -> Any:
    if scheduler is None:
        return nullcontext()
    from bayesbench.studies.cluster import cluster

    return cluster(scheduler)


def _say_what_is_kept(folder: Path | None) -> None:
    from bayesbench.studies.checkpoint import Checkpoint

    count = 0 if folder is None else Checkpoint(folder).count
    text = "Nothing of the study was kept: --checkpoint DIR keeps each chunk that is done."
    if folder is not None:
        chunks = f"{count} chunk{'s' * (count != 1)}"
        text = f"{chunks} of the study are in {folder}: the same command goes on from there."
    console(to_error=True).print(text, soft_wrap=True)
