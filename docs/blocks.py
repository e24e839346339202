"""The blocks of code in a page, and the commands in a block with what stands below each."""

from __future__ import annotations

import re
from dataclasses import dataclass

FENCE = re.compile(
    r"^(?P<mark>```+|~~~+)(?P<kind>[^`\n]*)\n(?P<text>.*?)^(?P=mark)[ ]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes
    ----------
    kind : str
        What stands behind the fence: the language.
    text : str
        The lines between the fences.
    start, end : int
        Where the text stands in the page.
    """

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Command:
    """A command of a console, and what the page says that it prints."""

    line: str
    shown: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    return [
        Block(match["kind"].strip(), match["text"], *match.span("text"))
        for match in FENCE.finditer(page)
    ]


def commands(console: str) -> list[Command]:
    """The commands of a block whose lines `$ command` are each followed by what is printed."""
    _, *parts = re.split(r"^\$ ", console, flags=re.MULTILINE)
    return [Command(line, shown) for line, _, shown in (part.partition("\n") for part in parts)]
