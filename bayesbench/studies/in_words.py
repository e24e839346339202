"""What a study found, in sentences: each carries the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.studies.calibration import SIMULATIONS, Calibration
from bayesbench.studies.summary import FOUND

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.studies.record import Study

LABELS = {
    "mle": "MLE",
    "profile": "profile",
    "map": "MAP",
    "laplace": "Laplace",
    "posterior": "posterior",
}
LEVEL = 0.95
INTERVALS = {
    "mle": "the 95% Wald interval of the MLE",
    "profile": "the 95% profile interval",
    "map": "the 95% Wald interval of the MAP",
    "laplace": "the 95% interval of Laplace’s draws",
    "posterior": "the posterior’s 95% interval",
}
PREDICTS = {
    "mle": "the 95% plug-in interval of the MLE",
    "map": "the 95% plug-in interval of the MAP",
    "laplace": "the 95% interval of Laplace’s draws",
    "posterior": "the posterior’s 95% predictive interval",
}
PLUGGED = ("mle", "map")
CLEAR = 3.0  # Monte Carlo errors that a difference must have to be told
HEAVY = 0.7  # Pareto-k, from which on a mean can't be trusted
RARE = 0.01  # of all the rankings of a method together
SHAPES = {
    "narrow": "the draws are too narrow, for the truth lies among their extremes too often",
    "wide": "the draws are too wide, for the truth lies in their middle too often",
    "low": "the draws lie too low",
    "high": "the draws lie too high",
    "": "the draws are not of the posterior",
}


def sentences(study: Study) -> list[str]:
    """What was simulated, what failed, and how often each method was right."""
    return [_asked(study), *_failures(study), *_new(study), *_parameters(study), *_ranks(study)]


def measured(value: float, error: float, scale: float = 1.0, unit: str = "") -> str:
    """A number with its Monte Carlo error, to the digits that the error leaves: 81.5% ± 0.7%."""
    value, error = scale * value, scale * error
    if not isfinite(value) or not isfinite(error) or error <= 0:
        return f"{value:.4g}{unit}".replace("inf", "∞").replace("-", "−")
    first = floor(log10(error))
    digits = max(0, -first + (error < 2 * 10.0**first))
    return f"{value:,.{digits}f}{unit} ± {error:,.{digits}f}{unit}".replace("-", "−")


def percent(value: float, error: float) -> str:
    """A share in percent with its error."""
    return measured(value, error, 100.0, "%")


def _asked(study: Study) -> str:
    design = study.design
    sizes = _listed([f"{n:,}" for n in design.sizes])
    each = " each" if len(design.sizes) > 1 else ""
    rows = "row" if design.sizes == (1,) else "rows"
    return f"{design.datasets:,} data sets of {sizes} {rows}{each}, {design.origin}."


def _failures(study: Study) -> Iterator[str]:
    """Which fits failed, how and on how many data sets; and which have no standard error."""
    lost: dict[str, list[tuple[int, int]]] = {}
    kinds: dict[str, set[str]] = {}
    edge: dict[str, list[tuple[int, int]]] = {}
    for n, by_method in study.statuses.items():
        for method, counted in by_method.items():
            failed = {name: k for name, k in counted.items() if name not in FOUND}
            if failed:
                lost.setdefault(method, []).append((n, sum(failed.values())))
                kinds.setdefault(method, set()).update(failed)
            if method in PLUGGED and "boundary" in counted:
                edge.setdefault(method, []).append((n, counted["boundary"]))
    for methods, counts in _alike(lost):
        how = _listed(sorted({kind for method in methods for kind in kinds[method]}))
        yield (
            f"{_subject(methods)} failed ({how}) on {_counted(counts, study)}: the numbers are "
            "over the others."
        )
    for methods, counts in _alike(edge):
        verb = "lie" if len(methods) > 1 else "lies"
        yield (
            f"{_subject(methods)} {verb} on the boundary in {_counted(counts, study)}, where there "
            "is no standard error: Wald’s intervals are judged over the others."
        )


def _alike(
    found: dict[str, list[tuple[int, int]]],
) -> list[tuple[list[str], list[tuple[int, int]]]]:
    """Methods of which the same is to be said, together."""
    kinds = list(dict.fromkeys(tuple(counts) for counts in found.values()))
    return [([m for m in found if tuple(found[m]) == each], list(each)) for each in kinds]


def _subject(methods: list[str]) -> str:
    words = _listed([_label(method) for method in methods])
    return words[0].upper() + words[1:]


def _counted(counts: list[tuple[int, int]], study: Study) -> str:
    """74 of 1,000 data sets with 5 rows and 14 with 20."""
    (n, first), *others = counts
    text = f"{first:,} of {study.design.datasets:,} data sets with {_rows(n)}"
    return _listed([text, *(f"{k:,} with {n:,}" for n, k in others)])


def _new(study: Study) -> Iterator[str]:
    """Of new outcomes: who covers too few of them or too many, with the fewest and most rows."""
    if not any(f"{m}/pit" in columns for columns in study.columns.values() for m in LABELS):
        return
    found, name = study.predictions(), f"coverage_{100 * LEVEL:.0f}"
    sizes = study.design.sizes
    said = []
    for method in found.index.unique("method"):
        text = f"{PREDICTS[method]} {_holds(found.loc[(sizes[0], method)], name, 'holds ')}"
        if len(sizes) > 1:
            text += f" (with {_rows(sizes[-1])} {_holds(found.loc[(sizes[-1], method)], name)})"
        said.append(text)
    # A share of randomised PIT values is not that of an interval of whole numbers.
    whole = " (randomised between whole numbers)" if _is_whole(study) else ""
    yield f"Of new outcomes{whole}, with {_rows(sizes[0])}, {'; '.join(said)}."
    yield from _scores(study, found)


def _holds(row: pd.Series, name: str, verb: str = "") -> str:
    return f"{verb}{percent(row[name], row[f'{name}_error'])}" if row["over"] else "is none"


def _is_whole(study: Study) -> bool:
    """Whether outcomes are whole numbers."""
    from bayesbench.binding import at_start

    likelihood = at_start(study.design.layout).likelihood(**study.design.rows)
    return bool(getattr(likelihood.support, "whole", False))


def _scores(study: Study, found: pd.DataFrame) -> Iterator[str]:
    """How far the log score of plugging in is below the posterior's; where it is −∞."""
    sizes = study.design.sizes
    never = {
        m: [
            (n, int(found.loc[(n, m), "impossible"]))
            for n in sizes
            if found.loc[(n, m), "impossible"]
        ]
        for m in found.index.unique("method")
    }
    for methods, counts in _alike({m: pairs for m, pairs in never.items() if pairs}):
        yield (
            f"{_subject(methods)} held impossible what came true in {_counted(counts, study)}: "
            "the log score of plugging in is −∞ there."
        )
    if "difference" not in found:
        return
    for method in PLUGGED:
        rows = {n: found.loc[(n, method)] for n in sizes if (n, method) in found.index}
        known = [n for n, row in rows.items() if isfinite(row["difference"])]
        told = [_gap(n, rows[n]) for n in known[:: max(1, len(known) - 1)]]
        if told:
            yield (
                f"Less the posterior’s, the log score of plugging in {_label(method)} is, for each "
                f"outcome, {_listed(told)}."
            )
        heavy = [f"{rows[n]['tail']:.2g} with {_rows(n)}" for n in known if _is_heavy(rows[n])]
        if heavy:
            yield (
                f"A few data sets make that mean of {_label(method)}’s log scores, and its error "
                f"can’t be trusted: Pareto-k is {_listed(heavy)}, and from 1 on there is no "
                "finite mean."
            )


