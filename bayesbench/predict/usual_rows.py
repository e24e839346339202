"""The new rows that are predicted where none are named: few, and telling."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.binding import inputs_of
from bayesbench.layout import Bound, Levels
from bayesbench.views.standing import along, columns_read, running_columns

LEVELLED = 3  # rows of a table with levels
CATEGORIES = 6  # values of an input that is no number, or of few values
ALONG = 61  # places along an input that a figure has


def usual_rows(bound: Bound) -> dict[str, Any]:
    """Without inputs all rows are alike, and it is one; else some.

    With levels they are the first of the table. Else the first input of numbers is at its
    lowest, its mean and its highest value, or, if there is none such, the first input has each
    of its values; the others stand at their means, and categories at the most frequent.
    """
    if _has_levels(bound):
        return {name: each[:LEVELLED] for name, each in bound.table.columns.items()}
    return _along_the_first(bound, 3)


def rows_of_figure(bound: Bound) -> dict[str, Any]:
    """The rows that a figure has: one, all those of the table, or along the first input."""
    return dict(bound.table.columns) if _has_levels(bound) else _along_the_first(bound, ALONG)


def _along_the_first(bound: Bound, places: int) -> dict[str, Any]:
    columns, running = columns_read(bound), running_columns(bound)
    if not columns:
        return {}
    if not running:
        name, values = next(iter(columns.items()))
        return along(bound, name, np.unique(values)[:CATEGORIES])
    name, values = next(iter(running.items()))
    ends = values.min(), values.max()
    at = np.array([ends[0], values.mean(), ends[1]]) if places == 3 else np.linspace(*ends, places)
    return along(bound, name, at)


def _has_levels(bound: Bound) -> bool:
    return any(isinstance(how, Levels) for how in inputs_of(bound.model).values())
