"""Traced programs on disk, by what they depend on.

JAX's cache on disk spares a process the compiler, yet it finds a program by its text only, and
to trace the sampler and lower it to that text takes longer than all the rest. Here the text
itself is kept, as `jax.export` writes it. It is known by what goes into it: the hash of the
density, the settings, the kinds of the arguments, the versions of the libraries and JAX's
settings. The files stand beside those of JAX's cache, and where that is turned off there are
none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
from jax import export

from bayesbench.errors import BadInput
from bayesbench.kept import sealed, unsealed, write_whole

FOLDER = "bayesbench-programs"  # in that of JAX's cache
LIBRARIES = ("jax", "jaxlib", "numpyro")
SMALL = 10_000  # numbers that a program is given
# XLA's fusion emitters make loops over many numbers faster. Over few they make none faster, and
# the compiler takes nearly twice as long. Its third level of optimisation takes longer than the
# second, too, and unrolls more than helps. An option that XLA does not know is an error.
QUICK: dict[str, bool | int] = (
    {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 2}
    if version("jaxlib").startswith("0.10.")
    else {}
)


def call(
    function: Any, known: Callable[..., str | None], static: tuple[Hashable, ...], *arguments: Any
) -> Any:
    """`function(*static, *arguments)`, by a program from disk if one is there.

    Parameters
    ----------
    function : a function under `jax.jit`
        It takes and returns arrays in lists, tuples and dicts, and nothing else.
    known : function of the same arguments
        What the program depends on beside the kinds of the arguments, for these and not their
        values are given to it: in words that mean the same in every process. None if nothing
        tells it: then the program is not kept.
    static : tuple
        The static arguments, which are the first ones.
    """
    leaves, tree = jax.tree.flatten(arguments)
    kinds = tuple(
        jax.ShapeDtypeStruct(jax.numpy.shape(v), jax.dtypes.result_type(v)) for v in leaves
    )
    platform = _platform(leaves)
    return _program(function, known, static, tree, kinds, platform, _folder())(*arguments)


def forget() -> None:
    """Give up the programs that this process has loaded; those on disk stay."""
    _program.cache_clear()


def source(*files: str) -> str:
    """The hash of the text of some modules, for a program depends on it."""
    return _hash(*(Path(file).read_text("utf-8") for file in files))


def _folder() -> Path | None:
    """Where programs are kept; nowhere if JAX keeps none, or only so many."""
    settings = jax.config.values
    place = settings["jax_compilation_cache_dir"]
    on, most = settings["jax_enable_compilation_cache"], settings["jax_compilation_cache_max_size"]
    return Path(place) / FOLDER if place and "://" not in place and on and most == -1 else None


def _platform(values: list[Any]) -> str:
    """What they have been put on, else what JAX uses if nothing is said."""
    put = (value.devices() for value in values if getattr(value, "committed", False))
    return next((device.platform for devices in put for device in devices), jax.default_backend())


@cache
def _program(
    function: Any,
    known: Callable[..., str | None],
    static: tuple[Hashable, ...],
    tree: Any,
    kinds: tuple[jax.ShapeDtypeStruct, ...],
    platform: str,
    folder: Path | None,
) -> Callable[..., Any]:
    arguments, options = jax.tree.unflatten(tree, kinds), _options(kinds, platform)
    alone = jax.jit(_named(partial(function, *static), function.__name__), compiler_options=options)
    depends_on = known(*static, *arguments) if folder is not None else None
    if folder is None or depends_on is None:
        return alone
    versions = [version(name) for name in LIBRARIES]
    settings = {name: v for name, v in jax.config.values.items() if "cache" not in name}
    made_of = (function.__module__, tree, kinds, platform, depends_on, versions, settings)
    path = folder / f"{function.__name__}-{_hash(*map(str, made_of))}"
    found = _read(path)
    if found is None:
        try:
            found = export.export(alone, platforms=[platform])(*arguments)
            _write(path, bytes(found.serialize()))
        except Exception:  # not all can be written, and what is wrong in itself will be told
            return alone
    return jax.jit(_named(found.call, f"{function.__name__}_kept"), compiler_options=options)


def _options(kinds: tuple[jax.ShapeDtypeStruct, ...], platform: str) -> dict[str, bool | int]:
    """How XLA compiles a program that is given numbers of these kinds."""
    return QUICK if platform == "cpu" and sum(kind.size for kind in kinds) <= SMALL else {}


def _named(program: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The program as a function of that name, by which JAX's own cache and its logs call it."""

    def run(*arguments: Any) -> Any:
        return program(*arguments)

    run.__name__ = name
    return run


def _hash(*texts: str) -> str:
    return hashlib.sha256(repr(texts).encode()).hexdigest()


def _read(path: Path) -> export.Exported | None:
    """The program in a file; None if there is none, or it is damaged."""
    try:
        text = unsealed(path.read_bytes())
        return None if text is None else export.deserialize(bytearray(text))
    except Exception:  # whatever keeps it from being read, it can be traced
        return None


def _write(path: Path, text: bytes) -> None:
    """Keep a program, whole or not at all: what can't be kept is traced again next time."""
    with suppress(BadInput, OSError):
        write_whole(path.parent, path.name, lambda part: part.write_bytes(sealed(text)), "programs")
