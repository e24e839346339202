"""What JAX is asked for as it starts: on the command line always, in a notebook by a call."""

import os
import subprocess
import sys

import pytest

import bayesbench as bb
from bayesbench.cores import cores
from bayesbench.fit.identity import identity
from bayesbench.jax_environment import CACHE, DEVICES, FLAGS, LOOPS, asked, compiler_options

COIN = bb.load("coin")
A_LOOP = """
import jax

def turns(x):
    return jax.lax.while_loop(lambda x: x < 1e6, lambda x: x + jax.numpy.exp(-x) + 1, x)

print(jax.jit(lambda x: jax.vmap(turns)(x)).lower(jax.numpy.ones(1000)).compile().as_text())
"""


def test_what_the_user_has_set_stays():
    assert asked({}) == asked({FLAGS: ""})
    assert asked({})[FLAGS].split() == [f"{DEVICES}={cores()}", LOOPS]
    assert {*asked({})} == {FLAGS, *map(str.upper, CACHE)}
    own = f"--xla_dump_to=here {DEVICES}=3 --xla_backend_extra_options=a=1"
    here = {FLAGS: own, "JAX_COMPILATION_CACHE_DIR": "there"}
    assert asked(here)[FLAGS] == own
    assert "JAX_COMPILATION_CACHE_DIR" not in asked(here)


def printed(code, flags=""):
    environment = os.environ | {FLAGS: flags}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_xla_compiles_small_loops_whole_if_it_is_asked():
    """It takes unknown options without a word; this is one that it knows."""
    assert "xla_cpu_small_call" not in printed(A_LOOP)
    assert "xla_cpu_small_call" in printed(A_LOOP, LOOPS)


def test_a_notebook_runs_as_the_command_line_does():
    code = """
import jax  # imported, yet not started
import bayesbench as bb
bb.set_up_jax()
bb.set_up_jax()  # a cell that is run again
coin = bb.load("coin")
fit = bb.fit_posterior(coin, coin.example(), warmup=50, draws=50, progress=False)
print(fit.settings["chain_method"], len(jax.devices()), jax.config.jax_compilation_cache_dir)
"""
    method, devices, folder = printed(code).split()
    assert method == ("parallel" if cores() > 1 else "sequential")
    assert int(devices) == cores()
    assert folder == os.environ["JAX_COMPILATION_CACHE_DIR"]
    assert f"bayesbench{os.sep}jax" in asked({})["JAX_COMPILATION_CACHE_DIR"]


@pytest.mark.skipif(cores() == 1, reason="one core: JAX has as many devices as it would have")
def test_once_jax_runs_it_is_too_late():
    code = """
import jax, os, bayesbench as bb
jax.numpy.ones(1)
try:
    bb.set_up_jax()
except bb.BadInput as refused:
    print(refused)
assert not os.environ["XLA_FLAGS"], "draws would be told to be of options that JAX never saw"
"""
    said = printed(code)
    assert said.startswith("set_up_jax(): found JAX running already, with 1 CPU device, expected ")
    assert "restart" in said
    devices = f"{DEVICES}={cores()}"  # their number does not tell
    again = code.replace('not os.environ["XLA_FLAGS"]', f'os.environ["XLA_FLAGS"] == "{devices}"')
    assert f"running already, with {cores()} CPU devices" in printed(again, devices)


def test_draws_are_those_of_xlas_options(monkeypatch):
    """Of which their last bits depend; of the number of devices they do not."""
    told = {}
    for flags in ("", f"{DEVICES}=7", f"{DEVICES}=2 {LOOPS}"):
        monkeypatch.setenv(FLAGS, flags)
        told[flags] = identity(bb.bind(COIN, COIN.example()))["options of XLA"]
    assert [*told.values()] == ["none", "none", LOOPS]
    assert compiler_options() == LOOPS
