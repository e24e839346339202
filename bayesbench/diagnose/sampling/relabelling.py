"""Relabelling: parameters whose chains disagree though what they predict does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.diagnose.sampling.sampled import Sampled, chains_in_words
from bayesbench.fit.chains import R_HAT, r_hat

if TYPE_CHECKING:
    from bayesbench.fit.symmetry import Symmetry

APART = 2.0  # standard deviations within a chain, between chains in different images
THINNED = 250  # draws of a chain by which weights are compared


def look(sampled: Sampled) -> list[Finding]:
    """The symmetries that the chains' disagreement is due to, and those of networks."""
    networks = _networks(sampled) if sampled.fit.bound.model.groups else []
    if told_apart(sampled):
        return [*networks, _prior_differs(sampled, sampled.judged.symmetries)]
    free = [each for each in sampled.judged.symmetries if each.prior_too]
    if free and _agree(sampled, free):
        return [*networks, _relabelled(sampled, free)]
    return networks


def told_apart(sampled: Sampled) -> bool:
    """Whether the chains sit in images that predict the same and that the prior tells apart."""
    found = sampled.judged.symmetries
    if not found or any(each.prior_too for each in found) or not _agree(sampled, found):
        return False
    return _sides(sampled, _worst(sampled, found)).gap > APART


def _agree(sampled: Sampled, found: Sequence[Symmetry]) -> bool:
    """Whether the predictions agree, and what the symmetries leave of the entries they move."""
    names = {name_in_formula(entry) for each in found for entry in each.entries}
    left = np.stack([sampled.entries[name] for name in sorted(names)], axis=-1)
    return sampled.judged.predicted < R_HAT and bool((r_hat(left) < R_HAT).all())


def _worst(sampled: Sampled, found: Sequence[Symmetry]) -> str:
    """The entry whose chains disagree most of those that the symmetries move."""
    return max((e for each in found for e in each.entries), key=sampled.judged.r_hat.__getitem__)


def _relabelled(sampled: Sampled, free: list[Symmetry]) -> Finding:
    judged = sampled.judged
    entry = _worst(sampled, free)
    symbol, changes = name_in_formula(entry), _words(free)
    text = (
        f"Relabelling, and not failure: R-hat of {symbol} is {judged.r_hat[entry]:.2f} but that of "
        f"the predictions {judged.predicted:.3f}. {changes} leave{'s' * (len(free) == 1)} "
        "likelihood and prior as they are, so chains may sit in different images of one "
        f"posterior{_images(sampled, entry)}. What is left of it agrees."
    )
    remedy = f"Read predictions and events, not the mean and sd of {symbol}; " + (
        f"or choose a side: parameter(..., support=positive) for {symbol}."
        if any(each.kind == "sign" and len(each.entries) == 1 for each in free)
        else "or order what can change places by a prior that tells them apart."
    )
    return Finding("relabelling", "info", text, _evidence(sampled, entry), remedy)


def _prior_differs(sampled: Sampled, found: tuple[Symmetry, ...]) -> Finding:
    judged = sampled.judged
    entry = _worst(sampled, found)
    symbol, changes = name_in_formula(entry), _words(found)
    one = len(found) == 1
    text = (
        f"R-hat of {symbol} is {judged.r_hat[entry]:.2f} and that of the predictions "
        f"{judged.predicted:.3f}: {changes} leave{'s' * one} the likelihood as it is, but not the "
        "prior. The chains sit in images that predict the same and are not equally probable"
        f"{_images(sampled, entry, heights=True)}; how many chains sit in each is not its "
        "probability."
    )
    remedy = (
        f"Choose a side for {symbol} by its support, or give a prior that does not tell the images "
        "apart. More draws do not help: chains do not pass from one to the other."
    )
    return Finding("relabelling", "warning", text, _evidence(sampled, entry), remedy)


@dataclass(frozen=True)
class Sides:
    """The chains on either side of the largest gap between their means of an entry."""

    low: list[int]
    high: list[int]
    at: tuple[float, float]
    gap: float  # in standard deviations within a chain


def _sides(sampled: Sampled, entry: str) -> Sides:
    values = sampled.flat[..., sampled.layout.entries.index(entry)]
    means = values.mean(axis=1)
    order = np.argsort(means)
    gaps = np.diff(means[order])
    first = int(np.argmax(gaps)) + 1
    low, high = ([int(chain) for chain in sorted(part)] for part in np.split(order, [first]))
    within = max(float(np.median(values.std(axis=1))), np.finfo(float).tiny)
    at = float(means[low].mean()), float(means[high].mean())
    return Sides(low, high, at, float(gaps.max()) / within)


def _images(sampled: Sampled, entry: str, *, heights: bool = False) -> str:
    """On which two sides the chains sit, if they do, and how high the log-density is there."""
    sides = _sides(sampled, entry)
    if not sides.gap > APART:
        return ""
    low, high = (sampled.log_density[part].mean() for part in (sides.low, sides.high))
    level = "higher" if high >= low else "lower"
    higher = f", where the log-density is {abs(high - low):.2g} {level}" if heights else ""
    return (
        f" ({chains_in_words(sides.low)} at {name_in_formula(entry)} = {short(sides.at[0])}, "
        f"{chains_in_words(sides.high)} at {short(sides.at[1])}{higher})"
    )


def _words(symmetries: Sequence[Symmetry]) -> str:
    from bayesbench.fit.judged import some

    return some([each.words for each in symmetries], "; ")


def _evidence(sampled: Sampled, entry: str) -> dict[str, object]:
    judged = sampled.judged
    return {
        "parameter": entry,
        "r_hat": judged.r_hat[entry],
        "r_hat_of_predictions": judged.predicted,
        "symmetries": [each.words for each in judged.symmetries],
        "prior_too": [each.prior_too for each in judged.symmetries],
    }


def _networks(sampled: Sampled) -> list[Finding]:
    """The largest R-hat of a weight beside that of the predictions, and what was tried."""
    from bayesbench.fit.involutions import hidden_units
    from bayesbench.fit.symmetry import some_points, symmetric  # JAX

    layout, judged = sampled.layout, sampled.judged
    weights = [k for k, name in enumerate(layout.entries) if name not in {*layout.named}]
    thin = sampled.flat[:, :: max(1, sampled.draws // THINNED)][..., weights]
    each = r_hat(thin)
    largest = float(np.max(each, initial=0.0, where=~np.isnan(each)))
    if not judged.predicted < R_HAT <= largest:
        return []
    at = some_points(sampled.flat.reshape(-1, layout.size))
    tried = hidden_units(layout)
    held = [s for s in symmetric(sampled.fit.bound.joint, at, tried) if s.prior_too]
    evidence: dict[str, object] = {
        "r_hat_of_weights": largest,
        "r_hat_of_predictions": judged.predicted,
    }
    said = []
    for kind, words in (("swap", "change places"), ("sign", "turn their signs")):
        count = sum(symmetry.kind == kind for symmetry in held)
        of = sum(("swap" if change.swapped else "sign") == kind for change in tried)
        evidence[kind] = {"held": count, "tried": of}
        said += [f"{words} ({count} of {of} tries)"] if count else []
    why = f" Hidden units can {' and '.join(said)} and nothing else changes." if said else ""
    text = (
        f"Relabelling, and not failure: the largest R-hat of a weight is {largest:.3f} but that of "
        f"the predictions {judged.predicted:.3f}.{why} The chains are judged by what they predict."
    )
    return [Finding("relabelling", "ok", text, evidence)]
