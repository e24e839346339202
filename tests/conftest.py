"""What the tests share. JAX is told of two devices before any test imports it, and of a cache.

Small loops are compiled whole, as on the command line.

The cache is one for each worker: two processes that write to one may read half of a program.
Programs are compiled without XLA's fusion emitters, which takes half as long and gives
programs that run as fast on small data.
"""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bayesbench.jax_environment import DEVICES, LOOPS

QUICK = "--xla_cpu_use_fusion_emitters=false"
# XLA ends a process that gives it a flag it does not know.
KNOWN = version("jaxlib").startswith("0.10.")
os.environ.setdefault("XLA_FLAGS", f"{DEVICES}=2 {LOOPS} {QUICK if KNOWN else ''}")

PROJECT = Path(__file__).parent.parent
CACHE = PROJECT / ".pytest_cache" / "jax" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(CACHE)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

LONGEST = (
    "test_zoo_fits",
    "test_docs",
    "test_eight_schools",
    "test_networks",
    "test_mean_sigma_mlp",
)


def pytest_collection_modifyitems(items):
    """The longest files first, so that two workers end together: a file is one worker's."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="module", autouse=True)
def room():
    """Room for the programs of the next file, as a contrast makes it for its own."""
    from bayesbench.fit.room_for_programs import make_room

    yield
    make_room()


@pytest.fixture(scope="session")
def contrasts():
    """The coin's seven tosses under both priors, each fitted once."""
    import bayesbench as bb

    made = {}
    for prior in ("normal", "uniform"):
        coin = bb.load("coin", prior=prior)
        made[prior] = bb.contrast(coin, coin.example(), seed=0, progress=False)
    return made


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line in a process of its own, in an empty folder."""

    def call(*words, cwd=tmp_path, env=None):
        command = [sys.executable, "-m", "bayesbench.cli", *map(str, words)]
        environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"} | (env or {})
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
        )

    return call
