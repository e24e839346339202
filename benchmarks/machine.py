"""The machine that a race was held on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peer import Installed

TOLD = (
    *("bayesbench", "numpyro", "jax", "jaxlib", "numpy", "scipy", "torch", "blackjax", "pymc"),
    *("pytensor", "nutpie", "numba", "pystan", "httpstan", "statsmodels", "scikit-learn"),
)


def machine(found: Installed) -> dict[str, Any]:
    """CPU, cores, memory, load, and the versions of what takes part."""
    versions: dict[str, str] = {}
    for has in reversed(list(found.values())):
        versions |= {name: has[name] for name in TOLD if name in has}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": cores,
        "memory_gb": round(float(_first("/proc/meminfo", "MemTotal").split()[0] or 0) / 2**20, 1),
        "load": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
    }


def _first(path: str, name: str) -> str:
    """What a file of the kernel's says after a name; "0" where there is no such file."""
    file = Path(path)
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "0")
