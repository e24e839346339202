"""Run the commands of the documents again, and put what they print in place of what stands there.

    python docs/refresh.py [docs/optimisation.md ...]

A block that begins with ```console has lines `$ command`, each followed by its output. A line
`...` says that something is left out; such a block stays as it is.
Commands run in docs/, so that the figures that they draw lie beside the documents.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from blocks import blocks, commands

DOCS = Path(__file__).parent
WIDTH = "96"
# What differs from run to run, and tells nothing.
TAKEN = re.compile(r"^Wrote .*\n", re.MULTILINE)


def output(command: str) -> str:
    """What a command prints, on either stream; its exit code is told if it is not zero."""
    environment = os.environ | {"COLUMNS": WIDTH, "NO_COLOR": "1"}
    words = shlex.split(command)
    if words[0] == "bayesbench":
        words = [sys.executable, "-m", "bayesbench.cli", *words[1:]]
    elif words[0] == "python":
        words[0] = sys.executable
    done = subprocess.run(
        words,
        cwd=DOCS,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(f"{done.returncode}  {command}", flush=True)
    lines = [line.rstrip() for line in TAKEN.sub("", done.stdout).strip("\n").splitlines()]
    return "\n".join(lines) + "\n"


def refreshed(page: str) -> str:
    """The page with every output as it is now."""
    for block in reversed(blocks(page)):
        if block.kind == "console" and "..." not in block.text.splitlines():
            lines = [command.line for command in commands(block.text)]
            told = "\n".join(f"$ {line}\n{output(line)}" for line in lines)
            page = page[: block.start] + told + page[block.end :]
    return page


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or sorted(DOCS.rglob("*.md")):
        path.write_text(refreshed(path.read_text("utf-8")), "utf-8")
