"""Looking at a model before it is fitted: check."""

from __future__ import annotations

import typer

from bayesbench.commands.options import (
    DataFile,
    Json,
    ModelName,
    Outcome,
    Prior,
    Seed,
    Variant,
    check_places,
    console,
    write_json,
)

WRONG = 2


def check(
    model: ModelName,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    to_json: Json = None,
) -> None:
    """Look for what would go wrong before anyone waits for a fit. Exit code 2: an error."""
    from bayesbench.checks.checking import check as look
    from bayesbench.data import read_table
    from bayesbench.terminal_check import print_checked
    from bayesbench.zoo import load

    chosen = load(model, variant=variant, prior=prior, outcome=outcome)
    check_places(to_json, None)
    made = look(chosen, None if data is None else read_table(data), seed=seed)
    print_checked(made, console(to_error=to_json == "-"))
    write_json(made.results, to_json)
    if not made:
        raise typer.Exit(WRONG)
