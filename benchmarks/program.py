"""What a process of a race runs: `python -m benchmarks.program posterior.numpyro coin 1 FOLDER`.

The words are the peer's file, the task, the seed, and a folder for arrays. The last line that
is printed is JSON: the seconds of each phase, and what else the peer says of itself.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.clock import Clock
from benchmarks.tasks import find


def main(peer: str, task: str, seed: str, folder: str) -> None:
    """Run a peer's file on a task."""
    clock = Clock()
    with clock("import"):
        import numpy as np
    wanted = find(task)
    with clock("data"):
        data = wanted.data()
    arrays, said = import_module(f"benchmarks.{peer}").run(wanted, data, int(seed), clock)
    np.savez(Path(folder) / "arrays.npz", **arrays)
    print(json.dumps({"seconds": clock.seconds, **said}))


if __name__ == "__main__":
    main(*sys.argv[1:])
