"""Medians over rounds, and ratios of medians; what was above the cap stays honest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.record import CAPPED, FAILED, OK, SKIPPED, Row


@dataclass(frozen=True)
class Entry:
    """A number of a table: a median, or the cap if the peer was above it.

    Parameters
    ----------
    value : float or None
        None where there is no number: `words` says why.
    above : bool
        Whether the true value is above this one.
    runs : int
        How many runs the median is of.
    words : str
    """

    value: float | None
    above: bool = False
    runs: int = 0
    words: str = ""

    def __str__(self) -> str:
        """In three digits; `> 120` above the cap; `–` for nothing."""
        if self.value is None:
            return self.words or "–"
        return f"{'> ' * self.above}{digits(self.value)}"


def measure(row: Row, name: str) -> float | None:
    """A number of a run by its name: `whole`, `peak`, a phase, or one that was computed.

    `ess/s` is the smallest bulk ESS for each second of sampling, `ess/s whole` for each of
    the whole process; `rest` is what no phase has, such as the start of Python and its end.
    """
    if name == "whole":
        return row.whole
    if name in ("peak", "cpu"):
        return getattr(row, name)
    if name == "rest":
        return None if row.wall is None else row.wall - sum(row.seconds.values())
    if name.startswith("ess/s"):
        spent = row.whole if name.endswith("whole") else row.seconds.get("sample")
        return row.numbers["ess"] / spent if spent and "ess" in row.numbers else None
    return row.seconds.get(name, row.numbers.get(name))


def entry(rows: Sequence[Row], name: str, first: bool = False) -> Entry:
    """The median of a measure over the runs of one peer on one task.

    With `first` it is the first run's, with empty caches, which medians leave out. A peer that
    was above the cap in any run is above it; times are then at least the cap, and there are no
    other numbers.
    """
    skipped = next((row for row in rows if row.outcome == SKIPPED), None)
    if skipped:
        return Entry(None, words="skipped")
    capped = next((row for row in rows if row.outcome == CAPPED), None)
    if capped:
        return Entry(capped.cap, above=True) if name == "whole" else Entry(None)
    good = [row for row in rows if row.outcome == OK and (row.round == 0) == first]
    values = [value for row in good if (value := measure(row, name)) is not None]
    if values:
        return Entry(median(values), runs=len(values))
    return Entry(None, words="failed" if any(row.outcome == FAILED for row in rows) else "")


def ratio(ours: Entry, theirs: Entry) -> Entry:
    """Ours over theirs; of what was above the cap, a bound."""
    if ours.value is None or theirs.value is None or theirs.value == 0:
        return Entry(None, words=theirs.words or ours.words)
    if ours.above and theirs.above:
        return Entry(None)
    value = ours.value / theirs.value
    if theirs.above:
        return Entry(None, words=f"< {digits(value)}")
    return Entry(value, above=ours.above, runs=min(ours.runs, theirs.runs))


def of(rows: Sequence[Row], contest: str, task: str, peer: str) -> list[Row]:
    """The runs of one peer on one task."""
    return [row for row in rows if (row.contest, row.task, row.peer) == (contest, task, peer)]


def digits(value: float) -> str:
    """Three digits: 0.0123, 1.23, 12.3, 1,230."""
    value = float(f"{value:.3g}")
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}" if abs(value) >= 1e-4 else f"{value:.1e}"
