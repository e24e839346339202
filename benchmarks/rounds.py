"""Peers take turns: in each round each of them runs once on each task.

A machine's speed changes by the minute, and what is compared should have met the same weather.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.contests import Contest
from benchmarks.peer import ROOT, Installed, Peer, home, why_skipped
from benchmarks.process import Ended, run
from benchmarks.record import CAPPED, FAILED, OK, SKIPPED, Row

FIRST = 2.0  # a first run, which fills caches, may take so many times the cap


@dataclass(frozen=True)
class Course:
    """What all runs share.

    Parameters
    ----------
    rounds : range
        From 0, the first run with empty caches; from 1 where the caches that are there do.
    cap : float
        Seconds that a run may take.
    found, left_out : mapping
        What is installed, and what could not be.
    caches : Path
        The folder of all caches.
    """

    rounds: range
    cap: float
    found: Installed
    left_out: Mapping[str, str]
    caches: Path


def race(contest: Contest, entrants: Sequence[tuple[str, Peer]], course: Course) -> Iterator[Row]:
    """Run each peer on its task, round by round.

    Yields
    ------
    Row
        As each run ends. Round 0 has empty caches and is no part of any median. After a run
        above the cap, or a failed one, the peer does not take part in that task again; nor,
        above the cap, in a larger one of the same kind, where tasks grow.
    """
    out: dict[tuple[str, str], Row] = {}
    for number in course.rounds:
        for task, peer in entrants:
            if (task, peer.name) in out:
                continue
            row = turn(contest, task, peer, number, course, list(out.values()))
            if row.outcome != OK:
                out[task, peer.name] = row
            yield row


def turn(
    contest: Contest, task: str, peer: Peer, number: int, course: Course, before: list[Row]
) -> Row:
    """One run of a peer, or the reason why there is none."""
    cap = course.cap * (FIRST if number == 0 else 1)
    row = Row(contest.name, task, peer.name, number, cap=cap)
    environment = home(peer, course.found)
    if environment is None:
        reason = why_skipped(peer, course.found, course.left_out)
        return replace(row, outcome=SKIPPED, reason=reason)
    smaller = smaller_above(task, peer.name, before) if contest.grows else None
    if smaller:
        return replace(row, outcome=CAPPED, reason=f"above the cap at {smaller} already")
    place = caches(contest, task, peer, course.caches)
    if number == 0 and not contest.grows:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)  # it runs there, for some leave files about
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        command: list[str | Path] = [
            ROOT / environment / "bin" / "python",
            *peer.words(task, number, out),
        ]
        ended = run(command, variables(peer, place, out), cap, place)
        return judged(row, ended, lambda said: contest.judge(task, out, said))


def caches(contest: Contest, task: str, peer: Peer, folder: Path) -> Path:
    """The folder of a task and a peer; of all sizes of a task together, where it grows."""
    which = task.split("-")[0] if contest.grows else task
    return folder / contest.name / which / peer.name.replace(" ", "_")


def smaller_above(task: str, peer: str, before: list[Row]) -> str | None:
    """A task of the same kind at which the peer was above the cap; tasks come by size."""
    kind = task.rpartition("-")[0]  # what differs in its last size only
    same = (row for row in before if row.task.rpartition("-")[0] == kind and row.peer == peer)
    return next((row.task for row in same if row.outcome == CAPPED), None)


def judged(row: Row, ended: Ended, judge: Callable[[dict], dict[str, float]]) -> Row:
    """The row of a run that has ended."""
    row = replace(row, wall=ended.wall, cpu=ended.cpu, peak=ended.peak)
    if ended.status is None:
        return replace(row, outcome=CAPPED)
    if ended.status != 0:
        words = ended.words or f"exit status {ended.status}"
        return replace(row, outcome=FAILED, reason=words)
    seconds = ended.said.get("seconds", {})
    counted = {k: v for k, v in ended.said.items() if isinstance(v, int | float)}
    return replace(row, seconds=seconds, numbers=counted | judge(ended.said))


def variables(peer: Peer, place: Path, out: Path) -> dict[str, str]:
    """The process's environment: ours without JAX's settings, and with caches of its own."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith(("XLA_", "JAX_"))}
    cache = {
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(place),
        "PYTENSOR_FLAGS": f"base_compiledir={place / 'pytensor'}",
        "NUMBA_CACHE_DIR": str(place / "numba"),
    }
    own = {name: value.format(caches=place, out=out) for name, value in peer.variables.items()}
    return kept | cache | own
