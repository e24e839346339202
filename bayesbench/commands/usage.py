"""Words of the command line that no command understands, told as all bad input is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from bayesbench.errors import BadInput, nearest

QUOTED = re.compile(r"'([^']*)'")
MORE = re.compile(r"unexpected extra arguments?(?:\(s\))? \((.*)\)")
KINDS = {"valid integer": "a whole number", "valid number": "a number", "boolean": "yes or no"}


class InSentences(TyperGroup):
    """Typer's group of commands, whose complaints are sentences in place of boxes.

    These two methods are where Typer reads words: its own, and those of a command.
    """

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """Read the words before the command."""
        with told("bayesbench"):
            return super().make_context(*arguments, **named)

    def invoke(self, ctx: Any) -> Any:
        """Read the command's words, and run it."""
        with told("bayesbench", list(self.commands)):
            return super().invoke(ctx)


@contextmanager
def told(name: str, commands: list[str] | None = None) -> Iterator[None]:
    """Tell what Typer says of the words in one sentence.

    Raises
    ------
    BadInput
        In place of its error, which is known by having a message for users.
    """
    try:
        yield
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else name
        raise _sentence(error, where, commands or []) from None


def _sentence(error: Any, where: str, commands: list[str]) -> BadInput:
    kind, said = type(error).__name__, " ".join(str(error.format_message()).split()).rstrip(".")
    help_ = f"`{where} --help` tells what there is"
    quoted = QUOTED.search(said)
    if kind == "NoSuchOption":
        known = [option for each in error.ctx.command.params for option in each.opts]
        remedy = nearest(error.option_name, known)
        return BadInput(
            f"`{where}`",
            found=f"the option {error.option_name}",
            expected="one that it has",
            remedy=remedy if remedy.endswith("?") else help_,
        )
    if said.startswith("No such command") and quoted:
        return BadInput(
            f"`{where}`",
            found=f"the command '{quoted[1]}'",
            expected="one that there is",
            remedy=nearest(quoted[1], commands),
        )
    if kind == "MissingParameter":
        missing = quoted[1] if quoted else said.removeprefix("Missing argument ")
        return BadInput(f"`{where}`", found=f"no {missing}", expected="one", remedy=help_)
    if "requires an argument" in said and quoted:
        return BadInput(
            f"`{where}`, {quoted[1]}", found="nothing behind it", expected="a value", remedy=help_
        )
    if said.startswith("Invalid value for") and quoted:
        option, reason = quoted[1], said.partition(": ")[2] or said
        kinds = [words for kind, words in KINDS.items() if kind in reason]
        return BadInput(
            f"`{where}`, {option}",
            found=_given(option),
            expected=kinds[0] if kinds else f"another value ({reason})",
            remedy=help_,
        )
    more = MORE.search(said)
    if more:
        return BadInput(
            f"`{where}`",
            found=f"'{more[1]}' behind all that it reads",
            expected="no more",
            remedy="put a name of several words into quotes, or leave it out",
        )
    said = said[:1].lower() + said[1:]
    return BadInput(f"`{where}`", found=said, expected="what it reads", remedy=help_)


def _given(option: str) -> str:
    """What was given for an option, as it stands among the words."""
    name = option.split(" / ")[0]
    for at, word in enumerate(sys.argv):
        if word.startswith(f"{name}="):
            return repr(word.partition("=")[2])
        if word == name and at + 1 < len(sys.argv):
            return repr(sys.argv[at + 1])
    return "a value that can't be used"
