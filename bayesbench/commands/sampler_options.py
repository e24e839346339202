"""The options of the sampler, which every command that samples has."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

OPTIONS: dict[str, tuple[Any, Any, str]] = {
    "chains": (int | None, None, "How many chains NUTS runs; usually 4."),
    "draws": (int | None, None, "A fixed number of draws of each chain, instead of a target."),
    "ess": (float | None, None, "The target: sample until the draws are worth so many; else 400."),
    "max_draws": (int | None, None, "The most draws of a chain on the way there; else 5000."),
    "minutes": (float | None, None, "Begin no chunk of draws after so long; else no limit."),
    "warmup": (int | None, None, "Steps of each chain before the draws; usually 1000."),
    "target_accept": (
        float | None,
        None,
        "What the step size is tuned to; usually 0.8, hierarchies 0.98.",
    ),
    "max_tree_depth": (int | None, None, "2 to this power: the longest trajectory; usually 10."),
    "device": (str, "auto", "Where NUTS runs: cpu, gpu, or auto, by trial if there is a GPU."),
    "chain_method": (
        str | None,
        None,
        "parallel, sequential, vectorized, or auto, by trial; else what is usual.",
    ),
    "start": (str | None, None, "Where chains begin: pathfinder; else at random points."),
    "checkpoint": (
        Path | None,
        None,
        "Keep each chunk of draws in this folder; the same command goes on from there.",
    ),
}


def with_sampler(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of the sampler, which it is handed as the dict `sampler`."""

    @wraps(command)
    def full(**given: Any) -> None:
        sampler = {name: given.pop(name) for name in OPTIONS}
        command(**given, sampler={k: v for k, v in sampler.items() if v is not None})

    hints = get_type_hints(command, include_extras=True)
    own = [
        each.replace(annotation=hints[name])
        for name, each in signature(command).parameters.items()
        if name != "sampler"
    ]
    added = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, typer.Option(help=words)],
        )
        for name, (kind, default, words) in OPTIONS.items()
    ]
    keyword = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in own]
    full.__signature__ = signature(command).replace(parameters=[*keyword, *added])  # type: ignore[attr-defined]
    full.__annotations__ = {each.name: each.annotation for each in [*own, *added]}
    del full.__wrapped__
    return full


@contextmanager
def told_where_draws_are(folder: Path | None) -> Iterator[None]:
    """Say on standard error where an interrupted run has kept its draws."""
    try:
        yield
    except KeyboardInterrupt:
        from bayesbench.fit.checkpoint import draws_in

        if folder is not None and draws_in(folder):
            sys.stderr.write(
                f"The draws so far are in {folder}: the same command goes on from there.\n"
            )
        raise
