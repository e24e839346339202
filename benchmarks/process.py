"""A program in a process of its own: how long it took, how much memory, and what it said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Parameters
    ----------
    wall : float
        Seconds from its start to its end.
    cpu : float
        Seconds of processor that it and the processes it waited for took.
    peak : float
        The most memory, in MB, that it, or a process that it waited for, has held. No less
        than what the caller held when it started it: Linux counts the copy made by fork.
    status : int or None
        Its exit status; None if it was ended at the cap.
    said : dict
        The JSON of its last line; empty if there is none.
    words : str
        The last line of its errors.
    """

    wall: float
    cpu: float
    peak: float
    status: int | None
    said: dict[str, Any]
    words: str


def run(
    command: Sequence[str | Path], variables: Mapping[str, str], cap: float, folder: Path
) -> Ended:
    """Run a command in a folder, and end it and its children after `cap` seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        began = perf_counter()
        child = subprocess.Popen(
            command, env=variables, stdout=out, stderr=errors, start_new_session=True, cwd=folder
        )
        capped: list[bool] = []

        def end() -> None:
            capped.append(True)
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

        timer = Timer(cap, end)
        timer.start()
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:
            end()
            raise
        finally:
            timer.cancel()
        wall = perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        lines = [_lines(file) for file in (out, errors)]
    said = {}
    with suppress(ValueError, IndexError):
        said = json.loads(lines[0][-1])
    return Ended(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss / 1024,  # Linux counts in kilobytes
        status=None if capped else child.returncode,
        said=said if isinstance(said, dict) else {},
        words=lines[1][-1] if lines[1] else "",
    )


def _lines(file: Any) -> list[str]:
    file.seek(0)
    text = file.read().decode(errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]
