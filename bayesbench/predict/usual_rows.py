"""The new rows that are predicted where none are named: few, and telling."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.layout import Bound
from bayesbench.views.curves import feature_columns, inputs_along

LEVELLED = 3  # rows of a table with levels
ALONG = 61  # places along an input that a figure has


def usual_rows(bound: Bound) -> dict[str, Any]:
    """Without inputs all rows are alike, and it is one; else three.

    With levels they are the first of the table; else the first input is at its lowest, its
    mean and its highest value, and the others are at their means.
    """
    column, values = _first(bound)
    if _has_levels(bound):
        return {name: each[:LEVELLED] for name, each in bound.table.columns.items()}
    if not column:
        return {}
    return inputs_along(bound, column, np.array([values.min(), values.mean(), values.max()]))


def rows_of_figure(bound: Bound) -> dict[str, Any]:
    """The rows that a figure has: one, all those of the table, or along the first input."""
    column, values = _first(bound)
    if _has_levels(bound):
        return dict(bound.table.columns)
    if not column:
        return {}
    return inputs_along(bound, column, np.linspace(values.min(), values.max(), ALONG))


def _has_levels(bound: Bound) -> bool:
    levelled = any(values.dtype.kind == "i" for values in bound.inputs.values())
    return levelled or bool(bound.designs)  # a formula may have categories


def _first(bound: Bound) -> tuple[str, np.ndarray]:
    """The first input of numbers: its name, empty if there is none, and the values."""
    return next(iter(feature_columns(bound).items()), ("", np.zeros(0)))
