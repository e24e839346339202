"""Which of two fits predicts better, in sentences that carry their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.scores.paired import where_finite
from bayesbench.scores.words import density, listed, outcomes_said, pm, rows_said, said

if TYPE_CHECKING:
    from bayesbench.scores.judged import Judged
    from bayesbench.scores.paired import Difference
    from bayesbench.scores.record import Scores

RULE = "scores"
MANY = 100  # rows: of fewer a standard error is itself uncertain (Sivula et al. 2020)

Names = tuple[str, str]  # of two fits, or of two models
Both = tuple["Judged", "Judged"]


def compared(scores: Scores) -> Iterator[Finding]:
    """Each fit against the first, by the log score."""
    first = scores.first
    if first is None:
        return
    found = {fit: scores.difference(fit, first) for fit in _others(scores)}
    apart = {fit: each for fit, each in found.items() if each.speaks}
    for fit, each in apart.items():
        better, worse = (fit, first) if each.mean > 0 else (first, fit)
        names, judged = (said(better), said(worse)), (scores.judged[better], scores.judged[worse])
        text = better_than(names, judged, each, density(scores))
        yield Finding(RULE, "info", text, evidence(fit, first, each))
    torn = {fit: each for fit, each in found.items() if each.lower and each.higher}
    for fit, each in torn.items():
        names, judged = (said(fit), said(first)), (scores.judged[fit], scores.judged[first])
        text = undecided(names, judged, each)
        yield Finding(RULE, "warning", text, evidence(fit, first, each))
    alike = {fit: each for fit, each in found.items() if fit not in {*apart, *torn}}
    if alike:
        words = _alike(first, alike)
        widest = max(alike, key=lambda fit: abs(alike[fit].mean))
        yield Finding(RULE, "info", words, evidence(widest, first, alike[widest]))


def _others(scores: Scores) -> list[str]:
    """The fits that are held against the first, on rows that both predict."""
    first = scores.first
    assert first is not None
    others = [fit for fit in scores.judged if fit != first and scores.rows_of(fit)]
    return [fit for fit in others if scores.difference(fit, first).rows]


def better_than(names: Names, judged: Both, each: Difference, zero: str) -> str:
    """That one predicts better than another, and by how much: infinitely, it may be."""
    text = f"{names[0]} predicts better than {names[1]}"
    if np.isfinite(each.mean):
        by = pm(abs(each.mean), each.error)
        return f"{text}: its mean log score is higher by {by} a row ({each.rows:,} rows, paired)."
    rows = np.isneginf(judged[1].log_score) & (judged[0].log_score > -np.inf)
    if rows.any():
        return f"{text}, which gave the {zero} zero to {outcomes_said(rows)} that came true."
    rows = np.isposinf(judged[0].log_score) & (judged[1].log_score < np.inf)
    return f"{text}: it gave an infinite density to {outcomes_said(rows)} that came true."


def undecided(names: Names, judged: Both, each: Difference) -> str:
    """Between two fits of which each is infinitely worse on some rows; and what the others say."""
    (one, other), rest = names, where_finite(*judged)
    text = (
        f"Between {one} and {other} the log score does not decide: it is infinitely worse for "
        f"{one} on {rows_said(each.lower)}, and for {other} on {rows_said(each.higher)}."
    )
    if not rest.rows:
        return text
    on = f"On the other {rows_said(rest.rows)}"
    if rest.mean == 0:
        return f"{text} {on} both have the same."
    side = "higher" if rest.mean > 0 else "lower"
    return f"{text} {on} {one}’s mean is {side} by {pm(abs(rest.mean), rest.error)}."


def _alike(first: str, alike: dict[str, Difference]) -> str:
    names = listed([said(fit) for fit in alike])
    if len(alike) == 1:
        (each,) = alike.values()
        numbers = f"the mean log score differs by {pm(abs(each.mean), each.error)} a row"
    else:
        each = max(alike.values(), key=lambda one: abs(one.mean))
        numbers = f"the mean log scores differ by {pm(abs(each.mean), each.error)} a row at most"
    rows = f"{each.rows:,} row{'s' * (each.rows != 1)}, paired"
    return (
        f"Between {said(first)} and {names} there is no difference to speak of: {numbers} ({rows})."
    )


def by_crps(scores: Scores) -> Iterator[Finding]:
    """Where CRPS tells two fits apart, and the log score does not, or says the contrary.

    Small sums of log scores are not spoken of; CRPS has units, and no such number. So it is
    heard only of many rows, unless it is infinite.
    """
    first = scores.first
    for fit in _others(scores) if first else ():
        log, rank = (scores.difference(fit, str(first), name) for name in ("log_score", "crps"))
        agrees = log.speaks and (log.mean > 0) == (rank.mean < 0)
        heard = rank.speaks and (rank.rows >= MANY or np.isinf(rank.mean))
        if not heard or agrees:
            continue
        better, worse = (fit, str(first)) if rank.mean < 0 else (str(first), fit)
        text = f"By CRPS {said(better)} predicts better than {said(worse)}"
        if np.isinf(rank.mean):
            text += ", of which it is infinite."
        else:
            by = pm(abs(rank.mean), rank.error)
            text += f": it is lower by {by} a row ({rank.rows:,} rows, paired)."
        yield Finding(RULE, "info", text, evidence(fit, str(first), rank))


def evidence(fit: str, first: str, each: Difference) -> dict[str, float | str | int | None]:
    """The numbers of a difference."""
    numbers = {"difference": each.mean, "se": each.se, "mc_error": each.mc_error}
    finite = {name: v if np.isfinite(v) else None for name, v in numbers.items()}
    infinite = {"lower": each.lower, "higher": each.higher} if each.lower or each.higher else {}
    return {"fit": fit, "against": first, **finite, "rows": each.rows, **infinite}
