"""The rows that a model holds out, for scoring fits to its own example."""

from __future__ import annotations

from typing import Any

from bayesbench.binding import bind
from bayesbench.layout import Bound
from bayesbench.model import as_declared


def is_example(bound: Bound) -> bool:
    """Whether the data are those that the model brings: only of these it knows the truth."""
    model = as_declared(bound.model)
    try:
        own = bind(model, model.example())
    except NotImplementedError:
        return False
    return own.sha256 == bound.sha256


def own_rows(bound: Bound) -> Any:
    """The table that the model holds out, if the fits have seen its example; else None."""
    table = bound.model.held_out()
    return table if table is not None and is_example(bound) else None
