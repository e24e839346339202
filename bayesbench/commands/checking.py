"""Looking at a model before it is fitted: check."""

from __future__ import annotations

from typing import Any

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
    unbound,
    write_json,
)
from bayesbench.commands.table_options import with_table

WRONG = 2


@with_table
def check(
    model: ModelName,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    to_json: Json = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Look for what would go wrong before anyone waits for a fit. Exit code 2: an error."""
    from bayesbench.checks.checking import check as look
    from bayesbench.terminal_check import print_checked

    chosen, table = unbound(model, data, prior, variant, outcome, **reading)
    check_places(to_json, None)
    made = look(chosen, table, seed=seed)
    print_checked(made, console(to_error=to_json == "-"))
    write_json(made.results, to_json)
    if not made:
        raise typer.Exit(WRONG)
