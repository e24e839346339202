"""Recorded runs: the log-likelihood of all the data, step by step, with its drops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.optimisation.drops import NOTABLE, Drop, notable_drops
from bayesbench.fit.record import Fit
from bayesbench.fit.run_places import recorded

if TYPE_CHECKING:
    import xarray as xr

BINS = 400  # stretches of a trace, each with its lowest and its highest row: a pixel or two
MARKED = 40  # drops of a run, the deepest


def run_traces(fits: Mapping[str, Fit]) -> xr.Dataset:
    """The total log-likelihood of each run at the start that ended highest, thinned.

    Parameters
    ----------
    fits : mapping of Fit
        By label; each with a recorded run.

    Returns
    -------
    Dataset
        `step` and `log_likelihood`, shape (run, at), NaN behind the end of a run; `drop`,
        shape (drops, 3): the run's number, the step and the log-likelihood where each of
        the deepest drops is lowest; `drops`, shape (run,): how many there are.
    """
    import xarray as xr

    totals = [total_log_likelihood(fit) for fit in fits.values()]
    drops = [notable_drops(total) for total in totals]
    rows = [np.union1d(peaks(t), _ends(d)) for t, d in zip(totals, drops, strict=True)]
    marks = [
        (k, drop.lowest, totals[k][drop.lowest]) for k, d in enumerate(drops) for drop in deepest(d)
    ]
    counted = _counted(dict(zip(fits, drops, strict=True)))
    said = [_in_words(*each) for each in zip(fits, totals, drops, strict=True)]
    return xr.Dataset(
        {
            "step": (("run", "at"), side_by_side([np.asarray(seen, float) for seen in rows])),
            "log_likelihood": (
                ("run", "at"),
                side_by_side([total[seen] for total, seen in zip(totals, rows, strict=True)]),
            ),
            "drop": (("mark", "part"), np.reshape(marks, (-1, 3))),
            "drops": ("run", [len(each) for each in drops]),
        },
        coords={"run": [*fits]},
        attrs={
            "kind": "run_trace",
            "title": "Step by step",
            "ylabel": "log-likelihood",
            "caption": "The log-likelihood of all the data before each step. Triangles mark "
            f"drops of more than {NOTABLE:g} below the best that a run had reached: the data "
            f"are at least e times less probable there. {counted}",
            "alt": "The log-likelihood against the step. " + " ".join(said),
        },
    )


def total_log_likelihood(fit: Fit) -> np.ndarray:
    """Of all the data before each step and at the end, of the start that ended highest.

    The shape is (steps + 1,); NaN where it was not computed.
    """
    run = recorded(fit).run
    assert run is not None
    per = fit.bound.n if run.recipe.objective == "mean" else 1
    return run.trace(run.best)["log_likelihood"] * per


def peaks(values: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The places of the lowest and the highest value in each of so many stretches, and the ends.

    A line through them looks like one through all, however narrow its dips are.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) <= 4 * bins:
        return known
    stretches = np.array_split(known, bins)
    extremes = [part[f(values[part])] for part in stretches for f in (np.argmin, np.argmax)]
    return np.unique([known[0], known[-1], *extremes])


def deepest(drops: tuple[Drop, ...]) -> list[Drop]:
    """Those that are marked, in the order of their steps."""
    kept = sorted(drops, key=lambda drop: -drop.depth)[:MARKED]
    return sorted(kept, key=lambda drop: drop.lowest)


def side_by_side(rows: list[np.ndarray]) -> np.ndarray:
    """Rows of different lengths as one array, NaN behind the shorter ones."""
    longest = max(map(len, rows))
    return np.stack([np.pad(row, (0, longest - len(row)), constant_values=np.nan) for row in rows])


def _ends(drops: tuple[Drop, ...]) -> np.ndarray:
    return np.array([row for d in deepest(drops) for row in (d.step_before, d.lowest)], dtype=int)


def _counted(drops: Mapping[str, tuple[Drop, ...]]) -> str:
    def words(found: tuple[Drop, ...]) -> str:
        if not found:
            return "none"
        worst = max(found, key=lambda drop: drop.depth)
        shown = f" ({MARKED} marked)" if len(found) > MARKED else ""
        return f"{len(found):,}{shown}, the deepest of {worst.depth:.3g} at step {worst.lowest:,}"

    return "; ".join(f"{name}: {words(found)}" for name, found in drops.items()) + "."


def _in_words(name: str, total: np.ndarray, drops: tuple[Drop, ...]) -> str:
    known = total[np.isfinite(total)]
    return (
        f"{name}: from {known[0]:.5g} to {known[-1]:.5g} in {len(total) - 1:,} steps, "
        f"{len(drops) or 'no'} drop{'s' if len(drops) != 1 else ''}."
    )
