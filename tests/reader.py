"""A reader who does what a page says, from its top, in the folder that is the current one.

Commands run in this process, so that imports and compiled programs are waited for once; `make`
is asked for its recipe, and the program in that is run.
"""

import contextlib
import io
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import bayesbench as bb
from bayesbench import cli
from blocks import commands
from conftest import PROJECT
from refresh import DOCS, TAKEN
from shown import TIGHT, Tolerance, blind, missing

ENDED = (0, 3)  # 3: what was looked for is not reached, and the command says so


@dataclass
class Reader:
    """What a reader knows.

    Attributes
    ----------
    page : str
        Its name, for tracebacks.
    small : mapping
        The words that make a command short, by how it begins: of what the page shows then only
        the heads of its tables are looked for.
    sampled : mapping
        How far numbers may be from those shown, by how a command begins.
    heads : pattern
        How heads of tables begin.
    known : dict
        The names of the page's Python.
    printed : str
        What Python printed last.
    """

    page: str
    small: Mapping[str, str]
    sampled: Mapping[str, Tolerance]
    heads: re.Pattern[str]
    known: dict = field(default_factory=lambda: {"__name__": "page"})
    printed: str = ""

    def read(self, kind, text):
        """Do what a block says."""
        assert kind in KINDS, f"nothing runs a block of the kind {kind!r}:\n{text}"
        KINDS[kind](self, text)

    def python(self, text):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, self.page, "exec"), self.known)
        self.printed = out.getvalue()

    def text(self, shown):
        assert missing(shown, self.printed) == ""

    def file(self, text):
        name = re.match(r"# (\w+\.py)\n", text)
        assert name, f"the first line names no file:\n{text}"
        Path(name[1]).write_text(text, "utf-8")
        bb.load(name[1])

    def sh(self, text):
        for line in filter(None, text.splitlines()):
            self.command(line)

    def console(self, text):
        for each in commands(text):
            printed = self.command(each.line)
            if begins(self.small, each.line) is None:
                near = begins(self.sampled, each.line) or TIGHT
                differs = missing(each.shown, printed, near)
                assert not differs, f"{each.line}: {differs}"
            else:
                lines = [blind(line) for line in printed.splitlines()]
                tables = re.split(r"^[-!] ", each.shown, maxsplit=1, flags=re.MULTILINE)[0]
                heads = [line for line in tables.splitlines() if self.heads.match(line)]
                assert heads, f"no head of a table to look for:\n{each.shown}"
                for head in heads:
                    assert blind(head) in lines, f"{each.line}\n{printed}"

    def command(self, line):
        """What a command prints on either stream, run as it is written or small."""
        program, *words = shlex.split(line, comments=True)
        program = program.removeprefix(".venv/bin/")
        if program == "make":
            return "".join(map(self.command, recipe(words)))
        words += shlex.split(begins(self.small, line.removeprefix(".venv/bin/")) or "")
        if program == "python" and words[0] == "-m":
            return ended(words[1:], lambda: runpy.run_module(words[1], run_name="__main__"))
        if program == "python":
            shutil.copy(DOCS / words[0], ".")
            return ended(words, lambda: runpy.run_path(words[0], run_name="__main__"))
        assert program == "bayesbench", f"nothing runs {line}"
        return TAKEN.sub("", ended(["bayesbench", *words], cli.main))


KINDS: dict[str, Callable[[Reader, str], None]] = {
    "python": Reader.python,
    "text": Reader.text,
    "py": Reader.file,
    "sh": Reader.sh,
    "console": Reader.console,
}


def begins(choices, line):
    """The choice by whose name the line begins, None if there is none."""
    return next((choice for name, choice in choices.items() if line.startswith(name)), None)


def ended(words, program):
    """What a program prints that is given these words, and ends well."""
    out, before, code = io.StringIO(), sys.argv, None
    sys.argv = words
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            program()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = before
    assert (code or 0) in ENDED, f"{shlex.join(words)}\n{out.getvalue()}"
    return out.getvalue()


def recipe(words):
    """The lines of a target's recipe that are one call of our own programs.

    What else there is are the tests themselves, and a loop that takes half an hour.
    """
    told = subprocess.run(
        ["make", "--dry-run", *words], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    ours = (".venv/bin/bayesbench ", ".venv/bin/python -m benchmarks ")
    return [line for line in told.stdout.splitlines() if line.startswith(ours)]
