"""Likelihood intervals without a prior: profile."""

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
    Seed,
    Starts,
    Variant,
    check_places,
    console,
    model_and_data,
    say,
    write_figure,
    write_json,
)
from bayesbench.commands.table_options import with_table


@with_table
def profile(
    model: ModelName,
    entry: Annotated[
        list[str] | None,
        typer.Option(help="Of one parameter, a or slopes[age]; once for each. Else of all."),
    ] = None,
    prob: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    data: DataFile = None,
    variant: Variant = None,
    outcome: Outcome = None,
    starts: Starts = None,
    seed: Seed = 0,
    to_json: Json = None,
    plot: Plot = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Print profile likelihood intervals beside Wald's. Exit code 3: the MLE is no maximum."""
    from bayesbench.binding import bind
    from bayesbench.fit.mle import fit_mle
    from bayesbench.fit.profiling import profile_of
    from bayesbench.passes import check_summed
    from bayesbench.terminal_profile import print_profiles, profile_json

    check_places(to_json, plot)
    chosen, table = model_and_data(model, data, None, variant, outcome, **reading)
    check_summed(bind(chosen, table))  # before anyone waits for the fit
    fit = fit_mle(chosen, table, starts=starts, seed=seed)
    if fit.estimate is None:
        say(f"There is nothing to profile. The MLE is {fit.status.sentence}")
        raise typer.Exit(NOT_REACHED)
    found = profile_of(fit, entry or None, prob)
    print_profiles(found, console(to_json == "-"))
    write_json(lambda: profile_json(found), to_json)
    write_figure(found.plot, plot, to_error=to_json == "-")
    if found.higher is not None:
        raise typer.Exit(NOT_REACHED)
