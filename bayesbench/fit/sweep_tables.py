"""The tables of a sweep, and the same as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from bayesbench.fit.sweep import Cell, Sweep
from bayesbench.plain import plain

UNSTABLE = ("at the limit", "bouncing", "stuck", "diverged", "interrupted")


def table(swept: Sweep) -> pd.DataFrame:
    """A row a cell.

    The columns are the batching, the batch size and the learning rate; the last
    log-likelihood and its gap to the maximum; the outcome, and whether the run was seen to
    be stable; the steps and the rows after which a run that converged was first within 1 of
    the maximum; the noise floor as measured, its Monte Carlo error, and what theory expects.
    """
    cells = zip(swept.cells, swept.outcomes, strict=True)
    return pd.DataFrame([_row(swept, *each) for each in cells])


def _row(swept: Sweep, cell: Cell, outcome: str) -> dict[str, Any]:
    known = cell.log_likelihood[np.isfinite(cell.log_likelihood)]
    reached, floor = swept.reached(cell), swept.floor(cell)
    return {
        "batching": cell.batching,
        "batch_size": cell.batch_size,
        "learning_rate": cell.learning_rate,
        "log_likelihood": known[-1],
        "gap": swept.maximum - known[-1],
        "outcome": outcome,
        "stable": outcome not in UNSTABLE,
        "steps_to_reach": np.nan if reached is None else reached,
        "rows_to_reach": np.nan if reached is None else swept.seen(cell, reached),
        "floor": floor.mean if floor else np.nan,
        "floor_error": floor.error if floor else np.nan,
        "floor_theory": swept.theory(cell),
    }


def fastest(swept: Sweep) -> pd.DataFrame:
    """By batching and batch size, the largest stable rate of the grid beside the limit.

    And the rate that was first within 1 of the maximum, with the rows that it had seen.
    """
    rows = []
    for (batching, size), part in table(swept).groupby(["batching", "batch_size"], sort=False):
        stable = part[part["stable"]]
        first = stable.dropna(subset="steps_to_reach").sort_values("steps_to_reach").iloc[:1]
        rows.append(
            {
                "batching": batching,
                "batch_size": size,
                "fastest_stable": stable["learning_rate"].max(),
                "limit": swept.limit,
                "first_to_reach": first["learning_rate"].max(),
                "steps_to_reach": first["steps_to_reach"].max(),
                "rows_to_reach": first["rows_to_reach"].max(),
            }
        )
    return pd.DataFrame(rows)


def floors(swept: Sweep, learning_rate: float | None = None) -> pd.DataFrame:
    """The noise floor by batch size, measured and expected, at one learning rate.

    If none is given, at the stable one where most floors could be measured; of equal ones
    the largest. `scaling` is that of independent draws, (1/k)(1 - k/n).
    """
    found = table(swept)
    if learning_rate is None:
        each = found.groupby("learning_rate").agg(stable=("stable", "all"), many=("floor", "count"))
        stable = each[each["stable"]].reset_index().sort_values(["many", "learning_rate"])
        learning_rate = stable["learning_rate"].iloc[-1] if len(stable) else np.nan
    noisy = (found["learning_rate"] == learning_rate) & (found["batching"] != "all rows")
    columns = ["batching", "batch_size", "learning_rate", "floor", "floor_error", "floor_theory"]
    made = found.loc[noisy, columns].reset_index(drop=True)
    return made.assign(scaling=1 / made["batch_size"] - 1 / swept.bound.n)


def results(swept: Sweep) -> dict[str, Any]:
    """Everything as plain data: what was asked, the tables, and the findings."""
    settings = swept.recipe.settings
    found: dict[str, Any] = plain(
        {
            "model": swept.bound.model.__name__,
            "n": swept.bound.n,
            "objective": swept.recipe.objective,
            "optimizer": settings["optimizer"],
            "options": settings["options"],
            "seed": swept.recipe.seed,
            "maximum": swept.maximum,
            "limit": swept.limit,
            "cells": table(swept).to_dict("records"),
            "fastest": fastest(swept).to_dict("records"),
            "floors": floors(swept).to_dict("records"),
            "findings": [asdict(finding) for finding in swept.findings],
        }
    )
    return found
