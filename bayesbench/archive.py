"""A contrast as one ArviZ tree: everything that the page shows, without the model's file.

Groups: those that ArviZ names, so that its tools work on the file (see `arviz_groups.py`), with
`observed_data` and `constant_data`; `laplace` and `pathfinder` with their draws; `curves` with
prior, likelihood and posterior of a single parameter; `predicted` with what the fits predict
of new rows; `search_mle` and `search_map` with the
way to the point estimates; `view_0`, `view_1`, ... with what the model's `views` show;
`run_trace`, `run_path` and `run_parameters` with the runs that its page compares; `scores` with
what each fit's predictions of rows that it had not seen were worth, row by row. The attribute
`results` is the text of results.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bayesbench.arviz_groups import before_data, datasets, of_data, sampled
from bayesbench.contrasting import Contrast
from bayesbench.errors import BadInput
from bayesbench.influence import influence
from bayesbench.methods import APPROXIMATIONS
from bayesbench.page_predictions import page_predictions
from bayesbench.results import results
from bayesbench.views.usual import views_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from bayesbench.scores.record import Scores

Made = TypeVar("Made")
LONG = 2000  # steps of a search
LATER = ("runs", "profile", "evidence", "bayes_factors", "findings", "verdict")  # for a page


@dataclass(frozen=True)
class Archive:
    """The results as plain data, and the arrays as a tree."""

    results: dict[str, Any]
    tree: xr.DataTree


def archive(contrast: Contrast, scores: Scores | None = None) -> Archive:
    """Collect what a contrast has to show, with the scores that were asked for."""
    import xarray as xr

    scores, seconds = scores or contrast.held_out, dict(contrast.seconds)
    if scores is not None:
        seconds["scores"] = scores.seconds
    for part in LATER:
        _timed(seconds, part, partial(getattr, contrast, part))
    new = _timed(seconds, "predictions", lambda: page_predictions(contrast))
    prior = _timed(seconds, "influence", lambda: influence(contrast))
    views = _timed(seconds, "views", lambda: _views(contrast))
    found = results(contrast, contrast.runs, prior, scores, new.results) | {"seconds": seconds}
    groups = sampled(contrast.bound, contrast.fits["posterior"])
    groups |= before_data(contrast.bound, contrast.seed)
    groups |= _approximated(contrast) | _searches(contrast) | of_data(contrast.bound)
    groups |= views | _runs(contrast)
    if scores is not None:
        groups["scores"] = scores.rowwise()
    if contrast.integral is not None:
        curves = {name: ("point", values) for name, values in contrast.integral.curves.items()}
        groups["curves"] = xr.Dataset(curves)
    if new.shown is not None:
        groups["predicted"] = new.shown
    tree = xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})
    tree.attrs["results"] = json.dumps(found, allow_nan=False)
    return Archive(found, tree)


def _timed(seconds: dict[str, float], part: str, make: Callable[[], Made]) -> Made:
    """What it makes, with the time that it took written down."""
    began = perf_counter()
    made = make()
    seconds[part] = perf_counter() - began
    return made


def save(kept: Archive, path: Path) -> None:
    """Write the tree as netCDF."""
    kept.tree.to_netcdf(path, engine="h5netcdf")


def read(path: str | Path) -> Archive:
    """Read what `save` wrote.

    Raises
    ------
    BadInput
        If there is no such file, or it was not written by a report.
    """
    import xarray as xr

    expected, remedy = "the fits.nc of a report", "give the path of one, as in reports/coin/fits.nc"
    if not Path(path).is_file():
        raise BadInput(str(path), found="no such file", expected=expected, remedy=remedy)
    try:
        with xr.open_datatree(path, engine="h5netcdf") as opened:
            tree = opened.load()
        return Archive(json.loads(tree.attrs["results"]), tree)
    except (OSError, KeyError, ValueError):
        raise BadInput(
            str(path), found="another kind of file", expected=expected, remedy=remedy
        ) from None


def _approximated(contrast: Contrast) -> dict[str, xr.Dataset]:
    found = {name: contrast.fits[name].draws for name in APPROXIMATIONS}
    return {
        name: datasets(contrast.bound, {"posterior": draws.values})["posterior"]
        for name, draws in found.items()
        if draws is not None
    }


def _searches(contrast: Contrast) -> dict[str, xr.Dataset]:
    import xarray as xr

    made = {}
    for name in ("mle", "map"):
        trace = contrast.fits[name].trace
        if trace is not None and len(trace):
            kept = trace.assign(step=np.arange(len(trace))).iloc[_turning(trace)]
            columns = {key: ("at", np.asarray(kept[key])) for key in kept.columns}
            made[f"search_{name}"] = xr.Dataset(columns)
    return made


def _turning(trace: pd.DataFrame) -> np.ndarray:
    """The rows of a search that are stored: all, or of a long one where its curves turn."""
    from bayesbench.views.run_traces import peaks

    if len(trace) <= LONG:
        return np.arange(len(trace))
    drawn = trace.columns.intersection(["log_likelihood", "gradient_norm"])
    return np.unique(np.concatenate([peaks(trace[name].to_numpy()) for name in drawn]))


def _views(contrast: Contrast) -> dict[str, xr.Dataset]:
    made = (view.compute(contrast) for view in views_of(contrast.bound))
    return {f"view_{k}": view for k, view in enumerate(made) if view is not None}


def _runs(contrast: Contrast) -> dict[str, xr.Dataset]:
    from bayesbench.views.run_parameters import run_parameters
    from bayesbench.views.run_paths import run_paths
    from bayesbench.views.run_traces import run_traces

    runs, layout = contrast.runs, contrast.bound.layout
    if not runs:
        return {}
    made = {"run_trace": run_traces(runs)}
    own = {name: fit for name, fit in runs.items() if fit.bound.layout == layout}
    if layout.size == 2 and len(own):
        made["run_path"] = run_paths(own, *layout.entries)
    return made | {"run_parameters": run_parameters(runs)}
