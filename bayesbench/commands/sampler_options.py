"""The options of the sampler, which every command that samples has."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayesbench.commands.added import Options, with_added
from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

OPTIONS: Options = {
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
    return with_added(command, "sampler", OPTIONS)


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


def with_own_draws(make: Callable[[], Contrast], folder: Path) -> Contrast:
    """What `make` returns, whose checkpoint nobody named: draws of something else make room.

    They are moved beside it, which is said on standard error, and all begins anew.
    """
    from bayesbench.fit.checkpoint import set_aside
    from bayesbench.kept import is_another

    try:
        return make()
    except BadInput as refused:
        if not is_another(refused, folder):
            raise
        sys.stderr.write(
            f"Begun anew: {folder} held {refused.found}; they are now in {set_aside(folder)}.\n"
        )
    return make()
