"""How far a fit is from the posterior, in words that carry the numbers."""

from __future__ import annotations

from bayesbench.diagnose.finding import short
from bayesbench.verdict.distance import Distance, Gap

NAMES = {"mle": "the MLE", "map": "the MAP", "laplace": "Laplace"}
PREDICTED = ("held", "spread")  # what another sentence tells of at length
ALL = 0.9999  # an interval of whole numbers that leaves nothing out


def reason(found: Distance) -> str:
    """By which number a fit differs most from the posterior, its predictive spread last."""
    beyond = {name: gap for name, gap in found.gaps.items() if gap.size > 1}
    if found.close:
        return _misshapen(found) if found.misshapen else _of_spread_alone(found)
    if not beyond:
        return "has no estimate"
    first = {name: gap for name, gap in beyond.items() if name not in PREDICTED} or beyond
    name, gap = max(first.items(), key=lambda item: item[1].size)
    return WORDS[name](gap)


def agreement(found: Distance) -> str:
    """How close the two are, by each number."""
    said = []
    if found.shift:
        size = f"{abs(found.shift.value):.2g} posterior standard deviations"
        said.append(f"its estimates are within {size} of the mean ({found.shift.where})")
    if found.width:
        off = abs(found.width.value - 1)
        said.append(f"their uncertainty within {off:.2g} of the posterior's ({found.width.where})")
    if found.held and found.held.against < ALL:
        said.append(
            f"its interval of {percent(found.held.against)} for new rows {_held_by(found.held)}"
        )
    elif found.spread:
        said.append(f"the predictive sd is {found.spread.value:.3f} times the posterior's")
    if found.event:
        apart = abs(found.event.value - found.event.against)
        said.append(f"the probabilities of events are within {apart:.2g} (“{found.event.where}”)")
    text = listed(said)
    return text[:1].upper() + text[1:]


def percent(number: float) -> str:
    """A probability as a percentage, with a decimal where it has one."""
    return f"{number:.1%}".replace(".0%", "%")


def listed(words: list[str]) -> str:
    """Words with commas, and an `and` before the last."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _misshapen(found: Distance) -> str:
    return (
        "is close by its numbers, and yet its draws have another shape than the posterior's "
        f"(Pareto's k is {found.pareto_k:.3g}, {found.light})"
    )


def _of_spread_alone(found: Distance) -> str:
    assert found.spread is not None
    return (
        f"is known to predict with {found.spread.value:.3f} times the posterior's standard "
        "deviation, which is too little to go by"
    )


def _shift(gap: Gap) -> str:
    side = "above" if gap.value > 0 else "below"
    return f"puts {gap.where} {abs(gap.value):.2g} posterior standard deviations {side} the mean"


def _width(gap: Gap) -> str:
    return f"has {gap.value:.2f} times the posterior's uncertainty of {gap.where}"


def _held(gap: Gap) -> str:
    how = "surely" if gap.value < gap.against else "cautiously"
    return f"predicts too {how} (its interval of {percent(gap.against)} {_held_by(gap)})"


def _held_by(gap: Gap) -> str:
    return f"holds {percent(gap.value)} under the posterior predictive"


def _spread(gap: Gap) -> str:
    return f"predicts with {gap.value:.2f} times the posterior's standard deviation"


def _event(gap: Gap) -> str:
    return f"gives “{gap.where}” {short(gap.value)} in place of {short(gap.against)}"


WORDS = {"shift": _shift, "width": _width, "held": _held, "spread": _spread, "event": _event}
