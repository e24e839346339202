"""Predictions of the same rows by several fits, as a figure of them needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.binding import at_start
from bayesbench.errors import BadInput
from bayesbench.predict.mixture import is_discrete, log_density_of
from bayesbench.predict.shown_plane import in_plane
from bayesbench.supports import Support

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.predict.prediction import Prediction

POINTS = 301
BESIDE = 0.35  # of the widest interval, that a density is drawn beyond it
MOST = 60  # whole numbers that have a mark each
ROWS = 12  # that are drawn one by one


def predicted(found: Mapping[str, Prediction]) -> xr.Dataset:
    """What the figure of several predictions shows, by the names of the fits' columns.

    Of one row the densities, or probabilities by value, or the density over the plane; of
    several mean and interval, over the first input of numbers that differs between them, or
    else row by row.

    Raises
    ------
    BadInput
        If the outcome is a vector, but for a single row of two components.
    """
    first = next(iter(found.values()))
    if first.rows.outcome.shape == (1, 2) and not is_discrete(first.rows):
        return in_plane(found)
    if first.rows.outcome.ndim > 1:
        raise BadInput(
            f"a figure of what {first.rows.model.__name__} predicts",
            found=f"the outcomes {', '.join(first.rows.model.outcome)}",
            expected="one outcome, or one new row of two",
            remedy="see the table, which has each",
        )
    return _one_row(found) if first.rows.n == 1 else _several(found)


def _one_row(found: Mapping[str, Prediction]) -> xr.Dataset:
    import xarray as xr

    first = next(iter(found.values()))
    whole = is_discrete(first.rows)
    at = _whole_values(found) if whole else _values(found)
    lines = [_density(each, at) for each in found.values()]
    made = {"density": (("fit", "point"), lines), "x": ("point", at)}
    return xr.Dataset(made, coords={"fit": [*found]}).assign_attrs(
        kind="probabilities" if whole else "densities",
        xlabel=str(first.rows.model.outcome),
        ylabel="probability" if whole else "density",
    )


def _density(each: Prediction, at: np.ndarray) -> np.ndarray:
    rows = each.rows.only(np.zeros(len(at), dtype=int))
    return np.exp(log_density_of(replace(rows, outcome=at), each.instances))


def _values(found: Mapping[str, Prediction]) -> np.ndarray:
    """A little more than the widest of the intervals, within the support."""
    low, high = _range(found)
    room = BESIDE * (high - low)
    rows = next(iter(found.values())).rows
    support = at_start(rows.layout).likelihood(**rows.inputs).support
    assert isinstance(support, Support)  # a box is for vectors
    return np.linspace(max(low - room, support.lower), min(high + room, support.upper), POINTS)


def _whole_values(found: Mapping[str, Prediction]) -> np.ndarray:
    low, high = _range(found)
    room = np.ceil(BESIDE * (high - low))
    at = np.arange(max(0.0, low - room), high + room + 1)
    at = at[np.any([_density(each, at) > 0 for each in found.values()], axis=0)]
    return at[:: -(-len(at) // MOST)]


def _range(found: Mapping[str, Prediction]) -> tuple[float, float]:
    lows, highs = zip(*((each.low[0], each.high[0]) for each in found.values()), strict=True)
    return float(np.nanmin(lows)), float(np.nanmax(highs))


def _several(found: Mapping[str, Prediction]) -> xr.Dataset:
    import xarray as xr

    first = next(iter(found.values()))
    numbers = {
        name: (("fit", "row"), [getattr(each, name) for each in found.values()])
        for name in ("mean", "low", "high")
    }
    made = xr.Dataset(numbers, coords={"fit": [*found]})
    made = made.assign_attrs(ylabel=str(first.rows.model.outcome))
    along = _varies(first)
    if along is None:
        places, (named, names) = np.arange(1.0, first.rows.n + 1), _names(first)
        made = made.assign(x=("row", places), name=("row", names)).isel(row=slice(ROWS))
        return made.assign_attrs(kind="rows", xlabel=named)
    at = np.asarray(first.rows.table.columns[along], dtype=np.float64)
    made = made.assign(x=("row", at)).isel(row=np.argsort(at, kind="stable"))
    return made.assign_attrs(kind="bands", xlabel=along)


def _varies(prediction: Prediction) -> str | None:
    """The one input that differs from row to row, if it is one of numbers and there is one."""
    outcome = prediction.rows.model.outcome
    names = [name for name in prediction.rows.table.columns if name != outcome]
    moving = [n for n in names if len({*prediction.rows.table.columns[n]}) > 1]
    if len(moving) != 1:
        return None
    values = np.asarray(prediction.rows.table.columns[moving[0]])
    return moving[0] if values.dtype.kind in "fiu" else None


def _names(prediction: Prediction) -> tuple[str, list[str]]:
    """What tells the rows apart: a column of words, if there is one, or their numbers."""
    columns = prediction.rows.table.columns
    for name, values in columns.items():
        if np.asarray(values).dtype.kind in "OUT" and len({*values}) == len(values):
            return name, [str(value) for value in values]
    return "row", [str(number) for number in range(1, prediction.rows.n + 1)]
