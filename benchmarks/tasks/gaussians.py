"""Many samples of twenty rows from Gaussians: `gaussians-1000` has a thousand."""

from __future__ import annotations

from typing import Any


def data(count: int) -> dict[str, Any]:
    """A row for each sample."""
    import numpy as np

    generator = np.random.default_rng(0)
    sd = np.exp(0.5 * generator.normal(size=(count, 1)))
    return {"y": generator.normal(size=(count, 1)) + sd * generator.normal(size=(count, 20))}


def ours() -> Any:
    """The zoo's class."""
    import bayesbench as bb

    return bb.load("gaussian")
