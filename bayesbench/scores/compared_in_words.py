"""What the comparison of models tells, in sentences that carry their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.scores.in_words import SHARED, findings_within
from bayesbench.scores.paired_in_words import better_than, evidence, undecided
from bayesbench.scores.words import density, listed, pm, said

if TYPE_CHECKING:
    from bayesbench.scores.compared import Compared

RULE = "compared"


def findings(compared: Compared) -> list[Finding]:
    """The models against the best of them, what tells them apart by PSIS-LOO, and what is amiss."""
    rules = (_models, _loo, _within)
    return [finding for rule in rules for finding in rule(compared)]


def _models(compared: Compared) -> Iterator[Finding]:
    best = compared.best
    if best is None:
        return
    alike = {}
    for name, each in compared.models.items():
        if name == best[0] or each.first is None:
            continue
        found = compared.difference(best, (name, each.first))
        names = (best[0], name)
        judged = (compared.models[best[0]].judged[best[1]], each.judged[each.first])
        if not found.rows:
            text = f"{best[0]} and {name} are not compared: they predict no row that is the same."
        elif found.lower and found.higher:
            text = undecided(names, judged, found)
        elif found.speaks and found.mean > 0:
            text = better_than(names, judged, found, density(each))
        elif found.speaks:  # on rows that a third model does not predict
            text = better_than(names[::-1], judged[::-1], found, density(each))
        else:
            alike[name] = found
            continue
        text += _by(best[1], each.first)
        yield Finding(RULE, "info", text, evidence(best[0], name, found))
    if alike:
        worst = max(alike, key=lambda name: abs(alike[name].mean))
        most = alike[worst]
        text = (
            f"Between {best[0]} and {listed(list(alike))} there is no difference to speak of: "
            f"the mean log score differs by {pm(abs(most.mean), most.error)} a row"
            f"{' at most' * (len(alike) > 1)} ({most.rows:,} rows, paired)."
        )
        yield Finding(RULE, "info", text, evidence(best[0], worst, most))


def _by(one: str, other: str) -> str:
    """Which fits are compared, if they are not both the posterior."""
    if one != other:
        return f" That is {said(one)} against {said(other)}."
    return "" if one == "posterior" else f" That is by {said(one)}."


def _loo(compared: Compared) -> Iterator[Finding]:
    table = compared.loo()
    if table.empty:
        return
    weights = ", ".join(f"{name} {row['weight']:.2f}" for name, row in table.iterrows())
    text = f"By PSIS-LOO the models have the stacking weights {weights}."
    numbers = {str(name): float(row["weight"]) for name, row in table.iterrows()}
    yield Finding(RULE, "info", text, numbers)


def _within(compared: Compared) -> Iterator[Finding]:
    """What is to be known of each model's scores; what goes for all of them is said once."""
    told: set[str] = set()
    for name, each in compared.models.items():
        for finding in findings_within(each):
            general = finding.rule == SHARED
            text = finding.text if general else f"{name}: {finding.text}"
            if text not in told:
                told.add(text)
                yield Finding(RULE, finding.severity, text, finding.evidence)
