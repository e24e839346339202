"""Tables in which one input runs and the others stand still, by the columns that a model reads.

Numbers stand at their means, as far as that is a value that they have: zeros and ones, and
categories, stand at what is most frequent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesbench.binding import inputs_of
from bayesbench.layout import Bound, Columns, Levels, Terms


def columns_read(bound: Bound) -> dict[str, np.ndarray]:
    """The columns of the table that the likelihood's inputs are made of, in their order."""
    labels, found = dict(bound.layout.labels), list[str]()
    for name, how in inputs_of(bound.model).items():
        if isinstance(how, Columns):
            found += labels[how.dims]
        elif isinstance(how, Terms):
            where = {each: how.formula.find(each) for each in bound.designs[name].variables}
            found += sorted(where, key=lambda each: where[each])
        else:
            found.append(name)
    return {name: np.asarray(bound.table.columns[name]) for name in dict.fromkeys(found)}


def running_columns(bound: Bound) -> dict[str, np.ndarray]:
    """Those that are numbers and differ between rows: along them a curve can be drawn."""
    fixed = {name for name, how in inputs_of(bound.model).items() if isinstance(how, Levels)}
    fixed |= {each for design in bound.designs.values() for each in _categories(design)}
    found = {
        name: values.astype(np.float64)
        for name, values in columns_read(bound).items()
        if name not in fixed and values.dtype.kind in "fiu"
    }
    return {name: values for name, values in found.items() if len(np.unique(values)) > 2}


def along(bound: Bound, column: str, at: np.ndarray) -> dict[str, Any]:
    """New rows in which one column runs and the others stand still."""
    still = {k: np.repeat(_typical(bound, k, v), len(at)) for k, v in columns_read(bound).items()}
    return still | {column: at}


def standing_in_words(bound: Bound, column: str) -> str:
    """Where the others stand, in a sentence; nothing where there are none."""
    numbers, others = list[str](), list[str]()
    for name, values in columns_read(bound).items():
        (value,) = _typical(bound, name, values)
        if name == column:
            continue
        if _is_continuous(bound, name, values):
            numbers.append(f"{name} ({value:.4g})")
        else:
            others.append(f"{name} ({value})")
    parts = [f"at the mean: {', '.join(numbers)}"] if numbers else []
    parts += [f"at what is most frequent: {', '.join(others)}"] if others else []
    return f" The other inputs stand {'; '.join(parts)}." if parts else ""


def _typical(bound: Bound, name: str, values: np.ndarray) -> np.ndarray:
    """The value at which a column stands, as an array of one."""
    if _is_continuous(bound, name, values):
        return np.array([values.astype(np.float64).mean()])
    levels, counts = np.unique(values, return_counts=True)
    return levels[[int(np.argmax(counts))]]


def _is_continuous(bound: Bound, name: str, values: np.ndarray) -> bool:
    return name in running_columns(bound) or (
        values.dtype.kind == "f" and len(np.unique(values)) == 1
    )


def _categories(design: Any) -> Mapping[str, None]:
    """The columns that a formula takes for categories, as C(district) does."""
    return dict.fromkeys(design.levels)
