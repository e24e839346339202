"""The harness of the races: medians, ratios, skips and caps. No peer runs here."""

import sys
from pathlib import Path

import pytest

from benchmarks import bounds, cli, clock, contests, figures, medians, peer, record, rounds, table
from benchmarks.process import run
from benchmarks.record import Row

FOUND = {".venv": {"numpyro": "1"}, ".venv-bench": {"pymc": "5", "numpyro": "0"}}


def rows(name, *walls, **rest):
    """Runs of a peer on the coin; the first is the first run."""
    return [Row("posterior", "coin", name, k, wall=wall, **rest) for k, wall in enumerate(walls)]


def test_the_median_leaves_out_the_first_run_and_the_making_of_data():
    runs = rows("A", 90.0, 3.0, 10.0, 4.0, seconds={"data": 1.0})
    assert medians.entry(runs, "whole") == medians.Entry(3.0, runs=3)
    assert medians.entry(runs, "whole", first=True).value == 89.0
    assert medians.entry(runs, "nothing").value is None


def test_ess_by_the_seconds_of_sampling_and_of_all():
    runs = rows("A", 9.0, 4.0, numbers={"ess": 1000.0}, seconds={"sample": 2.0})
    assert medians.entry(runs, "ess/s").value == 500.0
    assert medians.entry(runs, "ess/s whole").value == 250.0


def test_a_ratio_with_a_peer_above_the_cap_is_a_bound():
    ours = medians.entry(rows("A", 2.0, 2.0), "whole")
    capped = [Row("posterior", "coin", "B", 1, record.CAPPED, cap=120.0, wall=120.1)]
    theirs = medians.entry(capped, "whole")
    assert (str(theirs), str(medians.ratio(ours, theirs))) == ("> 120", "< 0.0167")
    assert str(medians.ratio(theirs, ours)) == "> 60.0"
    assert str(medians.ratio(theirs, theirs)) == "–"
    assert medians.ratio(ours, medians.Entry(4.0)).value == 0.5


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.01234, "0.0123"), (1.0, "1.00"), (99.96, "100"), (12345.0, "12,300")],
)
def test_three_digits(value, shown):
    assert medians.digits(value) == shown


def test_a_peer_runs_where_it_has_what_it_needs_or_is_skipped_by_name():
    assert peer.home(peer.Peer("A", "x", ("numpyro",)), FOUND) == ".venv"
    assert peer.home(peer.Peer("B", "x", ("pymc", "numpyro")), FOUND) == ".venv-bench"
    stan = peer.Peer("Stan", "x", ("pystan",))
    assert peer.home(stan, FOUND) is None
    assert "not installed: pystan" in peer.why_skipped(stan, FOUND, {})
    assert peer.why_skipped(stan, FOUND, {"pystan": "no wheel"}) == "pystan: no wheel"


def python(code, cap, tmp_path):
    return run([sys.executable, "-c", code], {}, cap, tmp_path)


def test_a_process_is_timed_and_its_last_line_read(tmp_path):
    ended = python("print('hello'); print('{\"seconds\": {\"sample\": 1.5}}')", 60, tmp_path)
    assert (ended.status, ended.said) == (0, {"seconds": {"sample": 1.5}})
    assert ended.wall > 0
    row = rounds.judged(Row("c", "t", "A", 1), ended, lambda said: {"ess": 7.0})
    assert (row.outcome, row.numbers) == (record.OK, {"ess": 7.0})


def test_the_memory_of_a_process_is_its_own(tmp_path):
    """Measured from a small process, as the benchmark does: this one may hold gigabytes."""
    measure = (
        "import json, pathlib, sys; from benchmarks.process import run;"
        "held = [sys.executable, '-c', 'x = b\"1\" * 200_000_000'];"
        "print(json.dumps({'peak': run(held, {}, 60, pathlib.Path.cwd()).peak}))"
    )
    root = Path(__file__).parents[1]
    ended = run([sys.executable, "-c", measure], {"PYTHONPATH": str(root)}, 60, tmp_path)
    assert ended.status == 0, ended.words
    assert 195 < ended.said["peak"] < 300  # MB: 191 of the bytes, and some ten of Python


