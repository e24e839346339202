"""Ratios that may not grow: which a quick run needs, and which of them it broke."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contests import CONTESTS
from benchmarks.medians import digits, entry, of, ratio
from benchmarks.record import Row

FILE = Path(__file__).parent / "bounds.toml"


@dataclass(frozen=True)
class Side:
    """A peer on a task."""

    task: str
    peer: str


@dataclass(frozen=True)
class Bound:
    """A ratio of two medians of a measure, and the most that it may be."""

    contest: str
    measure: str
    ours: Side
    over: Side
    most: float

    @property
    def words(self) -> str:
        """What the ratio is of."""
        heading = CONTESTS[self.contest].measures.get(self.measure, self.measure)
        if self.ours.task == self.over.task:
            who = f"{self.ours.peer} over {self.over.peer} on {self.ours.task}"
        else:
            who = f"{self.ours.peer} on {self.ours.task} over {self.over.peer} on {self.over.task}"
        return f"{self.contest}: {heading} of {who}"


def bounds(text: str) -> list[Bound]:
    """The bounds of a file of TOML."""
    return [_bound(each) for each in tomllib.loads(text)["bound"]]


def _bound(told: dict[str, Any]) -> Bound:
    sides = {"ours": Side(**told["ours"]), "over": Side(**told["ours"] | told["over"])}
    return Bound(**told | sides)


def entrants(wanted: Sequence[Bound], contest: str) -> list[tuple[str, str]]:
    """Task and peer of all sides in a contest, each once."""
    mine = [bound for bound in wanted if bound.contest == contest]
    sides = [side for bound in mine for side in (bound.ours, bound.over)]
    return list(dict.fromkeys((side.task, side.peer) for side in sides))


@dataclass(frozen=True)
class Held:
    """A bound that was looked at: it holds, it does not, or there is no ratio (None)."""

    holds: bool | None
    words: str


def held(bound: Bound, rows: Sequence[Row]) -> Held:
    """A bound against the rows of a run, with a sentence."""
    ours, over = (
        entry(of(rows, bound.contest, side.task, side.peer), bound.measure)
        for side in (bound.ours, bound.over)
    )
    found = ratio(ours, over)
    if found.value is None and not found.words.startswith("<"):
        why = found.words or "no numbers"
        return Held(None, f"{bound.words}: no ratio ({why}).")
    shown = str(found)
    if found.value is not None and (found.above or found.value > bound.most):
        return Held(False, f"{bound.words} is {shown}, and may be {digits(bound.most)} at most.")
    return Held(True, f"{bound.words} is {shown} (at most {digits(bound.most)}).")
