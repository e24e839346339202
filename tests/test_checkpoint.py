"""Draws that survive: each chunk is on disk, and a run goes on from there to the same bits."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.commands.sampler_options import OPTIONS, with_own_draws
from bayesbench.commands.table_options import OPTIONS as TABLE
from bayesbench.fit import checkpoint as module
from bayesbench.fit import preparation
from small_models import Gaussian

COIN = bb.load("coin")
DATA = COIN.example()
SHORT = {"chains": 2, "warmup": 300, "progress": False}


def same(a, b):
    return np.array_equal(a.draws.theta, b.draws.theta) and np.array_equal(
        a.statistics["energy"], b.statistics["energy"]
    )


@pytest.fixture(scope="module")
def whole():
    return bb.fit_posterior(COIN, DATA, draws=700, **SHORT)


@pytest.fixture
def folder(tmp_path):
    """A checkpoint of 1,000 steps, in four chunks."""
    bb.fit_posterior(COIN, DATA, draws=700, checkpoint=tmp_path / "kept", **SHORT)
    return tmp_path / "kept"


def test_a_checkpoint_changes_no_draw(whole, folder):
    assert {p.name for p in folder.iterdir()} == {
        *("sampler.json", "chunk-00000.npy", "chunk-00001.npy", "chunk-00002.npy"),
        "chunk-00003.npy",
    }
    again = bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)
    assert same(whole, again)
    assert again.diagnostics["chains_ran"] == whole.diagnostics["chains_ran"]


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_run_goes_on_from_any_chunk(whole, folder, left):
    for path in sorted(folder.glob("chunk-*"))[left:]:
        path.unlink()
    again = bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)
    assert same(whole, again)
    assert len([*folder.glob("chunk-*")]) == 4


def test_a_run_may_go_on_in_other_chunks_and_further(whole, folder, monkeypatch):
    for path in sorted(folder.glob("chunk-*"))[2:]:
        path.unlink()
    monkeypatch.setattr(preparation, "CHUNK", 60)
    again = bb.fit_posterior(COIN, DATA, draws=800, checkpoint=folder, **SHORT)
    assert np.array_equal(again.draws.theta[:, :700], whole.draws.theta)
    fewer = bb.fit_posterior(COIN, DATA, draws=50, checkpoint=folder, **SHORT)
    assert np.array_equal(fewer.draws.theta, whole.draws.theta[:, :50])


def test_vectorised_chains_go_on_to_the_same_bits(tmp_path):
    data = {"y": [1.2, -0.3, 0.8, 2.0]}
    options = {"draws": 400, "chain_method": "vectorized", **SHORT}
    one = bb.fit_posterior(Gaussian, data, **options)
    bb.fit_posterior(Gaussian, data, checkpoint=tmp_path, **options | {"draws": 100})
    two = bb.fit_posterior(Gaussian, data, checkpoint=tmp_path, **options)
    assert np.array_equal(one.draws.sd, two.draws.sd)


def test_ctrl_c_loses_nothing(whole, tmp_path, monkeypatch):
    write, written = module._save, []

    def stop_at_the_third(path, part, states):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        write(path, part, states)

    with monkeypatch.context() as patched:
        patched.setattr(module, "_save", stop_at_the_third)
        cut = bb.fit_posterior(COIN, DATA, draws=700, checkpoint=tmp_path, **SHORT)
    assert cut.status.name == "interrupted"
    assert f"the draws so far are in {tmp_path}: the same call goes on" in cut.status.sentence
    assert not [*tmp_path.glob(".*")], "no part of a file is left behind"
    assert same(whole, bb.fit_posterior(COIN, DATA, draws=700, checkpoint=tmp_path, **SHORT))


PROGRAM = """
import sys
import numpy as np
import bayesbench as bb
coin = bb.load("coin")
fit = bb.fit_posterior(coin, coin.example(), draws=50_000, warmup=300, checkpoint=sys.argv[1])
np.save(sys.argv[2], fit.draws.theta)
"""


def test_kill_9_loses_nothing(tmp_path):
    """The process is killed in the middle, for real; the same program ends with the same bits."""
    kept, out = tmp_path / "kept", tmp_path / "draws.npy"
    command = [sys.executable, "-c", PROGRAM, str(kept), str(out)]
    running = subprocess.Popen(command)
    for _ in range(6000):
        if len([*kept.glob("chunk-*")]) >= 3:
            break
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait(timeout=60) == -signal.SIGKILL
    assert not out.exists()
    before = {p.name: p.read_bytes() for p in kept.glob("chunk-*")}
    assert 3 <= len(before) < 200, "it was killed in the middle"
    subprocess.run(command, check=True, timeout=300)
    assert {p.name: p.read_bytes() for p in kept.glob("chunk-*") if p.name in before} == before
    unbroken = bb.fit_posterior(COIN, DATA, draws=50_000, warmup=300, progress=False)
    assert np.array_equal(np.load(out), unbroken.draws.theta)


def other_version(monkeypatch):
    from bayesbench.fit import identity

    monkeypatch.setattr(identity, "version", lambda name: "0.0.1")


def other_options(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model": Gaussian, "data": {"y": [1.0, 2.0]}}, r"differ in the model \(Coin\), .*Gau"),
        ({"data": {"toss": [0, 1]}}, "differ in the data, expected the data of this call"),
        ({"model": bb.load("coin", prior="uniform")}, "draws that differ in the prior"),
        ({"seed": 1}, r"differ in the seed \(0\), expected the seed of this call \(1\)"),
        ({"chains": 4}, r"differ in the chains \(2\)"),
        ({"warmup": 200}, r"differ in the warmup \(300\)"),
        ({"target_accept": 0.9}, r"differ in the target_accept \(0.8\)"),
        ({"chain_method": "vectorized"}, r"differ in the chain_method \(parallel\)"),
        ({"start": {"theta": 0.3}}, "differ in the start"),
        (other_options, r"differ in the options of XLA \(.*\), expected .* \(--xla_cpu_ena"),
        (other_version, r"differ in the version of jax \(.*\), expected .* \(0.0.1\)"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused_by_name(folder, monkeypatch, change, sentence):
    asked = {"model": COIN, "data": DATA, "draws": 700, **SHORT}
    if callable(change):
        change(monkeypatch)
    else:
        asked |= change
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    with pytest.raises(bb.BadInput, match=sentence) as raised:
        bb.fit_posterior(asked.pop("model"), asked.pop("data"), checkpoint=folder, **asked)
    assert "remove that folder to begin anew" in str(raised.value)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_draws_of_something_else_make_room_where_nobody_named_the_folder(folder, capsys):
    """They are moved, not lost; own draws are gone on from, and other complaints remain."""
    chunks = {p.name: p.read_bytes() for p in folder.iterdir()}
    make = partial(bb.fit_posterior, COIN, DATA, draws=50, seed=1, checkpoint=folder, **SHORT)
    anew = with_own_draws(make, folder)
    beside = folder.with_name("kept-before")
    assert capsys.readouterr().err == (
        f"Begun anew: {folder} held draws that differ in the seed (0); they are now in {beside}.\n"
    )
    assert {p.name: p.read_bytes() for p in beside.iterdir()} == chunks
    written = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert same(with_own_draws(make, folder), anew)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == written
    assert capsys.readouterr().err == ""
    (folder / "chunk-00001.npy").write_bytes(b"half of it")
    with pytest.raises(bb.BadInput, match="another kind of file"):
        with_own_draws(make, folder)


def test_a_model_is_told_by_what_it_computes(folder):
    """Its likelihood, and not the text of its file."""

    class Coin(bb.Model):
        """The same in other words."""

        outcome = "toss"
        theta = bb.parameter(bb.Normal(0.5, np.sqrt(0.1)), support=bb.unit_interval)

        def likelihood(self):
            chance = self.theta
            return bb.Bernoulli(chance)

    bb.fit_posterior(Coin, DATA, draws=700, checkpoint=folder, **SHORT)
    Coin.likelihood = lambda self: bb.Bernoulli(self.theta**2)

    class Squared(Coin):
        likelihood = Coin.likelihood

    Squared.__name__ = "Coin"
    with pytest.raises(bb.BadInput, match="draws that differ in the likelihood"):
        bb.fit_posterior(Squared, DATA, draws=700, checkpoint=folder, **SHORT)


def test_what_another_process_has_begun_is_left_alone(folder):
    here = module.Checkpoint(
        folder, json.loads((folder / "sampler.json").read_text())["identity"], {}
    )
    other = replace(here, resolved={"device": "gpu"})
    (folder / "chunk-00000.npy").rename(folder / "elsewhere")
    for path in folder.glob("chunk-*"):
        path.unlink()
    with pytest.raises(bb.BadInput, match="draws that another process began to keep there"):
        next(other.chunks(lambda states: iter([({}, [])])))


def test_a_checkpoint_goes_with_all_that_a_killed_process_left(folder):
    (folder / ".chunk-00004.npy.123.npy").write_bytes(b"half")
    (folder / ".sampler.json.123.npy").write_bytes(b"half")
    module.remove(folder)
    assert not folder.exists()


def test_what_is_no_checkpoint_is_refused(folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(bb.BadInput, match="found a file, expected a folder"):
        bb.fit_posterior(COIN, DATA, draws=700, checkpoint=tmp_path / "file", **SHORT)
    chunk = folder / "chunk-00002.npy"
    whole = chunk.read_bytes()
    chunk.write_bytes(b"half of it")
    with pytest.raises(bb.BadInput, match=r"chunk-00002.npy: found another kind of file"):
        bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)
    chunk.write_bytes(whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:])
    with pytest.raises(bb.BadInput, match=r"chunk-00002.npy: found other bytes than were written"):
        bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)
    chunk.write_bytes(whole)
    (folder / "chunk-00001.npy").unlink()
    with pytest.raises(bb.BadInput, match=r"chunk-00001.npy: found nothing"):
        bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)
    about = json.loads((folder / "sampler.json").read_text())
    del about["resolved"]["unit"]
    (folder / "sampler.json").write_text(json.dumps(about))
    with pytest.raises(bb.BadInput, match=r"sampler.json: found no 'unit'"):
        bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)
    (folder / "sampler.json").unlink()
    with pytest.raises(bb.BadInput, match=r"sampler.json: found nothing"):
        bb.fit_posterior(COIN, DATA, draws=700, checkpoint=folder, **SHORT)


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from bayesbench.cli import main
from bayesbench.fit import checkpoint
save, written = checkpoint._save, []
def until_the_third(path, part, states):
    written.append(path)
    if len(written) == 3:  # from here on no file may grow beyond this, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    save(path, part, states)
checkpoint._save = until_the_third
sys.argv = ["bayesbench", "fit", "coin", "--method", "posterior", "--draws", "1000",
            "--checkpoint", "kept"]
main()
"""