def test_a_process_is_ended_at_the_cap(tmp_path):
    ended = python("import time; time.sleep(60)", 0.2, tmp_path)
    row = rounds.judged(Row("c", "t", "A", 1), ended, lambda said: {})
    assert (ended.status, row.outcome) == (None, record.CAPPED)
    assert ended.wall < 30


def test_a_failure_has_its_last_words(tmp_path):
    ended = python("raise SystemExit('no such thing')", 60, tmp_path)
    row = rounds.judged(Row("c", "t", "A", 1), ended, lambda said: {})
    assert (row.outcome, row.reason) == (record.FAILED, "no such thing")


def test_who_is_above_the_cap_is_not_asked_again(tmp_path, monkeypatch):
    asked = []

    def turn(contest, task, who, number, course, before):
        asked.append((number, who.name))
        outcome = record.CAPPED if who.name == "slow" else record.OK
        return Row(contest.name, task, who.name, number, outcome)

    monkeypatch.setattr(rounds, "turn", turn)
    peers = (peer.Peer("A", "x"), peer.Peer("slow", "x"))
    two = contests.Contest("c", "", ("coin",), peers, {}, {})
    course = rounds.Course(range(3), 1.0, FOUND, {}, tmp_path)
    made = list(rounds.race(two, two.entrants(["coin"]), course))
    assert asked == [(0, "A"), (0, "slow"), (1, "A"), (2, "A")]
    assert len(made) == 4


def test_a_larger_task_of_the_same_kind_is_above_the_cap_too():
    before = [Row("growth", "linear-1000", "A", 0, record.CAPPED)]
    assert rounds.smaller_above("linear-10000", "A", before) == "linear-1000"
    assert rounds.smaller_above("coin-10000", "A", before) is None
    assert rounds.smaller_above("linear-1000-20", "A", before) is None  # features, not rows
    assert rounds.smaller_above("linear-10000", "B", before) is None


def test_half_a_line_of_a_killed_run_is_left_out(tmp_path):
    path = tmp_path / "results.jsonl"
    record.append(path, {"cpu": "one"})
    (row,) = rows("A", 1.5, seconds={"sample": 1.0})
    record.append(path, row)
    with path.open("a") as file:
        file.write('{"contest": "post')
    assert record.read(path) == ({"cpu": "one"}, [row])


def test_the_tables_name_the_best_other_and_who_was_skipped():
    made = [
        *rows("bayesbench", 9.0, 2.0),
        *rows("bayesbench, its target", 9.0, 1.0),  # no other
        *rows("NumPyro", 9.0, 8.0),
        *rows("PyMC", 9.0, 4.0),
        Row("posterior", "coin", "Stan", 0, record.SKIPPED, "not installed: pystan"),
    ]
    text = table.markdown({}, made)
    first, *_ = [line for line in text.splitlines() if line.startswith("| coin")]
    assert first.split(" | ")[:4] == ["| coin", "2.00", "4.00, PyMC", "0.500"]
    assert "Skipped: Stan: not installed: pystan." in text
    (line,) = [line for line in text.splitlines() if line.startswith("| Stan")]
    assert "skipped" in line


def test_time_that_two_events_share_is_counted_once():
    assert clock.covered([(0.0, 2.0), (1.0, 3.0), (1.5, 1.6), (5.0, 6.0)]) == 4.0
    assert clock.covered([]) == 0.0
    assert clock.covered([(0.0, 1.0), (1.015625, 2.0), (2.5, 3.0)]) == 2.5  # the first two touch
    assert clock.covered([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)], since=1.5, until=5.25) == 1.75


def test_of_a_phase_a_part_can_be_kept():
    timed = clock.Clock()
    timed.add("sample", 9.0)
    timed.only("sample", [(0.0, 2.0), (3.0, 3.5)], since=1.0, until=5.0)
    assert timed.seconds == {"sample": 2.5}


