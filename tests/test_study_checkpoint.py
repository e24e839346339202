"""Finished chunks survive: a study goes on from there, with the same numbers."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from typer.testing import CliRunner

import bayesbench as bb
from bayesbench.cli import app
from bayesbench.studies import executors, studying
from bayesbench.studies.checkpoint import ABOUT, CHUNKS
from bayesbench.studies.chunk import SIZE, computed

COIN = bb.load("coin")
ASKED = {"n": (3, 7), "datasets": 2 * SIZE, "methods": ("mle",)}


def same(one, two):
    return all(
        np.array_equal(values, two.columns[n][name], equal_nan=values.dtype.kind == "f")
        for n, columns in one.columns.items()
        for name, values in columns.items()
    )


@pytest.fixture(scope="module")
def whole():
    return bb.study(COIN, **ASKED)


@pytest.fixture
def done(monkeypatch):
    """The chunks that were computed."""
    chunks = []

    def compute(design, chunk):
        chunks.append(chunk)
        return computed(design, chunk)

    monkeypatch.setattr(executors, "computed", compute)
    return chunks


def test_an_interrupted_study_goes_on(whole, done, tmp_path, monkeypatch):
    def three(design, chunk):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(chunk)
        return computed(design, chunk)

    with monkeypatch.context() as patch:
        patch.setattr(executors, "computed", three)
        with pytest.raises(KeyboardInterrupt):
            bb.study(COIN, **ASKED, checkpoint=tmp_path)
    assert len([*tmp_path.glob(CHUNKS)]) == 3
    assert same(whole, bb.study(COIN, **ASKED, checkpoint=tmp_path))
    assert len(done) == 4


def test_more_data_sets_and_other_sizes_join(whole, done, tmp_path):
    few = bb.study(COIN, n=3, datasets=SIZE + 10, methods=("mle",), checkpoint=tmp_path)
    estimates = whole.columns[3]["mle/estimate"]
    assert np.array_equal(few.columns[3]["mle/estimate"], estimates[: SIZE + 10])
    assert same(whole, bb.study(COIN, **ASKED, checkpoint=tmp_path))
    assert len(done) == 5  # the second chunk of three rows was not whole
    again = bb.study(COIN, n=3, datasets=20, methods=("mle",), checkpoint=tmp_path)
    assert np.array_equal(again.columns[3]["mle/estimate"], estimates[:20])
    assert len(done) == 5


@pytest.mark.parametrize(
    ("model", "changed", "name"),
    [
        (COIN, {"seed": 1}, "seed (0)"),
        (COIN, {"at": {"theta": 0.5}}, "parameters (parameters drawn from the prior)"),
        (COIN, {"methods": ("mle", "map")}, "methods (mle)"),
        (bb.load("coin", prior="uniform"), {}, "prior"),
        (bb.load("gaussian"), {}, "model (Coin)"),
    ],
)
def test_the_checkpoint_of_another_study_is_refused_by_name(whole, tmp_path, model, changed, name):
    bb.study(COIN, **ASKED | {"n": 3, "datasets": 10}, checkpoint=tmp_path)
    with pytest.raises(bb.BadInput) as error:
        bb.study(model, **ASKED | changed, checkpoint=tmp_path)
    assert f"the checkpoint {tmp_path}: found data sets that differ in the {name}" in str(
        error.value
    )


def test_another_table_is_refused_whichever_row_it_differs_in(tmp_path):
    line = bb.load("linear_gaussian")
    table = line.example()
    asked = {"n": 5, "datasets": 10, "methods": ("mle",), "checkpoint": tmp_path}
    bb.study(line, **asked, inputs=table)
    for row in range(len(table["x"])):
        x = np.array(table["x"])
        x[row] += 1
        with pytest.raises(bb.BadInput, match="found data sets that differ in the inputs,"):
            bb.study(line, **asked, inputs=dict(table) | {"x": x})
    assert bb.study(line, **asked, inputs=table).design.datasets == 10


def test_folders_that_are_none_of_a_study(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(bb.BadInput, match="found a file, expected a folder"):
        bb.study(COIN, **ASKED, checkpoint=file)
    folder = tmp_path / "kept"
    bb.study(COIN, **ASKED | {"n": 3, "datasets": 10}, checkpoint=folder)
    next(folder.glob(CHUNKS)).write_text("no chunk")
    with pytest.raises(bb.BadInput, match="found another kind of file"):
        bb.study(COIN, **ASKED, checkpoint=folder)
    (folder / ABOUT).unlink()
    with pytest.raises(bb.BadInput, match="found nothing, expected what a checkpoint wrote"):
        bb.study(COIN, **ASKED, checkpoint=folder)


def test_ctrl_c_in_the_shell_keeps_what_is_done(run, tmp_path):
    words = ["study", "coin", "--n", "3", "--methods", "mle", "--checkpoint", "kept"]
    command = [sys.executable, "-m", "bayesbench.cli", *words, "--datasets", "1000000"]
    begun = subprocess.Popen(
        command, cwd=tmp_path, env=os.environ, text=True, stderr=subprocess.PIPE
    )
    waited = time.monotonic() + 120
    while len([*tmp_path.glob(f"kept/{CHUNKS}")]) < 2 and time.monotonic() < waited:
        time.sleep(0.05)
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=60)
    assert begun.returncode == 130
    assert "of the study are in kept: the same command goes on from there." in said
    assert "Traceback" not in said
    there = len([*tmp_path.glob(f"kept/{CHUNKS}")])
    assert there >= 2
    done = run(*words, "--datasets", 2 * SIZE, "--json", "-")
    found = json.loads(done.stdout)
    assert len([*tmp_path.glob(f"kept/{CHUNKS}")]) == there
    wanted = bb.study(COIN, 3, 2 * SIZE, methods=("mle",)).results()
    assert found["coverage"] == wanted["coverage"]
    assert found["estimates"] == wanted["estimates"]


def test_ctrl_c_without_a_checkpoint_says_that_nothing_is_kept(monkeypatch):
    def interrupted(*asked, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(studying, "study", interrupted)
    done = CliRunner().invoke(app, ["study", "coin"])
    assert done.exit_code == 130
    assert "Nothing of the study was kept: --checkpoint DIR keeps" in " ".join(done.stderr.split())
