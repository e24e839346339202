"""Where plugging in an estimate predicts too surely, or too cautiously, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.verdict.distance import Distance, Gap
from bayesbench.verdict.in_words import NAMES, listed, percent

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

PLUGGED = ("mle", "map")


def say(contrast: Contrast, found: Mapping[str, Distance]) -> list[Finding]:
    """The intervals of the MLE and of the MAP for new rows, under the posterior predictive.

    The rows have the data's own inputs. What their intervals hold is the probability that the
    posterior predictive gives to them, on average over the rows.
    """
    known = [found[name] for name in PLUGGED if name in found and found[name].held]
    apart = [each for each in known if each.held and each.held.size > 1]
    if not apart:
        return []
    sure = [each for each in apart if each.held and each.held.value < each.held.against]
    told = sure or apart
    word = "overconfident" if sure else "too cautious"
    inputs = " at the data's inputs" if contrast.bound.inputs else ""
    text = (
        f"Plugging in is {word}: for new rows{inputs} {listed([_told(each) for each in told])} "
        "under the posterior predictive."
    )
    evidence = {each.fit: each.evidence for each in told}
    return [Finding("overconfidence", "info", text, evidence)]


def _told(each: Distance) -> str:
    held: Gap | None = each.held
    assert held is not None
    claimed, share = percent(held.against), percent(held.value)
    sd = (
        "" if each.spread is None else f" (its sd is {each.spread.value:.2f} times the posterior's)"
    )
    return f"{NAMES[each.fit]}'s interval of {claimed} holds {share}{sd}"
