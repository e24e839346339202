"""The command line: arguments to calls, errors to sentences."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.compare import Contrast
    from bayesbench.data import Data
    from bayesbench.model import Model

INTERRUPTED = 130  # Typer's exit code for Ctrl-C

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="One model, fitted by maximum likelihood, MAP and the full posterior, and compared.",
)

ModelName = Annotated[str, typer.Argument(help="A name of the zoo (coin), or a .py file.")]
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
Chains = Annotated[int | None, typer.Option(help="How many chains NUTS runs; usually 4.")]
Draws = Annotated[int | None, typer.Option(help="Draws of each chain; usually 1000.")]
Warmup = Annotated[
    int | None, typer.Option(help="Steps of each chain before the draws; usually 1000.")
]
Device = Annotated[str, typer.Option(help="Where NUTS runs: cpu, gpu or auto.")]


@app.command("list")
def list_models() -> None:
    """List the models of the zoo, a line each."""
    from rich.table import Table

    from bayesbench.zoo import load, names

    table = Table(box=None, pad_edge=False)
    for column in ("model", "story", "variants"):
        table.add_column(column)
    for name in names():
        model = load(name)
        table.add_row(name, model.story(), ", ".join(model.variants))
    _out().print(table)


@app.command()
def show(model: ModelName, prior: Prior = None, variant: Variant = None) -> None:
    """Show a model: its story, its formula, its parameters and what it predicts."""
    from rich.markup import escape

    from bayesbench.describe import description
    from bayesbench.zoo import load

    chosen = load(model, variant=variant, prior=prior)
    said, out = description(chosen), _out()
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


@app.command()
def fit(
    model: ModelName,
    method: Annotated[str, typer.Option(help="mle, map, laplace, posterior or all.")] = "all",
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    chains: Chains = None,
    draws: Draws = None,
    warmup: Warmup = None,
    device: Device = "auto",
    to_json: Annotated[
        str | None, typer.Option("--json", help="Write the numbers there; - is standard output.")
    ] = None,
) -> None:
    """Fit a model and print the estimates. Exit code 3: a fit did not reach what it looked for."""
    from bayesbench.compare import METHODS, contrast
    from bayesbench.errors import nearest
    from bayesbench.report.write import check_folder, write_text

    known = [*METHODS, "all"]
    if method not in known:
        raise BadInput(
            "--method",
            found=f"'{method}'",
            expected=f"one of {', '.join(known)}",
            remedy=nearest(method, known),
        )
    chosen, table = _model_and_data(model, data, prior, variant, outcome)
    sampler = {"chains": chains, "draws": draws, "warmup": warmup, "device": device}
    options = sampler | {"starts": starts}
    if to_json not in (None, "-"):
        check_folder(Path(to_json).parent)
    asked = METHODS if method == "all" else (method,)
    _for_this_process()
    made = contrast(chosen, table, seed=seed, methods=asked, **options)  # type: ignore[arg-type]
    _print(made, to_error=to_json == "-")
    if to_json is not None:
        from bayesbench.results import results

        text = json.dumps(results(made), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        if to_json == "-":
            sys.stdout.write(text)
        else:
            write_text(Path(to_json), text)
            _out().print(f"Wrote {to_json}", soft_wrap=True)
    if not all(made.converged.values()):
        raise typer.Exit(3)


@app.command()
def report(
    model: Annotated[str | None, typer.Argument(help="A name of the zoo, or a .py file.")] = None,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    seed: Seed = 0,
    starts: Starts = None,
    chains: Chains = None,
    draws: Draws = None,
    warmup: Warmup = None,
    device: Device = "auto",
    out: Annotated[Path | None, typer.Option(help="The folder; else reports/MODEL.")] = None,
    fits: Annotated[
        Path | None, typer.Option("--from", help="Rebuild the page from its fits.nc, not fitting.")
    ] = None,
) -> None:
    """Fit a model in all ways and write its page: index.html, results.json and fits.nc."""
    from bayesbench.report.write import check_folder, rebuild

    if (model is None) == (fits is None):
        raise BadInput(
            "bayesbench report",
            found="neither a model nor --from" if model is None else "a model and --from",
            expected="one of the two",
            remedy="try `bayesbench report coin`",
        )
    if fits is not None:
        _out().print(f"Wrote {rebuild(fits, out)}", soft_wrap=True)
        return
    from bayesbench.compare import contrast

    chosen, table = _model_and_data(str(model), data, prior, variant, outcome)
    folder = out or Path("reports") / Path(str(model).partition(".py:")[0]).stem
    check_folder(folder)
    _for_this_process()
    sampler = {"chains": chains, "draws": draws, "warmup": warmup, "device": device}
    options = sampler | {"starts": starts}
    made = contrast(chosen, table, seed=seed, **options)  # type: ignore[arg-type]
    path = made.report(folder)
    _print(made)
    _out().print(f"Wrote {path}", soft_wrap=True)


@app.command()
def basins(
    model: ModelName,
    entry: Annotated[str, typer.Option(help="The parameter to look along: a, or slopes[age].")],
    over: Annotated[str, typer.Option(help="From where to where: 0,2.")],
    data: DataFile = None,
    variant: Variant = None,
    outcome: Outcome = None,
    starts: Annotated[int, typer.Option(help="How many points gradient ascent begins at.")] = 32,
    seed: Seed = 0,
) -> None:
    """List the local optima along a parameter, their basins, and where starts end."""
    from bayesbench.fit.basins import basins as look_along
    from bayesbench.terminal import print_basins

    chosen, table = _model_and_data(model, data, None, variant, outcome)
    print_basins(look_along(chosen, table, entry, _range(over), starts=starts, seed=seed), _out())


def _range(text: str) -> tuple[float, float]:
    """Two numbers with a comma between them."""
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise BadInput(
            "--over", found=f"'{text}'", expected="two numbers", remedy="write --over 0,2"
        ) from None
    return low, high


def _model_and_data(
    name: str,
    path: Path | None,
    prior: str | None,
    variant: str | None,
    outcome: str | None,
) -> tuple[type[Model], Data]:
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


def _for_this_process() -> None:
    """What only the program may set: one device a core for JAX, and its cache on disk.

    JAX reads these variables when it starts; those that the user has set are left alone.
    """
    from platformdirs import user_cache_path

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    flags = os.environ.get("XLA_FLAGS", "")
    if "host_platform_device_count" not in flags:
        count = f"--xla_force_host_platform_device_count={cores or 1}"
        os.environ["XLA_FLAGS"] = f"{flags} {count}".strip()
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(user_cache_path("bayesbench") / "jax"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def _out(to_error: bool = False) -> Any:
    from rich.console import Console

    return Console(stderr=to_error, highlight=False)


def _print(made: Contrast, to_error: bool = False) -> None:
    """The estimates and the predictions as tables, then what is worth saying."""
    from bayesbench.terminal import print_contrast

    print_contrast(made, _out(to_error))


def main() -> None:
    """Run the command line; input that can't be used ends in a sentence and exit code 2."""
    try:
        app()
    except BadInput as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            sys.stderr.write("Interrupted: nothing was written.\n")
        raise


if __name__ == "__main__":
    main()
