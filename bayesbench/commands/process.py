"""What only the program may set, for its whole process."""

from __future__ import annotations

import gc
import os

SELDOM = 200_000  # objects between two looks for garbage: an import makes hundreds of thousands


def for_this_process() -> None:
    """What only the program may set: one device a core for JAX, its cache on disk, and how often
    garbage is looked for.

    JAX reads these variables when it starts; those that the user has set are left alone.
    """
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
    from platformdirs import user_cache_path

    from bayesbench.cores import cores

    flags = os.environ.get("XLA_FLAGS", "")
    if "host_platform_device_count" not in flags:
        count = f"--xla_force_host_platform_device_count={cores()}"
        os.environ["XLA_FLAGS"] = f"{flags} {count}".strip()
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(user_cache_path("bayesbench") / "jax"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
