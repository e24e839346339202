"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.contests import CONTESTS, Contest
from benchmarks.medians import Entry, entry, of, ratio
from benchmarks.record import FAILED, SKIPPED, Row


def markdown(machine: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """All contests of which there are rows, each with its tables."""
    parts = ["# Benchmark", in_words(machine)]
    for contest in CONTESTS.values():
        mine = [row for row in rows if row.contest == contest.name]
        if mine:
            parts += [f"## {contest.title}", summary(contest, mine)]
            parts += [f"### {task}\n\n{details(contest, task, mine)}" for task in tasks_of(mine)]
            parts += notes(mine)
    return "\n\n".join(parts) + "\n"


def in_words(machine: Mapping[str, Any]) -> str:
    """The machine in two sentences."""
    if not machine:
        return "The machine is not known."
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, "
        f"Python {machine['python']}; load {machine['load']:.1f} at the start, "
        f"{machine['began']}. Versions: {versions}."
    )


def summary(contest: Contest, rows: Sequence[Row]) -> str:
    """A line for each task: ours, the best of the others, and the ratio of the two."""
    head, body = ["task"], []
    for name in contest.ranks:
        head += [f"{contest.measures[name]}: ours", "best other", "ratio"]
    for task in tasks_of(rows):
        line = [task]
        for name in contest.ranks:
            ours = entry(of(rows, contest.name, task, contest.peers[0].name), name)
            peer, best = best_other(contest, task, rows, name)
            line += [str(ours), f"{best}, {peer}" if peer else "–", str(ratio(ours, best))]
        body.append(line)
    return grid(head, body)


def best_other(contest: Contest, task: str, rows: Sequence[Row], name: str) -> tuple[str, Entry]:
    """The best peer that is not ours by a measure, and its entry; no name if there is none."""
    found = {
        peer.name: entry(of(rows, contest.name, task, peer.name), name)
        for peer in contest.peers
        if not peer.is_ours
    }
    known = {peer: each for peer, each in found.items() if each.value is not None}
    if not known:
        return "", Entry(None)
    sign = 1 if contest.ranks[name] == "lowest" else -1
    best = min(known, key=lambda peer: (known[peer].above, sign * (known[peer].value or 0.0)))
    return best, known[best]


def details(contest: Contest, task: str, rows: Sequence[Row]) -> str:
    """A line for each peer with all measures, and ours over theirs in those that rank."""
    ours = of(rows, contest.name, task, contest.peers[0].name)
    head = ["peer", *contest.measures.values(), "runs"]
    head += [f"ours / theirs: {contest.measures[name]}" for name in contest.ranks]
    body = []
    for peer in contest.peers:
        theirs = of(rows, contest.name, task, peer.name)
        if not theirs:
            continue
        entries = {name: measured(theirs, name) for name in contest.measures}
        ratios = [ratio(measured(ours, name), entries[name]) for name in contest.ranks]
        runs = max(each.runs for name, each in entries.items() if name != "first")
        body.append([peer.name, *map(str, entries.values()), str(runs), *map(str, ratios)])
    return grid(head, body)


def measured(rows: Sequence[Row], name: str) -> Entry:
    """An entry by the name of its column: `first` is the first run's whole process."""
    return entry(rows, "whole", first=True) if name == "first" else entry(rows, name)


def notes(rows: Sequence[Row]) -> list[str]:
    """Who was skipped, or failed, and why; each once."""
    skipped = {f"{row.peer}: {row.reason}" for row in rows if row.outcome == SKIPPED}
    failed = {f"{row.peer}, {row.task}: {row.reason}" for row in rows if row.outcome == FAILED}
    found = (("Skipped", skipped), ("Failed", failed))
    return [f"{word}: {'; '.join(sorted(which))}." for word, which in found if which]


def tasks_of(rows: Iterable[Row]) -> list[str]:
    """The tasks in the order in which they came."""
    return list(dict.fromkeys(row.task for row in rows))


def grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first hold numbers."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *body))
