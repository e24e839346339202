"""Whether the likelihood is a number at the start, and at draws of the prior."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesbench.checks.points import Points
from bayesbench.checks.record import Finding
from bayesbench.fit.at_draws import pointwise_log_likelihood

RULE = "likelihood"
NAMED = 5  # rows


def look(points: Points) -> Iterator[Finding]:
    """The share of points without a finite density, and the rows that have none there."""
    bound = points.bound
    both = {k: np.concatenate([points.start[k][None], v]) for k, v in points.draws.items()}
    rows = pointwise_log_likelihood(bound, {k: v[None] for k, v in both.items()})[0]
    finite = np.isfinite(rows)
    at_start, at_draws = finite[0].all(), finite[1:].all(axis=1)
    share = float(1 - at_draws.mean())
    where = "draws of the prior" if points.from_prior else "points around the start"
    evidence = {
        "share_not_finite": share,
        "draws": len(at_draws),
        "finite_at_start": bool(at_start),
    }
    if not at_start:
        yield Finding(
            RULE,
            "error",
            f"at the start, in the middle of every support, the log-likelihood of "
            f"{_rows(points, ~finite[0])} is {_value(rows[0], ~finite[0])}.",
            about="likelihood",
            remedy="Check the likelihood for the log or the division of zero, and the scale of the "
            "data; a fit may still begin at start= values.",
            evidence=evidence,
        )
    if share > 0:
        lost = ~finite[1:].all(axis=0)
        nowhere = at_draws.sum() == 0
        yield Finding(
            RULE,
            "error" if nowhere and not at_start else "warning",
            f"at {_percent(share)} of {len(at_draws)} {where} the log-likelihood is not finite: of "
            f"{_rows(points, lost)} it is {_value(rows[1:], ~finite[1:])}.",
            about="likelihood",
            remedy="The data are impossible there, or a number overflows: narrow the prior or the "
            "support, or compute on the logarithmic scale.",
            evidence=evidence,
        )
    if at_start and share == 0:
        message = f"finite at the start and at {len(at_draws)} {where}, in {_count(points)}."
        yield Finding(RULE, "ok", message, about="likelihood", evidence=evidence)


def _percent(share: float) -> str:
    return "all" if share == 1 else f"{share:.1%}"


def _count(points: Points) -> str:
    n, seen = points.bound.table.n, points.bound.n
    return f"all {n:,} rows" if seen == n else f"{seen:,} of {n:,} rows"


def _rows(points: Points, which: np.ndarray) -> str:
    """Rows by their numbers in the table, from 1."""
    numbers = points.rows[which] + 1
    if len(numbers) == len(which):
        return "every row" if len(which) > 1 else "the only row"
    named = ", ".join(map(str, numbers[:NAMED]))
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"row{'s' * (len(numbers) > 1)} {named}{more}"


def _value(rows: np.ndarray, bad: np.ndarray) -> str:
    values = rows[bad]
    kinds = [
        word
        for word, seen in (
            ("no number", np.isnan(values)),
            ("-∞", values == -np.inf),
            ("∞", values == np.inf),
        )
        if seen.any()
    ]
    return " or ".join(kinds)
