"""What JAX and its compiler XLA are asked for, in the variables that they read when they start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from bayesbench.cores import cores
from bayesbench.errors import BadInput

FLAGS = "XLA_FLAGS"
DEVICES = "--xla_force_host_platform_device_count"
# XLA's backend for CPUs runs a loop as many small steps, each handed to a queue, unless a turn
# of the loop touches fewer bytes than this: then the loop becomes one function. Its own bound is
# 1,024. Of a sampler's loops over few numbers the queue is most of the time; over more than this
# many bytes it is none to speak of.
LOOPS = "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000"

CACHE = {
    "jax_compilation_cache_dir": str,
    "jax_persistent_cache_min_compile_time_secs": float,
    "jax_persistent_cache_min_entry_size_bytes": int,
}


def asked(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables to set, so that JAX runs as the command line has it: one device a core, small
    loops compiled whole, and its programs kept in the user's cache folder.

    What is in the environment already is the user's, and stays.
    """
    from platformdirs import user_cache_path

    flags = environment.get(FLAGS, "").split()
    wanted = (f"{DEVICES}={cores()}", LOOPS)
    missing = [flag for flag in wanted if not _named(flag, flags)]
    keeping = (str(user_cache_path("bayesbench") / "jax"), "0", "-1")
    kept = {name.upper(): value for name, value in zip(CACHE, keeping, strict=True)}
    new = {name: value for name, value in kept.items() if name not in environment}
    return {FLAGS: " ".join([*flags, *missing])} | new


def _named(flag: str, flags: list[str]) -> bool:
    return any(flag.partition("=")[0] == each.partition("=")[0] for each in flags)


def compiler_options() -> str:
    """What XLA was asked for by the environment, of which the bits of a result may depend."""
    flags = os.environ.get(FLAGS, "").split()
    return " ".join(sorted(flag for flag in flags if not _named(flag, [DEVICES]))) or "none"


def _small_loops_are_whole() -> bool:
    """Whether XLA has heard of the bound: by what it makes of a loop over 8 kB."""
    import jax

    def loop(x: Any) -> Any:
        return jax.lax.fori_loop(0, 9, lambda _, x: jax.numpy.exp(-x), x)

    with jax.default_device(jax.devices("cpu")[0]):
        text = jax.jit(loop).lower(jax.numpy.ones(2000, "float32")).compile().as_text()
    return "xla_cpu_small_call" in (text or "")


def set_up_jax() -> None:
    """Let JAX run in this process as it does on the command line; for notebooks and scripts.

    One device a core, so that chains run side by side; the loops of small models compiled whole,
    which makes a step of the sampler several times as fast; and compiled programs kept in the
    user's cache folder, so that the next process finds them. JAX reads these settings once, from
    the environment, when it starts: call this before anything has been computed. What
    `XLA_FLAGS` and the `JAX_...` variables say already is left alone.

    Raises
    ------
    BadInput
        If JAX has started already.
    """
    before = os.environ.get(FLAGS)
    own = (before or "").split()
    os.environ.update(asked(os.environ))
    import jax

    found = len(jax.devices("cpu"))
    fewer = not _named(DEVICES, own) and found != cores()
    if fewer or not (_named(LOOPS, own) or _small_loops_are_whole()):
        if before is None:
            del os.environ[FLAGS]
        else:
            os.environ[FLAGS] = before
        raise BadInput(
            "set_up_jax()",
            found=f"JAX running already, with {found} CPU device{'s' if found > 1 else ''}",
            expected="to be called before that",
            remedy="restart, and call it before anything is fitted or computed with JAX",
        )
    for name, kind in CACHE.items():  # if JAX was imported before, it has read them
        jax.config.update(name, kind(os.environ[name.upper()]))