def _gap(n: int, row: pd.Series) -> str:
    gap, error = float(row["difference"]), float(row["difference_error"])
    clear = abs(gap) > CLEAR * error or _is_heavy(row)
    words = "" if clear else ", which is no difference to speak of"
    return f"{measured(gap, error)} with {_rows(n)}{words}"


def _is_heavy(row: pd.Series) -> bool:
    """Whether the mean of the log scores rests on the tail."""
    return bool(row["tail"] > HEAVY)


def _parameters(study: Study) -> Iterator[str]:
    """By method, the parameter whose interval is furthest from its level, if it is clearly off."""
    if not any(f"{m}/low" in columns for columns in study.columns.values() for m in LABELS):
        return
    found = study.coverage().xs(LEVEL, level="level")
    found = found[found["over"] > 0]
    error = np.sqrt(LEVEL * (1 - LEVEL) / found["over"])  # if it holds what it says
    away = (found["coverage"] - LEVEL).abs() / error
    for method in found.index.unique("method"):
        furthest = away.xs(method, level="method")
        those = found.xs(method, level="method")
        subject = INTERVALS[method][0].upper() + INTERVALS[method][1:]
        if furthest.max() <= CLEAR:
            yield f"{subject} shows no departure from what it says: {_held(those)}."
            continue
        n, entry = furthest.idxmax()
        row = those.loc[(n, entry)]
        held = percent(row["coverage"], row["coverage_error"])
        lacking = row["over"] < study.design.datasets
        some = f", of those that have one ({row['over']:,.0f})" if lacking else ""
        most = ", which is the furthest off" if len(those) > 1 else ""
        yield (
            f"{subject} holds the true {name_in_formula(entry)} in {held} of data sets with "
            f"{_rows(n)}{some}{most}."
        )


