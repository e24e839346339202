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
from bayesbench.density import Pins
from bayesbench.fit import nuts, programs
from bayesbench.fit.at_draws import pointwise_log_likelihood
from bayesbench.fit.jax_objective import log_posterior

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
    assert {"_begin", "_go_on", "_slopes"} <= {*names(folder)}
    forget()
    again = draws()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == kept
    setting("jax_enable_compilation_cache", False)
    alone = draws()
    for others in (again, alone):
        assert all(np.array_equal(one, other) for one, other in zip(fresh, others, strict=True))


def derivatives(scale, z):
    target, none = log_posterior(bind(COIN, DATA), scale), Pins.none(1)
    return [f(z, none) for f in (target.value, target.gradient, target.hessian)]


@pytest.mark.parametrize("scale", ["own", "unconstrained"])
def test_a_density_and_its_derivatives_are_the_same_from_disk_and_traced(folder, setting, scale):
    z = np.array([0.3])
    fresh = derivatives(scale, z)
    assert names(folder) == ["_gradient", "_hessian", "_value"]
    forget()
    again = derivatives(scale, z)
    assert len(names(folder)) == 3
    setting("jax_enable_compilation_cache", False)
    for one, same, alone in zip(fresh, again, derivatives(scale, z), strict=True):
        assert np.array_equal(one, same)
        assert np.array_equal(one, alone)


def test_scales_have_programs_of_their_own(folder):
    z = np.array([0.3])
    for scale in ("own", "unconstrained"):
        derivatives(scale, z)
    assert len(names(folder)) == 6


def test_a_scale_that_a_model_declares_is_not_kept(folder):
    gaussian = bb.load("gaussian")
    scale = next(s for p in gaussian.parameters.values() for s in p.scales)
    target = log_posterior(bind(gaussian, gaussian.example()), scale)
    assert np.isfinite(target.value(np.zeros(2), Pins.none(2)))
    assert not folder.exists()


def test_the_volume_that_a_parameter_brings_is_in_no_hash_and_its_density_is_not_kept(folder):
    class Volume(bb.Model):
        outcome = "y"
        size = bb.parameter(bb.HalfNormal(1), support=bb.positive)

        def likelihood(self):
            return bb.Normal(0, self.size)

    declared = replace(Volume.parameters["size"], log_volume=lambda value: value.sum())
    Volume.parameters = {"size": declared}
    target = log_posterior(bind(Volume, {"y": np.ones(3)}), "own")
    assert np.isfinite(target.value(np.zeros(1), Pins.none(1)))
    assert not folder.exists()


def test_rows_are_not_kept_where_the_likelihood_is_that_of_groups(folder):
    schools = bb.load("eight_schools")
    bound = bind(schools, schools.example())
    joint = bound.joint
    draws = {name: value[None, None] for name, value in joint.layout.start.items()}
    found = pointwise_log_likelihood(bound, draws)
    assert not folder.exists()
    assert np.array_equal(found, pointwise_log_likelihood(joint, draws))
    assert names(folder) == ["_rows"]


SECOND = """
import jax
traced = []
jax.monitoring.register_event_duration_secs_listener(
    lambda name, seconds, **about: traced.append(about["fun_name"]) if "trace" in name else None
)
import bayesbench as bb
coin = bb.load("coin")
bb.contrast(coin, methods=("posterior",), chains=2, warmup=60, draws=40, progress=False)
print("TRACED", *traced)
"""


def test_a_second_process_traces_neither_sampler_nor_density(tmp_path):
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
    programs = {"_begin", "_go_on", "_slopes", "_hessian", "_densities"}
    assert programs <= found[0]
    assert not programs & found[1]


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
