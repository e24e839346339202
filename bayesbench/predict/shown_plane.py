"""Predictions of an outcome in the plane by several fits: each one's density over a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.binding import at_start
from bayesbench.predict.mixture import log_density_of, thinned
from bayesbench.supports import Box

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.predict.prediction import Prediction

POINTS = 81  # along each axis
BESIDE = 0.35  # of the widest interval, that the grid goes on beyond it
DRAWS = 500  # whose densities are averaged


def in_plane(found: Mapping[str, Prediction]) -> xr.Dataset:
    """The logarithm of the density of one new row, whose outcome has two components."""
    import xarray as xr

    rows = next(iter(found.values())).rows
    across, up = _grid(found)
    at = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    many = replace(rows.only(np.zeros(len(at), dtype=int)), outcome=at)
    logs = [log_density_of(many, thinned(each.instances, DRAWS)) for each in found.values()]
    heights = np.reshape(logs, (len(logs), len(up), len(across)))
    xlabel, ylabel = map(str, (*rows.model.outcome,))
    return xr.Dataset(
        {"log_density": (("fit", "up", "across"), heights)},
        coords={"fit": [*found], "across": across, "up": up},
        attrs={"kind": "plane", "xlabel": xlabel, "ylabel": ylabel},
    )


def _grid(found: Mapping[str, Prediction]) -> tuple[np.ndarray, np.ndarray]:
    """A little more than the widest of the intervals, within the support."""
    low = np.min([each.low[0] for each in found.values()], axis=0)
    high = np.max([each.high[0] for each in found.values()], axis=0)
    low, high = low - BESIDE * (high - low), high + BESIDE * (high - low)
    rows = next(iter(found.values())).rows
    support = at_start(rows.layout).likelihood(**rows.inputs).support
    if isinstance(support, Box):
        low = np.maximum(low, [side.lower for side in support.sides])
        high = np.minimum(high, [side.upper for side in support.sides])
    across, up = np.linspace(low, high, POINTS).T
    return across, up
