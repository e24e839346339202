"""What is on a page and in which order: one design for every model.

The verdict comes first, then the table, the predictions, each method's own story, diagnostics,
and how to reproduce it. A part that has nothing to say of a model is left out, of the page and
of its list of contents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

SHOWN = 12  # parameters whose estimates the page spells out
LISTED = 30  # entries of one parameter


@dataclass(frozen=True)
class Part:
    """A part of a page.

    Attributes
    ----------
    name : str
        Its anchor; `sections/NAME.html` has its text.
    title : str
        Its heading.
    short : str
        What the list of contents has in place of the title, if that is long.
    under : tuple of Part
        What stands beneath its own text.
    """

    name: str
    title: str
    short: str = ""
    under: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A part that has something to say: its text, and those of the parts beneath it."""

    part: Part
    html: Markup
    under: tuple[Shown, ...]


PARTS = (
    Part(
        "verdict",
        "Which one should I use?",
        under=(Part("differs", "What differs, and why"),),
    ),
    Part("estimates", "The estimates side by side", "Estimates"),
    Part(
        "predictions",
        "What each predicts: plugged in, or averaged",
        "Predictions",
        under=(Part("scores", "How well does each predict?"),),
    ),
    Part(
        "stories",
        "Each method’s own story",
        under=(
            Part("model", "The model that all of them fit", "The model"),
            Part("views", "What is special to this model"),
            Part("fits", "How each fit ended"),
            Part("runs", "Maximum likelihood: the way to the maximum", "Runs of optimisers"),
            Part(
                "profile",
                "Maximum likelihood: intervals without a prior",
                "Likelihood intervals",
            ),
            Part(
                "approximations",
                "Laplace and Pathfinder, and their warning lights",
                "Laplace and Pathfinder",
            ),
            Part("influence", "Posterior and MAP: what does the prior do?", "The prior’s part"),
            Part(
                "evidence",
                "The posterior: how probable the model made the data",
                "The evidence",
            ),
        ),
    ),
    Part("diagnostics", "Diagnostics: may the numbers be trusted?", "Diagnostics"),
    Part("reproduce", "How to reproduce it"),
)


def shown(parts: tuple[Part, ...], text: Callable[[str], str]) -> tuple[Shown, ...]:
    """The parts that have something to say, by the text that each name has."""
    made = (Shown(each, Markup(text(each.name)), shown(each.under, text)) for each in parts)
    return tuple(each for each in made if each.html.strip() or each.under)


def parameters(found: dict[str, Any]) -> dict[str, list[str]]:
    """The parameters that the page spells out, each with its entries: one, or those of a vector."""
    grouped: dict[str, list[str]] = {}
    for entry in found["estimates"]:
        grouped.setdefault(entry.partition("[")[0], []).append(entry)
    return {name: entries[:LISTED] for name, entries in list(grouped.items())[:SHOWN]}
