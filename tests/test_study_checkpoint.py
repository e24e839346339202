"""Finished chunks survive: a study goes on from there, with the same numbers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from typer.testing import CliRunner

import bayesbench as bb
from bayesbench.cli import app
from bayesbench.studies import executors, studying
from bayesbench.studies.checkpoint import ABOUT, CHUNK, CHUNKS, opened, usual_folder
from bayesbench.studies.chunk import SIZE, Chunk, computed
from bayesbench.studies.design import designed

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
    """Ctrl-C while the last of four chunks is under way, and the others are done."""
    begun, third = [], threading.Event()

    def three(design, chunk):
        begun.append(chunk)
        if len(begun) > 3:
            third.wait(60)
            time.sleep(0.2)
            raise KeyboardInterrupt
        columns = computed(design, chunk)
        done.append(chunk)
        if len(done) == 3:
            third.set()
        return columns

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
        (COIN, {"methods": ("posterior",), "chains": 3}, "chains (2 of 500 draws worth 200,"),
        (bb.load("coin", prior="uniform"), {}, "prior"),
        (bb.load("gaussian"), {}, "model (Coin)"),
    ],
)
def test_the_checkpoint_of_another_study_is_refused_by_name(tmp_path, model, changed, name):
    methods = changed.get("methods", ("mle",))[:1]
    opened(tmp_path, designed(COIN, 3, 10, methods=methods))
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


FIRST_TWO = [CHUNK.format(Chunk(3, first, SIZE)) for first in (0, SIZE)]


@pytest.fixture
def shell(tmp_path):
    """A study of the coin in a process of its own, with a cache of its own."""
    words = ["study", "coin", "--n", "3", "--methods", "mle"]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}

    def begun(*more, folder):
        """One of a million data sets, as soon as its first two chunks are kept."""
        command = [sys.executable, "-m", "bayesbench.cli", *words, "--datasets", "1000000", *more]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, text=True, stderr=subprocess.PIPE
        )
        waited = time.monotonic() + 120
        while time.monotonic() < waited:
            if all([*tmp_path.glob(f"{folder}/{name}")] for name in FIRST_TWO):
                break
            time.sleep(0.05)
        return process

    return words, environment, begun


def alike(found):
    """Whether the numbers are those of the same study in this process."""
    wanted = bb.study(COIN, 3, 2 * SIZE, methods=("mle",)).results()
    return all(found[part] == wanted[part] for part in ("coverage", "estimates", "predictions"))


def test_ctrl_c_in_the_shell_keeps_what_is_done(run, shell, tmp_path):
    words, environment, begun = shell
    process = begun("--checkpoint", "kept", folder="kept")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "of the study are in kept: the same command goes on from there." in said
    assert "Traceback" not in said
    there = len([*tmp_path.glob(f"kept/{CHUNKS}")])
    assert there >= 2
    command = (*words, "--datasets", 2 * SIZE, "--checkpoint", "kept", "--json", "-")
    done = run(*command, env=environment)
    assert "Goes on from 2 chunks that are kept in kept." in done.stderr
    assert len([*tmp_path.glob(f"kept/{CHUNKS}")]) == there
    assert alike(json.loads(done.stdout))


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_what_is_done_is_kept_unasked_until_all_is(run, shell, tmp_path, how, code):
    """In the user's cache; another study's chunks, or a larger one's, are not touched."""
    words, environment, begun = shell
    process = begun(folder="cache/bayesbench/studies/Coin-*")
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    kept = [*tmp_path.glob(f"cache/bayesbench/studies/Coin-*/{CHUNKS}")]
    if how == signal.SIGINT:
        assert f"of the study are in {kept[0].parent}: the same command goes on" in said
    for path in kept:
        if path.name not in FIRST_TWO:
            path.unlink()
    (folder,) = {path.parent for path in kept}
    (folder.parent / "Coin-other").mkdir()
    done = run(*words, "--datasets", 2 * SIZE, "--json", "-", env=environment)
    assert f"Goes on from 2 chunks that are kept in {folder}." in done.stderr
    assert alike(json.loads(done.stdout))
    assert [path.name for path in folder.parent.iterdir()] == ["Coin-other"]


def test_a_smaller_study_leaves_what_a_larger_one_has_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words = ["study", "coin", "--methods", "mle", "--datasets", "10"]
    folder = usual_folder(designed(COIN, (3, 7), 10, methods=("mle",)))
    assert folder.is_relative_to(tmp_path)
    bb.study(COIN, 7, 10, methods=("mle",), checkpoint=folder)
    for sizes, left in (("3", 2), ("3,7", 0)):
        done = CliRunner().invoke(app, [*words, "--n", sizes])
        assert done.exit_code == 0
        assert len([*folder.glob(CHUNKS)]) == left
    assert not folder.exists()


def test_nothing_is_kept_where_that_is_asked_for_or_can_not_be(tmp_path, monkeypatch):
    words = ["study", "coin", "--n", "3", "--methods", "mle", "--datasets", "10"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "Nothing of this study is kept" in done.stderr
    assert "is a file" in done.stderr
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def interrupted(*asked, **named):
        assert not [*tmp_path.glob(f"**/{ABOUT}")]
        raise KeyboardInterrupt

    monkeypatch.setattr(studying, "carried_out", interrupted)
    done = CliRunner().invoke(app, [*words, "--no-checkpoint"])
    assert done.exit_code == 130
    assert "Nothing of the study was kept: --checkpoint DIR keeps" in " ".join(done.stderr.split())
    with pytest.raises(bb.BadInput, match="found --checkpoint and --no-checkpoint"):
        CliRunner().invoke(
            app, [*words, "--no-checkpoint", "--checkpoint", "kept"], catch_exceptions=False
        )
