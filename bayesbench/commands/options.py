"""What the commands share: their options, the model and the data, and where they write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesbench.errors import BadInput
from bayesbench.lists import pairs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.data import Data
    from bayesbench.model import Model

INTERRUPTED = 130  # Typer's exit code for Ctrl-C
NOT_REACHED = 3
FIGURES = (".png", ".svg", ".pdf")

MODEL = "A name of the zoo (coin), a .py file, or a formula ('y ~ x')."
ModelName = Annotated[str, typer.Argument(help=MODEL)]
Method = Annotated[str, typer.Option(help="mle, map, laplace, pathfinder, posterior or all.")]
DataFile = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="A table: .csv, .tsv, .parquet, .feather, .xlsx, .nc; else the model's example.",
    ),
]
Prior = Annotated[
    str | None,
    typer.Option(help="Which of the model's priors: uniform; of a formula 'area=Normal(0, 1)'."),
]
Variant = Annotated[str | None, typer.Option(help="Which of the model's variants.")]
Outcome = Annotated[str | None, typer.Option(help="The column to model, if not the model's own.")]
Seed = Annotated[int, typer.Option(help="Of everything that is drawn.")]
Starts = Annotated[
    int | None, typer.Option(help="From how many points the searches begin; else the model's own.")
]
Json = Annotated[
    str | None, typer.Option("--json", help="Write the numbers there; - is standard output.")
]
Plot = Annotated[Path | None, typer.Option(help="Draw it there: a .png, .svg or .pdf file.")]
Folds = Annotated[
    int | None, typer.Option(help="Predict each of so many folds by fits to the others.")
]
HeldOut = Annotated[
    Path | None, typer.Option("--held-out", help="A file of rows that no fit has seen.")
]
Start = Annotated[
    str | None, typer.Option(help="Where to begin, as 'a=0.7, mu=[1, 2]'; else in the middle.")
]


def model_and_data(
    name: str,
    path: Path | None,
    prior: str | None,
    variant: str | None,
    outcome: str | None,
    **reading: Any,
) -> tuple[type[Model], Data]:
    """The model that was asked for, and the table: a file, or the example that it brings.

    How many rows were left out is said on standard error.
    """
    from bayesbench.binding import bind
    from bayesbench.tables.missing import left_out_in_words
    from bayesbench.tables.streamed import blocks_in_words

    model, table = unbound(name, path, prior, variant, outcome, example=True, **reading)
    assert table is not None
    table = bind(model, table).table
    for said in filter(None, (blocks_in_words(table), table.read_as, left_out_in_words(table))):
        say(said, to_error=True)
    return model, table


def unbound(
    name: str,
    path: Path | None,
    prior: str | None,
    variant: str | None,
    outcome: str | None,
    *,
    example: bool = False,
    columns: str | None = None,
    family: str | None = None,
    robust: bool = False,
    standardize: bool = False,
    missing: str | None = None,
    **text: Any,
) -> tuple[type[Model], Data | None]:
    """The model that was asked for, and the table, not held against each other yet.

    Without a file the table is the example that the model brings, if that is asked for.
    """
    from bayesbench.commands.of_formula import check_no_formula, model_of_formula
    from bayesbench.example import example_of
    from bayesbench.formulas.asked import is_formula
    from bayesbench.tables.reading import read_table
    from bayesbench.zoo import load

    named = None if columns is None else pairs("--columns", columns)
    marks = None if missing is None else missing.split(",")

    def read(source: Any) -> Data:
        return read_table(source, columns=named, missing=marks, **text)

    if is_formula(name):
        table = None if path is None else read(path)
        of: dict[str, Any] = {"family": family, "robust": robust, "standardize": standardize}
        return model_of_formula(name, table, prior, variant, outcome, **of), table
    check_no_formula(name, family, robust)
    model = load(name, variant=variant, prior=prior, outcome=outcome)
    if path is not None:
        table = read(path)
    elif example or standardize:
        table = read(example_of(model, remedy="give a table with --data"))
    else:
        table = None
    if standardize:
        from bayesbench.standardizing import standardized

        model = standardized(model, table)
    return model, table


def another_model(
    name: str, table: Data, variant: str | None, outcome: str | None, reading: Mapping[str, Any]
) -> type[Model]:
    """A further model of the table that another one is fitted to."""
    from bayesbench.commands.of_formula import model_of_formula
    from bayesbench.formulas.asked import is_formula
    from bayesbench.zoo import load

    if not is_formula(name):
        return load(name, variant=variant, outcome=outcome)
    of = {k: reading[k] for k in ("family", "robust", "standardize") if k in reading}
    return model_of_formula(name, table, None, variant, outcome, **of)


def unseen(path: Path | None, table: Data) -> Data | None:
    """The rows that are held out, if a file has them; incomplete ones left out as the table's."""
    if path is None:
        return None
    from bayesbench.tables.reading import read_alike

    return replace(read_alike(path, table), drop_missing=table.drop_missing)


def console(to_error: bool = False) -> Any:
    """Standard output, or standard error."""
    from rich.console import Console

    return Console(stderr=to_error, highlight=False, emoji=False)


def say(text: str, to_error: bool = False) -> None:
    """Print a text as it is: the [mg/L] of a column's name is no markup."""
    console(to_error).print(text, soft_wrap=True, markup=False)


def check_places(to_json: str | None, plot: Path | None) -> None:
    """Refuse files that can't be written, before anyone waits for what they should hold.

    Raises
    ------
    BadInput
        If a folder is none, or a figure's name has no known ending.
    """
    from bayesbench.output import check_folder

    if to_json not in (None, "-"):
        check_folder(Path(str(to_json)).parent)
    if plot is None:
        return
    check_folder(plot.parent)
    if plot.suffix.lower() not in FIGURES:
        raise BadInput(
            "--plot",
            found=f"'{plot.name}'",
            expected=f"a file that ends with {', '.join(FIGURES[:-1])} or {FIGURES[-1]}",
            remedy="such as figure.png",
        )


def write_json(found: Callable[[], dict[str, Any]], to: str | None) -> None:
    """Write numbers to a file, or to standard output; they are not asked for if nowhere."""
    from bayesbench.output import write_text

    if to is None:
        return
    text = json.dumps(found(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if to == "-":
        sys.stdout.write(text)
        return
    write_text(Path(to), text)
    say(f"Wrote {to}")


def write_figure(draw: Callable[[], Axes], path: Path | None, to_error: bool = False) -> None:
    """Draw a figure into a file; it is not drawn if there is none."""
    import numpy as np

    from bayesbench.figures.style import styled

    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # What fled to 1e150 has no place on an axis, and matplotlib says so.
    with styled(), np.errstate(over="ignore", invalid="ignore"):
        figure: Any = draw().figure
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    say(f"Wrote {path}", to_error)
