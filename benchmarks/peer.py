"""Who takes part in a race, where it runs, and why it can't where it can't."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The product's own environment first: what bayesbench is built on runs in the same versions.
ENVIRONMENTS = (".venv", ".venv-bench")
LEFT_OUT = ROOT / ".venv-bench" / "left_out.json"

VERSIONS = (
    "import json; from importlib.metadata import distributions as d;"
    "print(json.dumps({x.metadata['Name'].lower().replace('_', '-'): x.version for x in d()}))"
)


@dataclass(frozen=True)
class Peer:
    """One side of a race.

    Parameters
    ----------
    name : str
        As tables have it.
    program : str
        Its file, as `posterior.ours`; or words for `python -m`, in which `{task}` stands for
        the task and `{out}` for an empty folder.
    needs : tuple of str
        The distributions without which it is skipped.
    only : tuple of str
        The families of tasks that it takes part in; all if there are none.
    variables : mapping
        Of its process's environment; `{caches}` stands for a folder that is kept between the
        runs of a task, `{out}` for one that is not.
    """

    name: str
    program: str
    needs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether it is bayesbench in one of its ways."""
        return self.name.startswith("bayesbench")

    def words(self, task: str, seed: int, out: Path) -> list[str]:
        """What follows the name of Python on the command line."""
        if " " not in self.program:
            return ["-m", "benchmarks.program", self.program, task, str(seed), str(out)]
        return ["-m", *(word.format(out=out, task=task) for word in self.program.split())]

    def takes(self, task: str) -> bool:
        """Whether the task is one for it."""
        return not self.only or task.split("-")[0] in self.only


Installed = Mapping[str, Mapping[str, str]]  # versions by distribution, by environment


def installed() -> Installed:
    """What each environment has, if it is there."""
    found = {}
    for name in ENVIRONMENTS:
        python = ROOT / name / "bin" / "python"
        if python.exists():
            done = subprocess.run([python, "-c", VERSIONS], capture_output=True, check=True)
            found[name] = json.loads(done.stdout)
    return found


def home(peer: Peer, found: Installed) -> str | None:
    """The first environment that has what the peer needs; None if none has."""
    return next((name for name, has in found.items() if set(peer.needs) <= set(has)), None)


def why_skipped(peer: Peer, found: Installed, left_out: Mapping[str, str]) -> str:
    """What keeps a peer from taking part, in words."""
    best = max((set(peer.needs) & set(has) for has in found.values()), key=len, default=set())
    lacking = [name for name in peer.needs if name not in best]
    told = "; ".join(f"{name}: {left_out[name]}" for name in lacking if name in left_out)
    return told or f"not installed: {', '.join(lacking)} (`make bench` installs what it can)"


def left_out() -> dict[str, str]:
    """What could not be installed, and what the installer said."""
    return json.loads(LEFT_OUT.read_text()) if LEFT_OUT.exists() else {}
