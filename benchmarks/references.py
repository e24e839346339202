"""What posterior means and maxima are held to, and how far a run is from it.

`references.json` has for each task the posterior's mean and sd of each quantity, the error of
that mean in units of the sd, and how it was made; and the maximum of the likelihood and of the
posterior. `make_references.py` makes it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "references.json"


@cache
def references() -> dict[str, Any]:
    """The file, or nothing where there is none."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def posterior(task: str, folder: Path, said: dict[str, Any]) -> dict[str, float]:
    """The smallest bulk ESS of a run, its largest R-hat, and the largest error of its means.

    The error is in units of the posterior's sd, over all entries of what the task's chains are
    judged by (rank-normalised ESS and R-hat: Vehtari et al. 2021).
    """
    import numpy as np
    from arviz_stats.base import array_stats

    from benchmarks.tasks import find

    wanted = find(task)
    with np.load(folder / "arrays.npz") as stored:
        found = wanted.quantities(dict(stored))
    flat = {name: value.reshape(*value.shape[:2], -1) for name, value in found.items()}
    entries = np.concatenate(list(flat.values()), axis=-1)
    numbers = {
        "ess": float(np.min(array_stats.ess(entries, chain_axis=0, draw_axis=1, method="bulk"))),
        "r_hat": float(np.max(array_stats.rhat(entries, chain_axis=0, draw_axis=1))),
    }
    known = references().get(task, {}).get("posterior")
    if known:
        away = [
            np.abs(value.mean((0, 1)) - np.ravel(known["mean"][name])) / np.ravel(known["sd"][name])
            for name, value in flat.items()
        ]
        numbers["error"] = float(np.max(np.concatenate(away)))
    return numbers


def point(task: str, folder: Path, said: dict[str, Any]) -> dict[str, float]:
    """The largest relative error of a maximum: of its entries, each by the largest of its name.

    A run says of which function it looked for the maximum: `of` is `mle` or `map`.
    """
    import numpy as np

    known = references().get(task, {}).get(said["of"])
    if not known:
        return {}
    with np.load(folder / "arrays.npz") as stored:
        away = [
            np.max(np.abs(np.ravel(stored[name]) - np.ravel(value))) / np.max(np.abs(value))
            for name, value in known.items()
        ]
    return {"error": float(max(away))}
