"""A gradient and the streaming of its data, in turns: both meet the same weather."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

TURNS = 20


def in_turns(gradient: Callable[[], Any], data: dict[str, Any]) -> dict[str, float]:
    """Milliseconds of the gradient and of a sum over all that is read, and the ratio of both.

    The least of some turns, after one that compiles: what else a machine does adds to a time and
    never takes from it. The sum is NumPy's, over float64 in one piece, on one thread.
    """
    import numpy as np

    columns = [np.asarray(each, dtype=np.float64).ravel(order="K") for each in data.values()]

    def stream() -> float:
        return sum(float(column.sum()) for column in columns)

    taken: dict[str, list[float]] = {"gradient": [], "stream": []}
    gradient()
    for _ in range(TURNS):
        for name, what in (("gradient", gradient), ("stream", stream)):
            began = perf_counter()
            what()
            taken[name].append(1e3 * (perf_counter() - began))
    ms, stream_ms = min(taken["gradient"]), min(taken["stream"])
    return {"ms": ms, "stream ms": stream_ms, "streams": ms / stream_ms}
