"""Fitting a model in several ways: fit and report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesbench.commands.options import (
    MODEL,
    NOT_REACHED,
    DataFile,
    Folds,
    HeldOut,
    Json,
    Method,
    ModelName,
    Outcome,
    Prior,
    Seed,
    Starts,
    Variant,
    check_places,
    console,
    model_and_data,
    say,
    unseen,
    write_json,
)
from bayesbench.commands.sampler_options import told_where_draws_are, with_own_draws, with_sampler
from bayesbench.commands.table_options import with_table
from bayesbench.errors import BadInput, check_name

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.model import Model
    from bayesbench.scores.record import Scores


@with_sampler
@with_table
def fit(
    model: ModelName,
    method: Method = "all",
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    to_json: Json = None,
    *,
    sampler: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Fit a model and print the estimates. Exit code 3: a fit did not reach what it looked for."""
    from bayesbench.contrasting import contrast

    asked = methods_of(method)
    chosen, table = model_and_data(model, data, prior, variant, outcome, **reading)
    check_places(to_json, None)
    with told_where_draws_are(sampler.get("checkpoint")):
        made = contrast(chosen, table, seed=seed, methods=asked, starts=starts, **sampler)
    _print(made, to_error=to_json == "-")
    write_json(lambda: _numbers(made), to_json)
    if not all(made.converged.values()):
        raise typer.Exit(NOT_REACHED)


@with_sampler
@with_table
def report(
    model: Annotated[str | None, typer.Argument(help=MODEL)] = None,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    out: Annotated[Path | None, typer.Option(help="The folder; else reports/MODEL.")] = None,
    folds: Folds = None,
    held_out: HeldOut = None,
    fits: Annotated[
        Path | None, typer.Option("--from", help="Rebuild the page from its fits.nc, not fitting.")
    ] = None,
    *,
    sampler: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Fit a model in all ways and write its page: index.html, results.json and fits.nc."""
    if (model is None) == (fits is None):
        raise BadInput(
            "bayesbench report",
            found="neither a model nor --from" if model is None else "a model and --from",
            expected="one of the two",
            remedy="try `bayesbench report coin`",
        )
    if fits is not None:
        from bayesbench.report import rebuild

        say(f"Wrote {rebuild(fits, out)}")
        return
    from bayesbench.binding import bind
    from bayesbench.contrasting import contrast
    from bayesbench.fit.checkpoint import draws_in, remove
    from bayesbench.output import check_folder
    from bayesbench.scores.scoring import asked

    chosen, table = model_and_data(str(model), data, prior, variant, outcome, **reading)
    folder = out or Path("reports") / _name_of_folder(str(model), chosen)
    check_folder(folder)
    kept = sampler.get("checkpoint", folder / "checkpoint")
    how = {}
    if folds is not None or held_out is not None:
        how = asked(bind(chosen, table), folds, unseen(held_out, table))
    options = sampler | {"checkpoint": kept}
    make = partial(contrast, chosen, table, seed=seed, starts=starts, **options)
    with told_where_draws_are(kept):
        made = make() if "checkpoint" in sampler else with_own_draws(make, kept)
        scores = made.scores(**how, seed=seed, progress=None) if how else None
        path = made.report(folder, scores)
    _print(made, scores)
    say(f"Wrote {path}")
    limited = made.fits["posterior"].diagnostics.get("stopped") not in ("target", "draws")
    if not limited and "checkpoint" not in sampler:
        remove(kept)
    elif draws_in(kept):
        say(f"The draws are kept in {kept}: allow more, and they go on from there.")


def gallery(
    folder: Annotated[Path, typer.Argument(help="Where the reports are.")] = Path("reports"),
) -> None:
    """Write a page with a card for each report in a folder: a figure and its verdict."""
    from bayesbench.report import write_gallery

    say(f"Wrote {write_gallery(folder)}")


def _name_of_folder(name: str, chosen: type[Model]) -> str:
    from bayesbench.formulas.asked import asked_of

    formula = asked_of(chosen)
    return formula.folder if formula is not None else Path(name.partition(".py:")[0]).stem


def methods_of(name: str) -> tuple[str, ...]:
    """The ways of fitting that --method asks for.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    from bayesbench.methods import METHODS

    known = [*METHODS, "all"]
    check_name("--method", name, known)
    return METHODS if name == "all" else (name,)


def _numbers(made: Contrast) -> dict[str, Any]:
    """What results.json would hold."""
    from bayesbench.results import results

    return results(made)


def _print(made: Contrast, scores: Scores | None = None, to_error: bool = False) -> None:
    """The estimates, scores and predictions as tables, then what is worth saying."""
    from bayesbench.terminal import print_contrast

    print_contrast(made, console(to_error), scores)
