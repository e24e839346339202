"""Divergences: how many transitions ran off, and in which part of the posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesbench.diagnose.finding import Finding, short
from bayesbench.diagnose.sampling.sampled import Sampled

APART = 3.5  # standard deviations of a rank sum: rare among dozens of entries
FAR = 0.2  # of a rank from the middle one, on average: less is no place
CLOSER = 0.95  # the target that is suggested first
PARTS = (1.0, 0.9, 0.5)  # of the divergences; the largest that are at home in a part of the draws
DENSER = 2.0  # times as many of the divergences there as of all draws


@dataclass(frozen=True)
class Place:
    """On which side of which value of an entry divergences lie.

    `of` are so many of them, `share` is the part of all draws that lies there.
    """

    entry: str
    below: bool
    edge: float
    of: int
    share: float


def look(sampled: Sampled) -> list[Finding]:
    """Their number, and the entry whose values at them differ most from the others."""
    diverging = np.asarray(sampled.fit.statistics["diverging"], dtype=bool)
    count, total = int(diverging.sum()), diverging.size
    if not count:
        return []
    target = float(sampled.fit.settings["target_accept"])
    text = (
        f"{count:,} of {total:,} transitions ({count / total:.2%}) diverged: the sampler's steps "
        "were too long for a part of the posterior that bends sharply, and that part is sampled "
        "too little."
    )
    evidence: dict[str, object] = {
        "divergences": count,
        "transitions": total,
        "target_accept": target,
    }
    place = where(sampled.placed, diverging)
    if place is not None:
        side = "below" if place.below else "above"
        whose = f"All of the {count:,}" if place.of == count else f"{place.of:,} of the {count:,}"
        whose = "It has" if count == 1 else f"{whose} have"
        text += (
            f" {whose} {place.entry} {side} {short(place.edge)}, which only {place.share:.0%} of "
            "the draws have."
        )
        evidence |= {
            "parameter": place.entry,
            "side": side,
            "edge": place.edge,
            "share_of_draws": place.share,
        }
    else:
        text += " They lie all over the posterior: no single parameter tells where."
    return [Finding("divergences", "warning", text, evidence, _remedy(target, place))]


def _remedy(target: float, place: Place | None) -> str:
    first = f"Raise target_accept (it was {target:g}; try {max(CLOSER, (1 + target) / 2):g})"
    if place is None:
        return f"{first}; if they stay, write the model in other parameters."
    return (
        f"{first}. If they stay, {place.entry} and what depends on it form a funnel: declare "
        "effects that it scales as a latent(...), which is sampled in units of their spread, or "
        f"keep {place.entry} away from there by its prior."
    )


def where(entries: dict[str, np.ndarray], diverging: np.ndarray) -> Place | None:
    """The entry whose ranks at the divergences are farthest to one side; None if none are.

    The rank sum of Wilcoxon (1945) is counted in its standard deviations, for each entry and
    for its distance from the median: of that divergences in both tails lie above.
    """
    at = np.ravel(diverging)
    count, total = int(at.sum()), at.size
    if count == total:
        return None
    found = []
    for name, values in entries.items():
        flat = np.ravel(values)
        middle = float(np.median(flat))
        found.append((name, flat, _shift(flat, at)))
        away = np.abs(flat - middle)
        # Near the middle is where most draws are: no place.
        found.append((f"|{name} - {short(middle)}|", away, max(0.0, _shift(away, at))))
    if not found:
        return None
    name, values, shift = max(found, key=lambda each: abs(each[2]))
    sd = np.sqrt((1 - count / total) / (12 * count))
    if abs(shift) < max(FAR, APART * sd):
        return None
    below = shift < 0
    inside = np.sort(values[at]) if below else np.sort(values[at])[::-1]
    for part in PARTS:
        edge = float(inside[int(np.ceil(part * count)) - 1])
        there = values <= edge if below else values >= edge
        if there[at].mean() >= DENSER * there.mean():
            return Place(name, below, edge, int(there[at].sum()), float(there.mean()))
    return None


def _shift(values: np.ndarray, at: np.ndarray) -> float:
    """How far the mean rank of some values is from the middle, in parts of all ranks."""
    from scipy.stats import rankdata

    return float((rankdata(values)[at] / (len(values) + 1)).mean() - 0.5)
