"""What the commands share: their options, the model and the data, and where they write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bayesbench.data import Data
    from bayesbench.model import Model

INTERRUPTED = 130  # Typer's exit code for Ctrl-C
NOT_REACHED = 3
FIGURES = (".png", ".svg", ".pdf")

ModelName = Annotated[str, typer.Argument(help="A name of the zoo (coin), or a .py file.")]
Method = Annotated[str, typer.Option(help="mle, map, laplace, pathfinder, posterior or all.")]
DataFile = Annotated[
    Path | None, typer.Option("--data", help="A CSV file; if not given, the model's example.")
]
Prior = Annotated[str | None, typer.Option(help="Which of the model's priors: normal, uniform ...")]
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
    Path | None, typer.Option("--held-out", help="A CSV file of rows that no fit has seen.")
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
) -> tuple[type[Model], Data]:
    """The model that was asked for, and the table: a file, or the example that it brings."""
    from bayesbench.binding import bind, read_data
    from bayesbench.data import as_data, replace_source
    from bayesbench.zoo import load

    model = load(name, variant=variant, prior=prior, outcome=outcome)
    if path is not None:
        return model, read_data(path, model)
    try:
        example = model.example()
    except NotImplementedError:
        raise BadInput(
            f"the model '{name}'",
            found="no example data",
            expected="data to fit it to",
            remedy="give a CSV file with --data",
        ) from None
    table = replace_source(as_data(example), "the example that the model brings")
    bind(model, table)
    return model, table


def console(to_error: bool = False) -> Any:
    """Standard output, or standard error."""
    from rich.console import Console

    return Console(stderr=to_error, highlight=False)


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
    console().print(f"Wrote {to}", soft_wrap=True)


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
    console(to_error).print(f"Wrote {path}", soft_wrap=True)
