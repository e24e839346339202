"""What is shown on standard error while one waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def is_shown(wanted: bool | None) -> bool:
    """Whether to show anything: as wanted, and if nothing is, where a terminal looks on."""
    return sys.stderr.isatty() if wanted is None else wanted


@contextmanager
def steps_done(words: str, total: int, wanted: bool | None) -> Iterator[Callable[[int], None]]:
    """A bar while it lasts; it is told each time how many steps more are done."""
    if not is_shown(wanted):
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda count: bar.advance(task, count)


@contextmanager
def working(words: str, wanted: bool | None) -> Iterator[None]:
    """A line with a spinner while it lasts."""
    if not is_shown(wanted):
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield
