"""A scale that runs to zero on some rows: the likelihood grows with it, and has no maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.floored import predicted
from bayesbench.diagnose.optimisation.losing_rows import row_in_words
from bayesbench.diagnose.optimisation.remedies import floor_of
from bayesbench.diagnose.optimisation.words import figure
from bayesbench.layout import Bound

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

NEIGHBOURS = 8  # of a row, by its inputs
TINY = 0.05  # of the lower quartile of the neighbours' scales
NAMED = 5  # rows
LOOKS = (0.0, 0.1, 0.5)  # of the run, and its end


def look(recorded: Recorded) -> list[Finding]:
    """The rows onto which the scale closes, and what they brought to the log-likelihood."""
    end = recorded.run.z[recorded.start]
    at = predicted(recorded, end)
    unbounded = recorded.fit.status.name == "unbounded"
    if at is None or recorded.target.rows is None or not np.isfinite(at["scale"]).all():
        return []
    bound = recorded.fit.bound
    rows = closed_rows(bound, at["loc"], at["scale"])
    begun = predicted(recorded, recorded.run.starts[recorded.start])
    if begun is not None:  # a scale that has grown does not run to zero, however large others are
        rows = rows[at["scale"][rows] < begun["scale"][rows]]
    if not len(rows):
        if unbounded and np.ptp(at["scale"]) == 0:
            return _of_all(recorded)
        return [_possible(recorded, at["scale"])] if unbounded else []
    named = "; ".join(
        f"{row_in_words(bound, int(row))}: σ = {figure(float(at['scale'][row]))}, the residual "
        f"{figure(float(bound.outcome[row] - at['loc'][row]))}"
        for row in rows[:NAMED]
    )
    more = f"; and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    others = np.setdiff1d(np.arange(bound.n), rows)
    usual = float(np.median(at["scale"][others])) if len(others) else np.nan
    steps = [int(part * recorded.run.steps[recorded.start]) for part in LOOKS]
    way = [(step, _both(recorded, recorded.at(step), rows)) for step in dict.fromkeys(steps)]
    way.append((int(recorded.run.steps[recorded.start]), _both(recorded, end, rows)))
    said = ", ".join(
        f"{figure(mine)} of {figure(total)} at step {step:,}" for step, (mine, total, _) in way
    )
    scales = ", ".join(figure(scale) for _, (_, _, scale) in way)
    text = (
        f"σ runs to zero on {len(rows)} of {bound.n} rows, and μ through {_them(len(rows))}: "
        f"{named}{more}. The other rows have a median σ of {figure(usual)}. Of the log-likelihood "
        f"{_these(len(rows))} had {said}, with a median σ of {scales} at these steps."
    )
    if unbounded:
        text += " That can go on: the likelihood has no maximum, and a longer run goes further."
    evidence = {
        "rows": rows.tolist(),
        "scale": at["scale"][rows].tolist(),
        "residual": (bound.outcome - at["loc"])[rows].tolist(),
        "median_scale_of_others": usual,
        "steps": [step for step, _ in way],
        "log_likelihood_of_rows": [mine for _, (mine, _, _) in way],
        "log_likelihood": [total for _, (_, total, _) in way],
        "median_scale_of_rows": [scale for _, (_, _, scale) in way],
    }
    return [Finding("unbounded", "warning", text, evidence, _remedy(recorded))]


def closed_rows(bound: Bound, loc: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The rows whose scale is tiny beside that of the rows next to them, and the residual too.

    Noise that is small over a whole region is not that: there the neighbours share it, on
    the edge of the region too.

    Returns
    -------
    array of int
        Counted from 0; the smallest scale first.
    """
    columns = [v.reshape(bound.n, -1) for v in bound.inputs.values() if v.dtype.kind == "f"]
    if not columns or bound.n < 3:
        return np.zeros(0, dtype=int)
    x = np.concatenate(columns, axis=1)
    spread = x.std(axis=0)
    x = x / np.where(spread > 0, spread, 1.0)
    small = np.flatnonzero(scale < TINY * scale.max())
    found = []
    for row in small:
        apart = ((x - x[row]) ** 2).sum(axis=1)
        apart[row] = np.inf
        near = np.argsort(apart, kind="stable")[: min(NEIGHBOURS, bound.n - 1)]
        usual = TINY * float(np.quantile(scale[near], 0.25))
        if scale[row] < usual and abs(bound.outcome[row] - loc[row]) < usual:
            found.append(int(row))
    return np.array(sorted(found, key=lambda row: float(scale[row])), dtype=int)


def _both(recorded: Recorded, z: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """The log-likelihood of these rows and of all at z, and the median scale of these."""
    if recorded.target.rows is None or (at := predicted(recorded, z)) is None:
        return np.nan, np.nan, np.nan
    parts = recorded.target.rows(z)
    return float(parts[rows].sum()), float(parts.sum()), float(np.median(at["scale"][rows]))


def _of_all(recorded: Recorded) -> list[Finding]:
    """One scale for all rows that falls towards zero, because every outcome is predicted."""
    ends = recorded.run.starts[recorded.start], recorded.run.z[recorded.start]
    seen = [at for z in ends if (at := predicted(recorded, z)) is not None]
    outcome = recorded.fit.bound.outcome
    scales = [float(at["scale"][0]) for at in seen]
    misses = [float(np.abs(outcome - at["loc"]).max()) for at in seen]
    if len(seen) < 2 or scales[1] >= scales[0]:
        return []  # the likelihood grows elsewhere
    text = (
        f"σ, the same for all rows, runs to zero: {figure(scales[0])} at the start of the run "
        f"and {figure(scales[1])} at its end, and the largest residual went from "
        f"{figure(misses[0])} to {figure(misses[1])}. Where every outcome is "
        "predicted, nothing keeps σ up: the likelihood has no maximum, and a longer run goes "
        "further."
    )
    remedy = "Give σ a lower bound or a prior (fit_map, fit_posterior), or bring data that scatter."
    return [Finding("unbounded", "warning", text, {"scale": scales, "residual": misses}, remedy)]


def _possible(recorded: Recorded, scale: np.ndarray) -> Finding:
    """No maximum, and a run that did not come near to what has none."""
    row = int(np.argmin(scale))
    text = (
        "The likelihood has no maximum, as the status of the fit shows, but this run did not go "
        f"there: no row has a σ below {TINY:g} of that of the rows beside it (the smallest is "
        f"{figure(float(scale[row]))}, at {row_in_words(recorded.fit.bound, row)}). Where such a "
        "run ends depends on how long it is."
    )
    evidence = {"rows": [], "smallest": float(scale[row]), "at": row}
    return Finding("unbounded", "info", text, evidence, _remedy(recorded))


def _remedy(recorded: Recorded) -> str:
    floor = floor_of(recorded)
    such = "" if floor is None else f" (as √(σ² + {floor:.3g}²), which the dips were tried with)"
    return (
        f"Give σ a lower bound{such}, give the weights of σ a prior (fit_map, fit_posterior), or "
        "fewer of them: one σ for all rows has a maximum."
    )


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _these(count: int) -> str:
    return "that row" if count == 1 else "these rows"
