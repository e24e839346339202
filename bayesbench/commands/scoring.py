"""How well each fit predicts: score."""

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
    check_places,
    console,
    model_and_data,
    write_figure,
    write_json,
)
from bayesbench.commands.sampler_options import told_where_draws_are, with_sampler


@with_sampler
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
) -> None:
    """Score what each fit predicts: rows it has not seen, by folds or held out."""
    from bayesbench.binding import bind
    from bayesbench.contrasting import contrast
    from bayesbench.scores.scoring import asked
    from bayesbench.terminal_scores import print_scores

    check_places(to_json, plot)
    chosen, table = model_and_data(model, data, prior, variant, outcome)
    how = asked(bind(chosen, table), folds, held_out)
    with told_where_draws_are(sampler.get("checkpoint")):
        made = contrast(chosen, table, seed=seed, starts=starts, **sampler)
        scores = made.scores(**how, seed=seed, progress=None)
    print_scores(scores, console(to_error=to_json == "-"))
    write_json(scores.results, to_json)
    write_figure(scores.plot_calibration, plot, to_error=to_json == "-")
