"""Room for compiled programs: Linux ends a process that has too many pieces of memory mapped.

JAX keeps every program of a process, each in a dozen maps, and LLVM does not say so when the
kernel refuses it another (`vm.max_map_count`, 65,530 usually): it crashes. Sixty models with
all their fits come close. Before that, programs are given up; what is used again is found in
the cache on disk.
"""

from __future__ import annotations

from pathlib import Path

MAPS, MOST = Path("/proc/self/maps"), Path("/proc/sys/vm/max_map_count")
SHARE = 0.5  # of the maps that a process may have


def make_room() -> bool:
    """Give up all compiled programs if too much is mapped; whether it was done.

    Where the system tells no numbers, nothing is done.
    """
    try:
        most = int(MOST.read_text())
        mapped = MAPS.read_bytes().count(b"\n")
    except (OSError, ValueError):
        return False
    if mapped < SHARE * most:
        return False
    import jax

    from bayesbench.fit.programs import forget

    forget()
    jax.clear_caches()
    return True