def test_every_peer_has_its_file_and_every_task_its_family():
    for contest in contests.CONTESTS.values():
        files = [each.program for each in contest.peers if " " not in each.program]
        places = [Path(peer.ROOT, "benchmarks", *name.split(".")) for name in files]
        assert all(place.with_suffix(".py").exists() for place in places)
        if contest.name == "whole":  # its tasks are commands
            continue
        kinds = {name.split("-")[0] for name in (*contest.tasks, *contest.large)}
        assert all((peer.ROOT / "benchmarks" / "tasks" / f"{kind}.py").exists() for kind in kinds)


BOUND = """
[[bound]]
contest = "posterior"
measure = "whole"
ours = { task = "coin", peer = "bayesbench" }
over = { peer = "NumPyro" }
most = 0.6
"""


def test_a_broken_bound_is_named_with_what_was_found():
    (bound,) = bounds.bounds(BOUND)
    assert bounds.entrants([bound], "posterior") == [("coin", "bayesbench"), ("coin", "NumPyro")]
    ours, slow, quick = (
        rows("bayesbench", 9.0, 3.0),
        *(rows("NumPyro", 9.0, wall) for wall in (4.0, 6.0)),
    )
    broken = bounds.held(bound, [*ours, *slow])
    assert broken == bounds.Held(
        False,
        "posterior: whole process, s of bayesbench over NumPyro on coin is 0.750, "
        "and may be 0.600 at most.",
    )
    assert bounds.held(bound, [*ours, *quick]).holds is True
    capped = [Row("posterior", "coin", "NumPyro", 1, record.CAPPED, cap=120.0)]
    assert bounds.held(bound, [*ours, *capped]).holds is True
    skipped = [Row("posterior", "coin", "NumPyro", 0, record.SKIPPED, "not installed")]
    assert bounds.held(bound, [*ours, *skipped]).holds is None


@pytest.mark.parametrize(("slower", "code"), [(1.0, 0), (1.1, 1)])
def test_a_check_fails_when_one_ratio_has_grown(monkeypatch, tmp_path, capsys, slower, code):
    wanted = bounds.bounds(bounds.FILE.read_text())

    def hold(races, asked):
        """Each ratio at its bound, but for the last, which is so many times as large."""
        made = {}
        for bound in wanted:
            factor = slower if bound is wanted[-1] else 1.0
            for side, value in ((bound.ours, bound.most * factor), (bound.over, 1.0)):
                assert (side.task, side.peer) in {(t, p.name) for t, p in races[bound.contest]}
                told = made.setdefault((bound.contest, side.task, side.peer), {})
                told[bound.measure] = value
        return [
            Row(contest, task, who, k, wall=told.get("whole", 1.0), numbers=told)
            for (contest, task, who), told in made.items()
            for k in range(2)
        ]

    monkeypatch.setattr(cli, "hold", hold)
    assert cli.main(["check", "--out", str(tmp_path)]) == code
    told = capsys.readouterr().out
    assert told.count("holds ") == len(wanted) - code
    assert told.count("BROKEN ") == code


def test_every_bound_is_of_a_peer_and_a_task_that_exist():
    for bound in bounds.bounds(bounds.FILE.read_text()):
        contest = contests.CONTESTS[bound.contest]
        for side in (bound.ours, bound.over):
            assert side.peer in {each.name for each in contest.peers}
            assert contest.chosen([side.task], large=False)


def test_figures_have_a_line_for_each_family_that_grows(tmp_path):
    made = [
        Row("growth", f"coin-{n}", who, 1, wall=n / scale, peak=100.0)
        for n in (1000, 10_000)
        for who, scale in (("bayesbench", 500.0), ("NumPyro", 100.0))
    ]
    made += rows("bayesbench", 9.0, 2.0)
    assert figures.by_family(["coin-10", "linear-5-2", "linear-5-3", "coin"]) == {
        "coin, n": {10: "coin-10"},
        "linear, n = 5, features": {2: "linear-5-2", 3: "linear-5-3"},
    }
    drawn = figures.draw(made, tmp_path)
    assert [path.name for path in drawn] == ["posterior.svg", "growth.svg"]
    assert all(path.stat().st_size > 1000 for path in drawn)
