"""Which one should I use, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from bayesbench.contrasting import Contrast
    from bayesbench.scores.record import Scores


def print_verdict(made: Contrast, console: Console, scores: Scores | None = None) -> None:
    """Print the verdict in short, by the scores that were asked for, as the page has it.

    Nothing is printed of a contrast that has no posterior to hold another fit against.
    """
    from rich.markup import escape

    from bayesbench.verdict import verdict

    if "posterior" not in made.fits or len(made.fits) < 2:
        return
    console.print("[bold]Which one should I use?[/bold]")
    for sentence in verdict(made, scores).in_short:
        console.print(f"- {escape(sentence)}")
    console.print()
