"""What scores tell, in sentences that carry their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding, short
from bayesbench.methods import label
from bayesbench.scores.coverage import covered
from bayesbench.scores.loo import RELIABLE

if TYPE_CHECKING:
    from bayesbench.scores.paired import Difference
    from bayesbench.scores.record import Scores

RULE, SHARED = "scores", "scores: shared"
WIDE = 0.95  # the interval of which the sentences speak
LEAST = 1e-4  # probabilities below it are not told apart
RARE = 0.01  # the probability of as few hits by chance that a coverage must be below


def findings(scores: Scores) -> list[Finding]:
    """The comparison of the fits first, then what is to be known of it."""
    return [*_missing(scores), *_compared(scores), *findings_within(scores, _missing)]


def findings_within(
    scores: Scores, told: Callable[[Scores], Iterator[Finding]] | None = None
) -> list[Finding]:
    """What is to be known of the scores beside which is better, but for what is told already."""
    rules = (_missing, _impossible, _coverage, _stopped, _loo, _shared)
    return [finding for rule in rules if rule is not told for finding in rule(scores)]


def _compared(scores: Scores) -> Iterator[Finding]:
    first = scores.first
    if first is None:
        return
    others = [fit for fit in scores.judged if fit != first and scores.rows_of(fit)]
    found = {fit: scores.difference(fit, first) for fit in others}
    apart = {fit: each for fit, each in found.items() if each.speaks}
    for fit, each in apart.items():
        yield Finding(RULE, "info", _apart(fit, first, each), evidence(fit, first, each))
    alike = {fit: each for fit, each in found.items() if fit not in apart}
    if alike:
        words = _alike(first, alike)
        widest = max(alike, key=lambda fit: abs(alike[fit].mean))
        yield Finding(RULE, "info", words, evidence(widest, first, alike[widest]))


def _apart(fit: str, first: str, each: Difference) -> str:
    better, worse = (fit, first) if each.mean > 0 else (first, fit)
    if np.isinf(each.mean):
        return (
            f"{said(better)} predicts better than {said(worse)}, which held outcomes impossible "
            "that came true."
        )
    return (
        f"{said(better)} predicts better than {said(worse)}: its mean log score is higher by "
        f"{pm(abs(each.mean), each.error)} a row ({each.rows:,} rows, paired)."
    )


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


def said(fit: str) -> str:
    """The name of a fit within a sentence."""
    first, comma, scale = label(fit).partition(", ")
    return f"{first} ({scale})" if comma else first


def pm(value: float, error: float) -> str:
    """A number with its error, where that is known."""
    return f"{short(value)} ± {short(error)}" if np.isfinite(error) else short(value)


def listed(names: list[str]) -> str:
    """Several names with commas and an `and`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def evidence(fit: str, first: str, each: Difference) -> dict[str, float | str | int | None]:
    """The numbers of a difference."""
    numbers = {"difference": each.mean, "se": each.se, "mc_error": each.mc_error}
    finite = {name: v if np.isfinite(v) else None for name, v in numbers.items()}
    return {"fit": fit, "against": first, **finite, "rows": each.rows}


def _impossible(scores: Scores) -> Iterator[Finding]:
    """Fits that gave what came true the probability zero: their log score is minus infinity."""
    for fit, each in scores.judged.items():
        rows = int(np.sum(np.isneginf(each.log_score)))
        if rows:
            text = (
                f"{said(fit)} gave the probability zero to {rows:,} of {scores.n:,} outcomes that "
                "came true: its log score is minus infinity."
            )
            yield Finding(RULE, "warning", text, {"fit": fit, "rows": rows})


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
