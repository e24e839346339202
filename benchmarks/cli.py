"""`python -m benchmarks`: run races, and show what they left.

python -m benchmarks run                              # all contests, five rounds
python -m benchmarks run posterior --task coin --peer NumPyro --rounds 1
python -m benchmarks table reports/bench/results.jsonl # Markdown from a record
python -m benchmarks install                           # what peers need, in .venv-bench
python -m benchmarks references                        # what they are held to
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bounds import FILE, bounds, entrants, held
from benchmarks.contests import CONTESTS
from benchmarks.install import install
from benchmarks.machine import machine
from benchmarks.peer import ROOT, Peer, installed, left_out
from benchmarks.record import Row, append, read
from benchmarks.rounds import Course, race
from benchmarks.table import markdown

OUT = ROOT / "reports" / "bench"
RECORD = "results.jsonl"


def main(words: list[str] | None = None) -> int:
    """Read the words and do what they say; 1 if a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="hold races")
    run.add_argument("contests", nargs="*", metavar="contest", help=", ".join(CONTESTS))
    run.add_argument("--task", action="append", default=[], help="only this one; may be repeated")
    run.add_argument("--peer", action="append", default=[], help="only this one; may be repeated")
    run.add_argument("--rounds", type=int, default=5)
    run.add_argument("--cap", type=float, default=120, help="seconds that a run may take")
    run.add_argument("--warm", action="store_true", help="no first run; old caches")
    run.add_argument("--large", action="store_true", help="also what needs much memory and time")
    run.add_argument("--out", type=Path, default=OUT, help="a folder")
    check = commands.add_parser("check", help="hold a quick run to the bounds of bounds.toml")
    check.add_argument("--rounds", type=int, default=3)
    check.add_argument("--cap", type=float, default=120)
    check.add_argument(
        "--warm", action="store_true", help="no first run: the caches that are there"
    )
    check.add_argument("--out", type=Path, default=OUT / "check")
    shown = commands.add_parser("table", help="print the tables of a record, and draw its figures")
    shown.add_argument("--out", type=Path, default=OUT, help="the folder of the record")
    commands.add_parser("install", help="install what peers need, in .venv-bench")
    made = commands.add_parser("references", help="make references.json again")
    made.add_argument("tasks", nargs="*", metavar="task")
    asked = parser.parse_args(words)
    if asked.command == "install":
        install()
    elif asked.command == "references":
        from benchmarks.make_references import make

        make(asked.tasks)
    elif asked.command == "table":
        show(asked.out.resolve())
    elif asked.command == "check":
        return checked(asked)
    else:
        unknown = set(asked.contests) - set(CONTESTS)
        if unknown:
            parser.error(f"no contest {', '.join(unknown)}; there are {', '.join(CONTESTS)}")
        races = {
            name: CONTESTS[name].entrants(
                CONTESTS[name].chosen(asked.task, asked.large), asked.peer
            )
            for name in asked.contests or CONTESTS
        }
        hold(races, asked)
        show(asked.out.resolve())
    return 0


def hold(races: Mapping[str, list[tuple[str, Peer]]], asked: argparse.Namespace) -> list[Row]:
    """Hold the races of contests; rows are on disk as they come, and given back."""
    found, out = installed(), asked.out.resolve()
    record = out / RECORD
    record.unlink(missing_ok=True)
    append(record, machine(found))
    rounds = range(asked.warm, asked.rounds + 1)
    course = Course(rounds, asked.cap, found, left_out(), out / "caches")
    rows = []
    for name, runners in races.items():
        for row in race(CONTESTS[name], runners, course):
            append(record, row)
            rows.append(row)
            print(in_a_line(row), flush=True)
    return rows


def show(out: Path) -> None:
    """Print the tables of a record, and write them and the figures beside it."""
    from benchmarks.figures import draw

    told, rows = read(out / RECORD)
    text = markdown(told, rows)
    (out / "results.md").write_text(text)
    figures = draw(rows, out)
    print(f"\n{text}\nWrote {', '.join(str(path) for path in (out / 'results.md', *figures))}")


def checked(asked: argparse.Namespace) -> int:
    """Run what the bounds need, and say of each whether it holds."""
    wanted = bounds(FILE.read_text())
    peers = {(name, peer.name): peer for name, each in CONTESTS.items() for peer in each.peers}
    races = {
        name: [(task, peers[name, peer]) for task, peer in entrants(wanted, name)]
        for name in CONTESTS
    }
    rows = hold(races, asked)
    looked = [held(bound, rows) for bound in wanted]
    print()
    for each in looked:
        print(f"{ {True: 'holds', False: 'BROKEN', None: 'skipped'}[each.holds]:8} {each.words}")
    return int(any(each.holds is False for each in looked))


def in_a_line(row: Row) -> str:
    """What is printed as a run ends."""
    took = "" if row.wall is None else f"{row.wall:8.2f} s"
    phases = ", ".join(f"{name} {seconds:.2f}" for name, seconds in row.seconds.items())
    numbers = ", ".join(f"{name} {v:.4g}" for name, v in row.numbers.items())
    what = row.reason if row.reason else f"{phases}; {numbers}"
    who = f"{row.contest} {row.round} {row.task:16} {row.peer:18}"
    return f"{who} {took} {'' if row.outcome == 'ok' else row.outcome} {what}"
