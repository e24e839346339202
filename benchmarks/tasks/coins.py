"""Many coins of seven tosses, each with a share of its own: `coins-1000` has a thousand."""

from __future__ import annotations

from typing import Any


def data(count: int) -> dict[str, Any]:
    """A row for each coin."""
    import numpy as np

    generator = np.random.default_rng(0)
    share = generator.uniform(size=(count, 1))
    return {"toss": (generator.uniform(size=(count, 7)) < share).astype(float)}


def ours() -> Any:
    """The zoo's class."""
    import bayesbench as bb

    return bb.load("coin")