def _held(those: pd.DataFrame) -> str:
    """How often an interval held the truth, with its error, and in how many data sets."""
    rows = [row for _, row in those.sort_values("coverage").iterrows()]
    shares = [percent(row["coverage"], row["coverage_error"]) for row in rows]
    where = ", over all parameters and sizes" if len(rows) > 1 else ""
    held = f"{shares[0]} to {shares[-1]}" if len(rows) > 1 else shares[0]
    fewest = min(int(row["over"]) for row in rows)
    some = f"{fewest:,} data sets or more" if len({*those["over"]}) > 1 else f"{fewest:,} data sets"
    return f"it holds the truth in {held} of {some}{where}"


def _ranks(study: Study) -> Iterator[str]:
    if study.design.held is not None:
        if {"laplace", "posterior"} & {*study.design.methods}:
            yield (
                "The parameters were held and not drawn from the prior, so that the ranks of the "
                "truth among the draws need not be uniform: there is no calibration by ranks."
            )
        return
    for method in ("posterior", "laplace"):
        of_method = {k: each for k, each in study.calibration.items() if k[1] == method}
        if not of_method:
            continue
        (n, _, entry), least = min(of_method.items(), key=lambda item: item[1].p)
        name = {"posterior": "the posterior’s draws", "laplace": "Laplace’s draws"}[method]
        where = f"{name_in_formula(entry)} with {_rows(n)}"
        count = len(of_method)
        if least.p * count > RARE:
            several = f"the smallest p of {count} is" if count > 1 else "p ="
            fewest = min(len(each.ranks) for each in of_method.values())
            yield (
                f"The truth’s ranks among {name} show no departure from uniform, in {fewest:,} "
                f"data sets: {several} {_p(least)} ({where})."
            )
        else:
            yield (
                f"The truth does not rank uniformly among {name}: for {where} p {_below(least)}; "
                f"{SHAPES[least.shape]}."
            )


def _p(found: Calibration) -> str:
    return f"{found.p:.2g}" if found.p else f"below {1 / SIMULATIONS:g}"


def _below(found: Calibration) -> str:
    return f"= {found.p:.2g}" if found.p else f"< {1 / SIMULATIONS:g}"


def _label(method: str) -> str:
    return {"mle": "the MLE", "map": "the MAP", "profile": "the profile"}.get(
        method, {"laplace": "Laplace", "posterior": "the posterior"}.get(method, method)
    )


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
