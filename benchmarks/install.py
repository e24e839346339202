"""The environment of the peers: .venv-bench, with what of `peers.txt` can be installed here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.peer import LEFT_OUT, ROOT

PEERS = ROOT / "benchmarks" / "peers.txt"


def install() -> None:
    """Make the environment; what can't be installed is written down with the reason."""
    place = ROOT / ".venv-bench"
    if not (place / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
    reasons = {}
    for line in requirements(PEERS.read_text()):
        reason = added(place / "bin" / "python", line)
        if reason:
            reasons[line.partition("==")[0]] = reason
            print(f"  {line} is left out: {reason}")
    LEFT_OUT.write_text(json.dumps(reasons, indent=1))


def requirements(text: str) -> list[str]:
    """The lines that name something, above the line that begins what these need in turn."""
    lines = (line.partition("#")[0].strip() for line in text.partition("# needed")[0].splitlines())
    return [line for line in lines if line]


def added(python: Path, line: str) -> str:
    """Install one requirement with the versions of the whole list; why it failed, if it did."""
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    done = subprocess.run([*pip, "-c", PEERS, line], capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    errors = [each for each in done.stderr.splitlines() if each.startswith("ERROR")]
    return (errors or done.stderr.splitlines() or ["pip failed"])[-1].removeprefix("ERROR: ")
