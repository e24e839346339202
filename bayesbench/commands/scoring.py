"""How well each fit predicts, and each model: score and compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bayesbench.commands.options import (
    DataFile,
    Folds,
    HeldOut,
    Json,
    ModelName,
    Outcome,
    Prior,
    Seed,
    Starts,
    Variant,
    another_model,
    check_places,
    console,
    model_and_data,
    say,
    unseen,
    write_figure,
    write_json,
)
from bayesbench.commands.sampler_options import told_where_draws_are, with_sampler
from bayesbench.commands.table_options import with_table


@with_sampler
@with_table
def score(
    model: ModelName,
    folds: Folds = None,
    held_out: HeldOut = None,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    to_json: Json = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw there whether predictions are calibrated.")
    ] = None,
    *,
    sampler: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Score what each fit predicts: rows it has not seen, by folds or held out."""
    from bayesbench.binding import bind
    from bayesbench.contrasting import contrast
    from bayesbench.scores.scoring import asked
    from bayesbench.terminal_scores import print_scores
    from bayesbench.terminal_verdict import print_verdict

    check_places(to_json, plot)
    chosen, table = model_and_data(model, data, prior, variant, outcome, **reading)
    how = asked(bind(chosen, table), folds, unseen(held_out, table))
    with told_where_draws_are(sampler.get("checkpoint")):
        made = contrast(chosen, table, seed=seed, starts=starts, **sampler)
        scores = made.scores(**how, seed=seed, progress=None)
    shown = console(to_error=to_json == "-")
    print_scores(scores, shown)
    shown.print()
    print_verdict(made, shown, scores)
    write_json(scores.results, to_json)
    write_figure(scores.plot_calibration, plot, to_error=to_json == "-")


@with_sampler
@with_table
def compare(
    models: Annotated[
        list[str], typer.Argument(help="Two or more: names of the zoo, NAME@VARIANT, .py files.")
    ],
    folds: Folds = None,
    held_out: HeldOut = None,
    data: DataFile = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    to_json: Json = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw there on which rows which model predicts better.")
    ] = None,
    *,
    sampler: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Compare models of the same table by what every fit of each predicts."""
    from bayesbench.binding import bind
    from bayesbench.scores.comparing import compare as side_by_side
    from bayesbench.tables.missing import left_out_in_words
    from bayesbench.terminal_scores import print_compared

    check_places(to_json, plot)
    first, *others = dict.fromkeys(models)
    chosen = {}
    chosen[first], table = model_and_data(
        _name(first), data, None, _variant(first), outcome, **reading
    )
    seen = table.n
    for other in others:
        named = (_name(other), table, _variant(other), outcome)
        chosen[other] = another_model(*named, reading)
        # All are to have the same rows: those that are whole in what any of them reads.
        table = bind(chosen[other], table).table
    if table.n < seen:
        say(left_out_in_words(table), to_error=True)
    made = side_by_side(
        chosen,
        table,
        folds=folds,
        held_out=unseen(held_out, table),
        seed=seed,
        starts=starts,
        progress=None,
        **sampler,
    )
    print_compared(made, console(to_error=to_json == "-"))
    write_json(made.results, to_json)
    write_figure(made.plot_differences, plot, to_error=to_json == "-")


def _name(text: str) -> str:
    return text.partition("@")[0]


def _variant(text: str) -> str | None:
    return text.partition("@")[2] or None
