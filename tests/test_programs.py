"""Traced programs on disk: the same draws with them and without, and never another's."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import jax
import numpy as np
import pytest

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.fit import nuts, programs

COIN = bb.load("coin")
DATA = COIN.example()
SHORT = {"chains": 2, "warmup": 60, "draws": 40, "progress": False}


@pytest.fixture
def setting(monkeypatch):
    """Set something of JAX's for as long as a test lasts."""

    def set_to(name, value):
        before = getattr(jax.config, name)
        undo.append((name, before))
        jax.config.update(name, value)

    undo = []
    yield set_to
    for name, before in reversed(undo):
        jax.config.update(name, before)


@pytest.fixture
def folder(tmp_path, setting):
    """Where programs are kept while a test runs: nothing is there yet."""
    setting("jax_compilation_cache_dir", str(tmp_path))
    return tmp_path / programs.FOLDER


def names(folder):
    return sorted(path.name.partition("-")[0] for path in folder.iterdir())


def forget():
    """What the process has read, so that it reads it again as another process would."""
    programs._program.cache_clear()


@jax.jit
def doubled(x):
    return {"twice": [2 * x], "sum": x.sum()}


def known(_):
    return ""


def called():
    with jax.enable_x64(True):
        found = programs.call(doubled, known, (), np.arange(3.0))
    return np.array_equal(found["twice"][0], [0, 2, 4]) and float(found["sum"]) == 3


@pytest.mark.parametrize("method", [None, "vectorized"])
def test_the_draws_are_the_same_bits_with_programs_from_disk_and_without(folder, setting, method):
    def draws():
        fit = bb.fit_posterior(COIN, DATA, chain_method=method, **SHORT)
        return fit.draws.theta, fit.statistics["energy"]

    fresh = draws()
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert names(folder) == ["_begin", "_go_on", "_slopes"]
    forget()
    again = draws()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == kept
    setting("jax_enable_compilation_cache", False)
    alone = draws()
    for others in (again, alone):
        assert all(np.array_equal(one, other) for one, other in zip(fresh, others, strict=True))


SECOND = """
import jax
traced = []
jax.monitoring.register_event_duration_secs_listener(
    lambda name, seconds, **about: traced.append(about["fun_name"]) if "trace" in name else None
)
import bayesbench as bb
coin = bb.load("coin")
bb.fit_posterior(coin, coin.example(), chains=2, warmup=60, draws=40, progress=False)
print("TRACED", *traced)
"""


def test_a_second_process_traces_no_sampler(tmp_path):
    environment = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path), "PATH": ""}
    found = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SECOND],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
            timeout=300,
        )
        found.append({*done.stdout.partition("TRACED")[2].split()})
    sampler = {"_begin", "_go_on", "_slopes"}
    assert sampler <= found[0]
    assert not sampler & found[1]


def test_nothing_is_kept_where_the_cache_is_off(folder, setting):
    setting("jax_enable_compilation_cache", False)
    assert called()
    assert not folder.exists()


def test_nothing_is_kept_where_the_cache_may_hold_only_so_much(folder, setting):
    setting("jax_compilation_cache_max_size", 10**9)
    assert called()
    assert not folder.exists()


def test_no_room_is_no_failure(folder):
    folder.write_text("a file where a folder should be")
    assert called()


def _foreign(_):
    text = b"something else"
    return hashlib.sha256(text).digest() + text


DAMAGE = {
    "cut": lambda whole: whole[: len(whole) // 2],
    "a bit": lambda whole: whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
    "foreign": _foreign,
    "empty": lambda whole: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_written_again(folder, damage):
    assert called()
    (path,) = folder.iterdir()
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert programs._read(path) is None
    forget()
    assert called()
    assert programs._read(path) is not None


def test_what_can_not_be_written_is_computed_all_the_same(folder):
    @jax.jit
    def told(x):
        return jax.pure_callback(np.cos, x, x)

    with jax.enable_x64(True):
        assert np.array_equal(programs.call(told, known, (), np.zeros(3)), np.ones(3))
    assert not folder.exists()


def test_a_mistake_in_a_function_is_told(folder):
    @jax.jit
    def wrong(x):
        raise ValueError("it is wrong")

    with pytest.raises(ValueError, match="it is wrong"):
        programs.call(wrong, known, (), np.zeros(3))


def test_the_kinds_of_the_arguments_are_in_the_name(folder):
    for x in (np.zeros(3), np.zeros(4), np.zeros(3, dtype=np.int32), np.ones(3)):
        programs.call(doubled, known, (), x)
    assert names(folder) == ["doubled"] * 3


class Scaled(bb.Model):
    """Normal, with a factor that is no parameter."""

    outcome = "y"
    size = bb.parameter(bb.HalfNormal(1), support=bb.positive)
    factor = np.linspace(0, 1, 1000)

    def likelihood(self):
        return bb.Normal(self.size * self.factor, 1)


class OtherFactor(Scaled):
    factor = Scaled.factor + 1e-12 * (np.arange(1000) == 500)


class OtherPrior(Scaled):
    size = bb.parameter(bb.HalfNormal(2), support=bb.positive)


class Log(bb.Model):
    """As a function of a coordinate on the line its likelihood is that of `Own`."""

    outcome = "y"
    size = bb.parameter(bb.HalfNormal(1))

    def likelihood(self):
        return bb.Normal(0, bb.numpy.exp(self.size))


class Own(bb.Model):
    outcome = "y"
    size = bb.parameter(bb.HalfNormal(1), support=bb.positive)

    def likelihood(self):
        return bb.Normal(0, self.size)


def depends_on(model, **changed):
    """What the sampler's programs for a model depend on, beside the kinds of arguments."""
    bound = bind(model, {"y": np.zeros(1000)})
    plan = replace(nuts.Plan(bound.layout, 10, 10, 0.8, 5, (), vectorized=False), **changed)
    return nuts._known(plan, (np.ones(1), (bound.inputs, bound.outcome, None)))


def test_what_a_program_depends_on_tells_models_and_settings_apart():
    usual = depends_on(Scaled)
    assert usual == depends_on(Scaled)
    plans = [{"warmup": 11}, {"chunk": 11}, {"target_accept": 0.81}, {"max_tree_depth": 6}]
    for changed in [*plans, {"vectorized": True}, {"devices": tuple(jax.devices())}]:
        assert depends_on(Scaled, **changed) != usual
    for other in (OtherFactor, OtherPrior):
        assert depends_on(other) != usual
    assert depends_on(Log) != depends_on(Own)
