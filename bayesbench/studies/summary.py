"""What a study found, as rows of tables: each number with its Monte Carlo error.

The columns of a study are arrays whose first axis are the data sets of one size: `truth`,
(datasets, entries), and for each method, as far as it has them, `mle/status`, (datasets,),
`mle/estimate`, `mle/low` and `mle/high`, (datasets, levels, entries), `mle/log_score`, `mle/pit`,
(datasets, new), and `posterior/rank`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bayesbench.studies.calibration import Calibration, calibration
from bayesbench.studies.design import LEVELS, Design
from bayesbench.studies.judge import Measured, average, covered, rmse, tail_of, within

Columns = Mapping[str, np.ndarray]
FOUND = ("converged", "boundary")  # statuses with an estimate
NO_RANK = -1
REFERENCE = "posterior"  # with which log scores are compared


def estimates(design: Design, columns: Columns) -> Iterator[dict[str, Any]]:
    """A row an entry and a method: bias and RMSE of the estimate, or of the mean of the draws."""
    for k, entry in enumerate(design.layout.entries):
        for method in _having(design, columns, "estimate"):
            error = columns[f"{method}/estimate"][:, k] - columns["truth"][:, k]
            bias, root = average(error), rmse(error)
            row = {"parameter": entry, "method": method, "over": bias.over}
            yield row | _number("bias", bias) | _number("rmse", root)


def coverage(design: Design, columns: Columns) -> Iterator[dict[str, Any]]:
    """A row an entry, a method's interval and a level: coverage, and the mean width."""
    for k, entry in enumerate(design.layout.entries):
        truth = columns["truth"][:, k]
        for method in _having(design, columns, "low"):
            low, high = (columns[f"{method}/{end}"][:, :, k] for end in ("low", "high"))
            for j, level in enumerate(LEVELS):
                held, width = covered(truth, low[:, j], high[:, j]), average(high[:, j] - low[:, j])
                row = {"parameter": entry, "method": method, "level": level, "over": held.over}
                yield row | _number("coverage", held) | _number("width", width)


def predictions(design: Design, columns: Columns) -> Iterator[dict[str, Any]]:
    """A row a method: how often its intervals held new outcomes, and its log score.

    `difference` is the log score less the posterior's, over the data sets that have both, and
    where not both are −∞; `tail` is the Pareto-k of the low log scores.
    """
    methods = _having(design, columns, "pit")
    for method in methods:
        score = columns[f"{method}/log_score"]
        row = {"method": method, **_number("log_score", average(score))}
        row["over"] = int((~np.isnan(score)).sum())
        row["impossible"] = int(np.isneginf(score).sum())
        row["tail"] = tail_of(score)
        if REFERENCE in methods and method != REFERENCE:
            with np.errstate(invalid="ignore"):
                paired = score - columns[f"{REFERENCE}/log_score"]
            row |= _number("difference", average(paired))
        for level in LEVELS:
            held = within(columns[f"{method}/pit"], level)
            row |= _number(f"coverage_{100 * level:.0f}", held)
        yield row


def statuses(design: Design, columns: Columns) -> dict[str, dict[str, int]]:
    """By method, how many of its fits ended how, the commonest first."""
    counted = {m: Counter(columns[f"{m}/status"].tolist()) for m in _having(design, columns)}
    return {m: dict(found.most_common()) for m, found in counted.items()}


def calibrations(design: Design, columns: Columns) -> dict[tuple[str, str], Calibration]:
    """By method and entry, how the truth ranks among the draws; nothing where it was held."""
    found = {}
    if design.held is None:
        for method in _having(design, columns, "rank"):
            for k, entry in enumerate(design.layout.entries):
                ranks = columns[f"{method}/rank"][:, k]
                known = ranks[ranks != NO_RANK]
                if len(known):
                    found[method, entry] = calibration(known)
    return found


def _having(design: Design, columns: Columns, what: str = "status") -> list[str]:
    return [method for method in design.methods if f"{method}/{what}" in columns]


def _number(name: str, found: Measured) -> dict[str, float]:
    return {name: found.value, f"{name}_error": found.error}
