"""Profile likelihoods in the terminal, and what `bayesbench profile --json` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.describe import name_in_formula
from bayesbench.fit.profile_in_words import local, number

if TYPE_CHECKING:
    from rich.console import Console

    from bayesbench.fit.profile import Profiles


def print_profiles(found: Profiles, console: Console) -> None:
    """Print a row an entry, with both intervals; then what is to be said of each."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("parameter")
    for heading in ("MLE", f"profile,\n{found.prob:.0%} from", "to", "Wald,\nfrom", "to"):
        table.add_column(heading, justify="right")
    for each in found:
        cells = (each.estimate, each.low, each.high, *each.wald)
        table.add_row(escape(name_in_formula(each.entry)), *map(number, cells))
    console.print(table)
    console.print()
    if found.higher is not None:
        console.print(f"[yellow]![/yellow] {escape(local(found))}")
        return
    for each in found:
        console.print(f"- {escape(name_in_formula(each.entry))}: {escape(each.words)}.")


def profile_json(found: Profiles) -> dict[str, Any]:
    """What it is of, and the profiles as plain data."""
    from bayesbench.results import versions
    from bayesbench.zoo import name_of

    bound = found.bound
    return {
        "model": name_of(bound.model),
        "variant": bound.model.variant_name,
        "n": bound.nobs,
        "source": bound.table.source,
        "data_sha256": bound.sha256,
        "versions": versions(),
        "profile": found.results(),
    }
