"""How often each method is right, over many simulated data sets: study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    say,
    unbound,
    write_figure,
    write_json,
)
from bayesbench.commands.table_options import with_table
from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.studies.checkpoint import Checkpoint
    from bayesbench.studies.design import Design


@with_table
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
    chains: Annotated[
        int | None, typer.Option(help="How many chains of each posterior; usually 2.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(help="Kept of each chain; usually 500, more if --ess needs it.")
    ] = None,
    warmup: Annotated[
        int | None, typer.Option(help="Steps of each chain before its draws; usually 100.")
    ] = None,
    ess: Annotated[
        float | None, typer.Option(help="What the draws are to be worth at least; usually 200.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Keep what is done in this folder for good; else until all is done."),
    ] = None,
    no_checkpoint: Annotated[
        bool, typer.Option("--no-checkpoint", help="Keep nothing: Ctrl-C loses all.")
    ] = False,
    seed: Seed = 0,
    to_json: Json = None,
    plot: Plot = None,
    ranks: Annotated[Path | None, typer.Option(help="Draw the rank histograms there.")] = None,
    ecdf: Annotated[Path | None, typer.Option(help="Draw the ECDF differences there.")] = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Simulate many data sets, fit each by every method, and count how often each is right.

    Inputs are drawn from the rows of the table, with replacement; parameters from the prior.
    """
    from bayesbench.lists import numbers, values, words
    from bayesbench.studies.checkpoint import remove
    from bayesbench.studies.design import METHODS, check_ranks, designed
    from bayesbench.studies.studying import carried_out
    from bayesbench.terminal_study import print_study

    for place in (plot, ranks, ecdf):
        check_places(to_json, place)
    sizes = numbers("--n", n, whole=True)
    chosen, inputs = unbound(model, data, prior, variant, outcome, **reading)
    design = designed(
        chosen,
        sizes,
        datasets,
        methods=METHODS if methods == "all" else words(methods),
        at=None if at is None else values("--at", at),
        inputs=inputs,
        seed=seed,
        chains=chains,
        draws=draws,
        warmup=warmup,
        ess=ess,
    )
    if ranks is not None or ecdf is not None:
        check_ranks(design)
    with _executor(scheduler) as executor:
        kept = _kept(design, checkpoint, no_checkpoint)
        with _told_what_is_kept(kept):
            found = carried_out(design, executor, kept, progress=None)
    print_study(found, console(to_json == "-"))
    write_json(found.results, to_json)
    for draw, path in ((found.plot, plot), (found.plot_ranks, ranks), (found.plot_ecdf, ecdf)):
        write_figure(draw, path, to_error=to_json == "-")
    # What a larger study has left there is not this one's to remove.
    if kept is not None and checkpoint is None and kept.count == kept.count_of(design):
        remove(kept.folder)


def _executor(scheduler: str | None) -> Any:
    if scheduler is None:
        return nullcontext()
    from bayesbench.studies.cluster import cluster

    return cluster(scheduler)


def _kept(design: Design, folder: Path | None, nothing: bool) -> Checkpoint | None:
    """Where the chunks are kept: in the folder that was asked for, or in the user's cache."""
    from bayesbench.output import check_folder
    from bayesbench.studies.checkpoint import opened, usual_folder

    if nothing and folder is not None:
        raise BadInput(
            "bayesbench study",
            found="--checkpoint and --no-checkpoint",
            expected="one of the two",
            remedy="leave out --no-checkpoint to keep what is done",
        )
    if nothing:
        return None
    place = folder
    if place is None:
        place = usual_folder(design)
        try:
            check_folder(place)
        except BadInput as error:
            _say(f"Nothing of this study is kept ({error.found}): --checkpoint DIR does elsewhere.")
            return None
    kept = opened(place, design)
    before = kept.count_of(design)
    if before:
        _say(f"Goes on from {_chunks(before)} that are kept in {place}.")
    return kept


@contextmanager
def _told_what_is_kept(kept: Checkpoint | None) -> Iterator[None]:
    """Say on standard error what an interrupted study has kept, and where."""
    try:
        yield
    except KeyboardInterrupt:
        if kept is None:
            _say("Nothing of the study was kept: --checkpoint DIR keeps each chunk that is done.")
        elif not kept.count:
            _say("No chunk of the study was done yet.")
        else:
            _say(
                f"{_chunks(kept.count)} of the study are in {kept.folder}: the same command goes "
                "on from there."
            )
        raise typer.Exit(INTERRUPTED) from None


def _chunks(count: int) -> str:
    return f"{count} chunk{'s' * (count != 1)}"


def _say(text: str) -> None:
    say(text, to_error=True)