def test_a_full_disk_is_told_and_loses_nothing(tmp_path):
    pytest.importorskip("resource")
    environment = os.environ | {"JAX_ENABLE_COMPILATION_CACHE": "false"}
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the checkpoint kept: found file too large")
    assert done.stderr.count("\n") == 1
    assert {p.name for p in (tmp_path / "kept").iterdir()} == {
        *("sampler.json", "chunk-00000.npy", "chunk-00001.npy")
    }
    again = bb.fit_posterior(COIN, DATA, draws=1000, checkpoint=tmp_path / "kept")
    assert same(again, bb.fit_posterior(COIN, DATA, draws=1000))


def test_a_report_takes_its_checkpoint_away_once_it_is_written(tmp_path, monkeypatch):
    """What it had drawn before it was interrupted is used; without it the page is the same."""
    from bayesbench.commands import fitting

    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "reports" / "coin" / "checkpoint"
    bb.fit_posterior(COIN, DATA, draws=50, warmup=1000, checkpoint=kept)
    before = len([*kept.glob("chunk-*")])
    assert before == 5
    options = {"data": None, "prior": None, "variant": None, "outcome": None, "starts": None}
    sampler = dict.fromkeys(OPTIONS) | {"device": "auto"}
    table = dict.fromkeys(TABLE)
    fitting.report(model="coin", seed=0, out=None, fits=None, **options, **sampler, **table)
    assert {p.name for p in kept.parent.iterdir()} == {"index.html", "results.json", "fits.nc"}
