"""What scores tell, in sentences that carry their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.scores.coverage import covered
from bayesbench.scores.loo import RELIABLE
from bayesbench.scores.paired_in_words import RULE, by_crps, compared
from bayesbench.scores.words import density, listed, numbers_said, pm, said

if TYPE_CHECKING:
    from bayesbench.scores.record import Scores

SHARED = "scores: shared"
WIDE = 0.95  # the interval of which the sentences speak
LEAST = 1e-4  # probabilities below it are not told apart
RARE = 0.01  # the probability of as few hits by chance that a coverage must be below


def findings(scores: Scores) -> list[Finding]:
    """The comparison of the fits first, then what is to be known of it."""
    first = (*_missing(scores), *compared(scores), *by_crps(scores))
    return [*first, *findings_within(scores, _missing)]


def findings_within(
    scores: Scores, told: Callable[[Scores], Iterator[Finding]] | None = None
) -> list[Finding]:
    """What is to be known of the scores beside which is better, but for what is told already."""
    rules = (_missing, _impossible, _without_bound, _coverage, _stopped, _loo, _shared)
    return [finding for rule in rules if rule is not told for finding in rule(scores)]


def _impossible(scores: Scores) -> Iterator[Finding]:
    """Fits that gave what came true the density zero: their log score is minus infinity."""
    for fit, each in scores.judged.items():
        rows = np.isneginf(each.log_score)
        if rows.any():
            text = (
                f"{said(fit)} gave the {density(scores)} zero to {rows.sum():,} of {scores.n:,} "
                f"outcomes that came true ({numbers_said(rows)}): its log score is minus infinity."
            )
            yield Finding(RULE, "warning", text, {"fit": fit, "rows": int(rows.sum())})


def _without_bound(scores: Scores) -> Iterator[Finding]:
    """Fits with an infinite density where an outcome lies, or with tails that have no CRPS."""
    for fit, each in scores.judged.items():
        dense, heavy = np.isposinf(each.log_score), np.isposinf(each.crps)
        if dense.any():
            text = (
                f"{said(fit)} gave an infinite density to {dense.sum():,} of {scores.n:,} outcomes "
                f"({numbers_said(dense)}), which scores more than any prediction deserves."
            )
            yield Finding(RULE, "warning", text, {"fit": fit, "rows": int(dense.sum())})
        if heavy.any():
            text = (
                f"{said(fit)}’s CRPS of {heavy.sum():,} of {scores.n:,} rows is infinite: the "
                "tails of its predictions fall too slowly."
            )
            yield Finding(RULE, "warning", text, {"fit": fit, "rows": int(heavy.sum())})


def _coverage(scores: Scores) -> Iterator[Finding]:
    """Fits whose 95% intervals hold fewer of the outcomes than chance allows.

    By the binomial tail; the components of a vector outcome may hit together, so that it has none.
    """
    from scipy.special import bdtr

    for fit, each in scores.judged.items():
        inside = covered(each.below, each.upto, WIDE)
        inside = inside[~np.isnan(inside)]
        if each.upto.ndim > 1 or not len(inside):
            continue
        share, chance = inside.mean(), float(bdtr(inside.sum(), len(inside), WIDE))
        if chance < RARE:
            by_chance = f"{chance:.2g}" if chance >= LEAST else f"below {LEAST:g}"
            text = (
                f"{said(fit)} is overconfident: its {WIDE:.0%} intervals hold {share:.1%} of "
                f"{len(inside):,} outcomes (so few by chance: probability {by_chance})."
            )
            numbers = {"fit": fit, "coverage": share, "probability": chance}
            yield Finding(RULE, "warning", text, numbers)


def _missing(scores: Scores) -> Iterator[Finding]:
    """Fits that failed, and what that did to the scores."""
    for fit in scores.judged:
        failed, rows = scores.failed(fit), scores.n - scores.rows_of(fit)
        if not failed:
            continue
        names = [status.name for status in scores.ended[fit] if not status.converged]
        how = listed([f"{name} {names.count(name)}×" for name in dict.fromkeys(names)])
        where = f"in {failed} of {scores.folds} folds" if scores.folds else "on all its rows"
        left = f"; {rows:,} of {scores.n:,} rows have no score by it" if rows else ""
        text = f"{said(fit)} was not found {where} ({how if scores.folds else names[0]}){left}."
        yield Finding(RULE, "warning", text, {"fit": fit, "failed": failed, "rows": rows})


def _stopped(scores: Scores) -> Iterator[Finding]:
    """Rows that are predicted from where a search stopped."""
    for fit, each in scores.judged.items():
        rows = int((each.at == "last").sum())
        if rows:
            text = (
                f"{said(fit)}’s score of {rows:,} of {scores.n:,} rows is that of the place where "
                "its search stopped, which is no estimate."
            )
            yield Finding(RULE, "warning", text, {"fit": fit, "rows": rows})


def _loo(scores: Scores) -> Iterator[Finding]:
    found = scores.loo
    if found is None:
        return
    n, worst = len(found.log_score), float(np.max(found.pareto_k))
    evidence = {"elpd": found.elpd, "se": found.se, "pareto_k": worst, "rows": found.unreliable}
    text = (
        f"Leaving out a row at a time, by PSIS-LOO, the posterior’s mean log score is "
        f"{pm(found.elpd / n, found.se / n)}; Pareto’s k is {worst:.2g} at most."
    )
    if not found.unreliable:
        yield Finding(RULE, "info", text, evidence)
        return
    rows = f"{found.unreliable:,} of {n:,} rows"
    remedy = f"It is above {RELIABLE} for {rows}, where PSIS-LOO can’t be relied on: see the folds."
    yield Finding(RULE, "warning", text, evidence, remedy)


def _shared(scores: Scores) -> Iterator[Finding]:
    if scores.folds:
        text = (
            "Rows in different folds are predicted by fits that share most of their data: the "
            "standard errors take the rows for independent, and may be too small (Bengio and "
            "Grandvalet 2004)."
        )
        yield Finding(SHARED, "info", text, {"folds": scores.folds})
