"""The models: list, show, and new for one of your own."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bayesbench.commands.options import (
    DataFile,
    ModelName,
    Prior,
    Variant,
    console,
    model_and_data,
    say,
)
from bayesbench.commands.table_options import with_table

NewName = Annotated[str, typer.Argument(help="What the file is called: my_model.")]
Like = Annotated[str, typer.Option(help="What to begin with: line, coin, counts or groups.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def list_models(
    only_names: Annotated[
        bool, typer.Option("--names", help="The names alone, for a loop.")
    ] = False,
) -> None:
    """List the models of the zoo, a line each."""
    from rich.table import Table

    from bayesbench.zoo import load, names

    if only_names:
        print("\n".join(names()))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("model", "story", "variants"):
        table.add_column(column)
    for name in names():
        model = load(name)
        table.add_row(name, model.story(), ", ".join(model.variants))
    console().print(table)


@with_table
def show(
    model: ModelName,
    prior: Prior = None,
    variant: Variant = None,
    data: DataFile = None,
    *,
    reading: dict[str, Any],
) -> None:
    """Show a model: its story, its formula, its parameters and what it predicts.

    Of a formula (with --data) it is the file of the model that it stands for, to save and change.
    """
    from rich.markup import escape

    from bayesbench.describe import description
    from bayesbench.formulas.asked import is_formula
    from bayesbench.zoo import load

    if is_formula(model):
        sys.stdout.write(model_and_data(model, data, prior, variant, None, **reading)[0].file)
        return
    chosen = load(model, variant=variant, prior=prior)
    said, out = description(chosen), console()
    out.print(f"[bold]{escape(chosen.__name__)}[/bold]\n")
    for paragraph in said["paragraphs"]:
        out.print(escape(paragraph) + "\n")
    for line in said["formula"]:
        out.print(f"    {escape(line)}")
    for name, words in said["networks"].items():
        out.print(f"    {name}: {escape(words)}")
    out.print()
    for name, event in chosen.events.items():
        out.print(f"event    {name}: {escape(event.words)}")
    if chosen.variants:
        out.print(f"variants {', '.join(chosen.variants)}  (--variant, or --prior)")


def new(name: NewName, like: Like = "line", force: Force = False) -> None:
    """Write a commented model file that runs as it stands, for you to change."""
    from bayesbench.starting import write_starter

    path = write_starter(name, like=like, force=force)
    say(f"Wrote {path}\nTry it: bayesbench report {path}")
