"""`python -m benchmarks`: run races, and show what they left.

python -m benchmarks run                              # all contests, five rounds
python -m benchmarks run posterior --task coin --peer NumPyro --rounds 1
python -m benchmarks table reports/bench/results.jsonl # Markdown from a record
python -m benchmarks install                           # what peers need, in .venv-bench
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.contests import CONTESTS
from benchmarks.install import install
from benchmarks.machine import machine
from benchmarks.peer import ROOT, installed, left_out
from benchmarks.record import Row, append, read
from benchmarks.rounds import Course, race
from benchmarks.table import markdown

OUT = ROOT / "reports" / "bench"


def main(words: list[str] | None = None) -> None:
    """Read the words and do what they say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="hold races")
    run.add_argument("contests", nargs="*", metavar="contest", help=", ".join(CONTESTS))
    run.add_argument("--task", action="append", default=[], help="only this one; may be repeated")
    run.add_argument("--peer", action="append", default=[], help="only this one; may be repeated")
    run.add_argument("--rounds", type=int, default=5)
    run.add_argument("--cap", type=float, default=120, help="seconds that a run may take")
    run.add_argument("--large", action="store_true", help="also what needs much memory and time")
    run.add_argument("--out", type=Path, default=OUT, help="a folder")
    shown = commands.add_parser("table", help="print the tables of a record")
    shown.add_argument("record", type=Path, nargs="?", default=OUT / "results.jsonl")
    commands.add_parser("install", help="install what peers need, in .venv-bench")
    asked = parser.parse_args(words)
    if asked.command == "table":
        print(markdown(*read(asked.record)), end="")
    elif asked.command == "install":
        install()
    else:
        unknown = set(asked.contests) - set(CONTESTS)
        if unknown:
            parser.error(f"no contest {', '.join(unknown)}; there are {', '.join(CONTESTS)}")
        hold(asked)


def hold(asked: argparse.Namespace) -> None:
    """Run what is asked for; rows are on disk as they come, and tables at the end."""
    found = installed()
    out = asked.out.resolve()
    record = out / "results.jsonl"
    record.unlink(missing_ok=True)
    append(record, machine(found))
    course = Course(asked.cap, found, left_out(), out / "caches")
    for name in asked.contests or CONTESTS:
        contest = CONTESTS[name]
        tasks = contest.chosen(asked.task, asked.large)
        for row in race(contest, tasks, asked.peer, asked.rounds, course):
            append(record, row)
            print(in_a_line(row), flush=True)
    text = markdown(*read(record))
    (out / "results.md").write_text(text)
    print(f"\n{text}\nWrote {out / 'results.md'}")


def in_a_line(row: Row) -> str:
    """What is printed as a run ends."""
    took = "" if row.wall is None else f"{row.wall:8.2f} s"
    phases = ", ".join(f"{name} {seconds:.2f}" for name, seconds in row.seconds.items())
    numbers = ", ".join(f"{name} {v:.4g}" for name, v in row.numbers.items())
    what = row.reason if row.reason else f"{phases}; {numbers}"
    who = f"{row.contest} {row.round} {row.task:16} {row.peer:18}"
    return f"{who} {took} {'' if row.outcome == 'ok' else row.outcome} {what}"


if __name__ == "__main__":
    main()
