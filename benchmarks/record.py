"""What a race leaves: a row for each run, written as it comes, one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OK, CAPPED, FAILED, SKIPPED = "ok", "above the cap", "failed", "skipped"


@dataclass(frozen=True)
class Row:
    """One run of a peer on a task.

    Parameters
    ----------
    contest, task, peer : str
    round : int
        0 for the first run, with empty caches; the others from 1.
    outcome : {"ok", "above the cap", "failed", "skipped"}
    reason : str
        Why it failed or was skipped.
    cap : float
        After how many seconds it would have been ended.
    wall, cpu, peak : float, optional
        Seconds of the whole process, seconds of processor, and MB of memory.
    seconds : mapping of float
        Of phases, as the program tells.
    numbers : mapping of float
        What was counted or computed from what it left.
    """

    contest: str
    task: str
    peer: str
    round: int
    outcome: str = OK
    reason: str = ""
    cap: float = 0.0
    wall: float | None = None
    cpu: float | None = None
    peak: float | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> float | None:
        """Seconds of the process without the making of its data."""
        return None if self.wall is None else self.wall - self.seconds.get("data", 0.0)


def append(path: Path, what: Mapping[str, Any] | Row) -> None:
    """Write a line at the end of a file; it is on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(asdict(what) if isinstance(what, Row) else what) + "\n")


def read(path: Path) -> tuple[dict[str, Any], list[Row]]:
    """The machine, and the rows; half a line at the end, where a run was killed, is left out."""
    machine: dict[str, Any] = {}
    rows = []
    for line in _whole_lines(path):
        if "contest" in line:
            rows.append(Row(**line))
        else:
            machine |= line
    return machine, rows


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
