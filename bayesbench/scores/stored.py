"""Scores as plain data for results.json, and row by row for the archive's tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.binding import at_start
from bayesbench.layout import Bound
from bayesbench.methods import label
from bayesbench.plain import plain

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.scores.record import Scores


def results(scores: Scores) -> dict[str, Any]:
    """The numbers, as results.json has them under `scores`."""
    table, loo = scores.table(), scores.loo
    beside = None
    if loo is not None:
        beside = {
            "elpd": loo.elpd,
            "se": loo.se,
            "p": loo.p,
            "pareto_k": float(np.max(loo.pareto_k)),
            "unreliable": loo.unreliable,
        }
    found = {
        "rows": scores.n,
        "folds": scores.folds or None,
        "held_out_file": _file(scores),
        "seed": scores.seed,
        "kind": kind_of(scores.bound),
        "by_fit": {str(fit): dict(row) for fit, row in table.iterrows()},
        "against": scores.first,
        "differences": {str(f): dict(row) for f, row in scores.differences().iterrows()},
        "loo": beside,
        "without_loo": scores.without_loo,
        "ended": {
            fit: [{"name": s.name, "sentence": s.sentence} for s in each]
            for fit, each in scores.ended.items()
        },
        "findings": [
            {"rule": f.rule, "severity": f.severity, "message": f.message, "remedy": f.remedy}
            | {"evidence": dict(f.evidence)}
            for f in scores.findings
        ],
    }
    return dict(plain(found))


def rowwise(scores: Scores) -> xr.Dataset:
    """By fit and row: the scores, and P(Y < y) and P(Y ≤ y) of the outcome."""
    import xarray as xr

    judged = scores.judged
    lead = ("fit", "row", "component")[: 1 + scores.bound.outcome.ndim]
    each = {
        name: (("fit", "row"), np.array([getattr(one, name) for one in judged.values()]))
        for name in ("log_score", "crps", "squared_error")
    }
    whole = {
        name: (lead, np.array([getattr(one, name) for one in judged.values()]))
        for name in ("mean", "below", "upto")
    }
    made = xr.Dataset(
        {**each, **whole, "outcome": (lead[1:], scores.bound.outcome)},
        coords={"fit": list(judged), "heading": ("fit", [label(fit) for fit in judged])},
        attrs={
            "how": scores.how,
            "against": scores.first or "",
            "kind": kind_of(scores.bound),
        },
    )
    return made if scores.fold is None else made.assign(fold=("row", scores.fold))


def _file(scores: Scores) -> str | None:
    """The file of the rows that were held out, where they stood in one."""
    table = scores.bound.table
    return table.file if not scores.folds else None


def kind_of(bound: Bound) -> str:
    """Whether an outcome is `binary` (0 or 1), of other `whole` numbers, or `continuous`."""
    support = at_start(bound.layout).likelihood(**bound.inputs).support
    if not getattr(support, "whole", False):
        return "continuous"
    return "binary" if getattr(support, "upper", None) == 1 else "whole"
