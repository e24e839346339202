"""Recorded runs: their paths over the likelihood of two entries of the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.density import entry_supports
from bayesbench.describe import name_in_formula
from bayesbench.fit.record import Fit
from bayesbench.fit.run_places import places
from bayesbench.layout import Layout
from bayesbench.views.slices import log_densities
from bayesbench.views.view import thinned

if TYPE_CHECKING:
    import xarray as xr

POINTS = 101  # of the heat map along each axis
ROOM = 0.12  # around the paths, of their range
VISIBLE = 1 / 400  # of the range: shorter moves are not drawn
MOST = 2000  # points of a path


def run_paths(fits: Mapping[str, Fit], x: str, y: str) -> xr.Dataset:
    """The log-likelihood over two entries, and the way of each run there.

    Parameters
    ----------
    fits : mapping of Fit
        By label, of one model and the same data; each with a recorded run.
    x, y : str
        Names of entries. The others are held where the highest of the runs ended.

    Returns
    -------
    Dataset
        `log_likelihood`, shape (y, x), `path`, shape (run, at, axis), on the parameters'
        own scale, NaN behind the end of a run.
    """
    import xarray as xr

    several = [*fits.values()]
    bound, layout = several[0].bound, several[0].bound.layout
    pair = [layout.entries.index(name) for name in (x, y)]
    ways = [places(fit)[1] for fit in several]
    values = [fit.diagnostics["value"] for fit in several]
    centre = ways[int(np.nanargmax(values))][-1]
    paths = [way[:, pair] for way in ways]
    ranges = _ranges(layout, pair, _shown(several, paths))
    at = [np.linspace(*each, POINTS) for each in ranges]
    flat = np.broadcast_to(centre, (POINTS, POINTS, layout.size)).copy()
    flat[..., pair[0]], flat[..., pair[1]] = at[0][None, :], at[1][:, None]
    heights, _ = log_densities(bound, flat)
    span = np.ptp(ranges, axis=1)
    drawn = [_thinned(path, VISIBLE * span) for path in paths]
    longest = max(map(len, drawn))
    padded = [np.pad(p, ((0, longest - len(p)), (0, 0)), constant_values=np.nan) for p in drawn]
    names = [name_in_formula(name) for name in (x, y)]
    held = [name_in_formula(n) for n in layout.named if n not in (x, y)]
    others = f" Held where the highest ended: {', '.join(held)}." if held else ""
    said = "; ".join(
        f"{name} from ({p[0][0]:.4g}, {p[0][1]:.4g}) to ({p[-1][0]:.4g}, {p[-1][1]:.4g})"
        for name, p in zip(fits, paths, strict=True)
    )
    return xr.Dataset(
        {
            "log_likelihood": (("y", "x"), heights),
            "path": (("run", "at", "axis"), np.stack(padded)),
        },
        coords={"x": at[0], "y": at[1], "run": [*fits]},
        attrs={
            "kind": "path",
            "title": f"The paths over {names[0]} and {names[1]}",
            "xlabel": names[0],
            "ylabel": names[1],
            "caption": f"The paths over the log-likelihood of {names[0]} and {names[1]}, less its "
            f"highest value here: a ring is where a run began, a full mark where it ended.{others}",
            "alt": f"The log-likelihood over {names[0]} and {names[1]} with the paths of "
            f"{len(fits)} run{'s' if len(fits) > 1 else ''}: {said}.",
        },
    )


def _shown(fits: list[Fit], paths: list[np.ndarray]) -> np.ndarray:
    """The points that must be on the figure: all, but for runs that led out of the numbers."""
    within = [p for fit, p in zip(fits, paths, strict=True) if fit.status.name != "diverged"]
    return np.concatenate(within or [path[:1] for path in paths])


def _ranges(layout: Layout, pair: list[int], points: np.ndarray) -> list[tuple[float, float]]:
    """From where to where each axis goes, inside of the supports."""
    supports, made = entry_supports(layout, priors=False), []
    for axis, entry in enumerate(pair):
        low, high = float(points[:, axis].min()), float(points[:, axis].max())
        room = ROOM * (high - low) or 0.1 * max(1.0, abs(low))
        edge = 1e-3 * (high - low + 2 * room)  # on an edge a density may not be a number
        support = supports[entry]
        made.append((max(low - room, support.lower + edge), min(high + room, support.upper - edge)))
    return made


def _thinned(path: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """The path without the moves that are too short to be seen; its ends are kept."""
    kept = [0]
    for k in range(1, len(path) - 1):
        if (np.abs(path[k] - path[kept[-1]]) > visible).any():
            kept.append(k)
    kept.append(len(path) - 1)
    return path[np.array(kept)[thinned(len(kept), MOST)]]
