"""A chain stuck apart: one that never moved, or that sits in another mode than the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesbench.diagnose.finding import Finding, short
from bayesbench.diagnose.sampling.sampled import Sampled, chains_in_words
from bayesbench.fit.chains import R_HAT, r_hat

GAP = 2.0  # standard deviations within chains, between the means of two that stand apart
LOWER = 10.0  # of log-density: a mode so much lower holds next to no mass


@dataclass(frozen=True)
class Modes:
    """The quantity by which the chains fall into groups, the largest of them first."""

    quantity: str
    groups: tuple[tuple[int, ...], ...]
    gap: float  # in standard deviations within chains


def look(sampled: Sampled) -> list[Finding]:
    """The chains that never moved; and of the others those that stand apart."""
    still = np.flatnonzero(np.ptp(sampled.flat, axis=1).max(axis=-1) == 0)
    found = [_never_moved(sampled, [int(chain) for chain in still])] if len(still) else []
    moving = [chain for chain in range(sampled.chains) if chain not in still]
    # A parameter is a better name for a mode than what it predicts.
    predicted = {n: v for n, v in sampled.quantities.items() if n not in sampled.entries}
    for quantities in (sampled.entries, predicted):
        seen = modes(quantities, moving, sampled.log_density)
        if seen is not None:
            return [*found, _apart(sampled, seen, quantities[seen.quantity])]
    return found


def modes(
    quantities: dict[str, np.ndarray], chains: list[int], log_density: np.ndarray
) -> Modes | None:
    """The groups of chains where their means are farthest from each other; None if nowhere.

    A gap counts where the means of neighbours differ by more than two standard deviations
    within a chain and R-hat is large. Of groups of one size the highest is the first.
    """
    best: Modes | None = None
    if len(chains) < 2:
        return None
    for name, values in quantities.items():
        own = values[chains]
        means, within = own.mean(axis=1), float(np.median(own.std(axis=1)))
        order = np.argsort(means)
        gaps = np.diff(means[order]) / within if within > 0 else np.zeros(0)
        if not (gaps > GAP).any() or not float(r_hat(own)) >= R_HAT:
            continue
        parts = np.split(np.array(chains)[order], np.flatnonzero(gaps > GAP) + 1)
        if best is None or gaps.max() > best.gap:
            ordered = sorted(parts, key=lambda each: (-len(each), -log_density[each].mean()))
            groups = tuple(tuple(sorted(map(int, each))) for each in ordered)
            best = Modes(name, groups, float(gaps.max()))
    return best


def _never_moved(sampled: Sampled, chains: list[int]) -> Finding:
    accepted = float(np.asarray(sampled.fit.statistics["accept_prob"])[chains].mean())
    whose = "its" if len(chains) == 1 else "their"
    text = (
        f"{chains_in_words(chains).capitalize()} never moved: all of {whose} {sampled.draws:,} "
        f"steps were refused (mean acceptance probability {accepted:.2g}), so {whose} draws are "
        "one point and not the posterior."
    )
    remedy = (
        "Begin elsewhere (start=) or warm up longer (warmup=). A likelihood that is not finite or "
        "not smooth around the start, and scales far from one, do this."
    )
    evidence = {"chains": [chain + 1 for chain in chains], "accept_prob": accepted}
    return Finding("stuck_chain", "warning", text, evidence, remedy)


def _apart(sampled: Sampled, seen: Modes, values: np.ndarray) -> Finding:
    main, *others = ([*group] for group in seen.groups)
    height = float(sampled.log_density[main].mean())
    lower = [height - float(sampled.log_density[group].mean()) for group in others]
    each = []
    for group, by in zip(others, lower, strict=True):
        verb = "sits" if len(group) == 1 else "sit"
        level = "lower" if by > 0 else "higher"
        each.append(
            f"{chains_in_words(group)} {verb} at {seen.quantity} = {_about(values[group])}, where "
            f"the log-density is {short(abs(by), 1)} {level}"
        )
    those = chains_in_words(main)
    verb = "is" if len(main) == 1 else "are"
    text = f"{'; '.join(each)}; {those} {verb} at {_about(values[main])}."
    left = float(r_hat(values[main])) if len(values[main]) > 1 else np.nan
    them = "it" if sum(map(len, others)) == 1 else "them"
    alone = f" Without {them} R-hat of {seen.quantity} is {left:.3f}." if left == left else ""
    evidence = {
        "quantity": seen.quantity,
        "groups": [[chain + 1 for chain in group] for group in seen.groups],
        "means": [float(values[[*group]].mean()) for group in seen.groups],
        "log_density_lower_by": lower,
        "r_hat_without": left,
    }
    if min(lower) > LOWER:
        meaning = " So low a mode holds next to no mass: it was caught at a local optimum."
        remedy = (
            "Begin at the highest optima (starts = 64 in the class, or start=) and draw again; "
            "do not average over such a chain."
        )
    else:
        meaning = " The heights are comparable, so the posterior may have several modes."
        remedy = (
            "How many chains sit in each is not its share of the posterior. Run more and longer "
            "chains to see whether they pass between them, or say more by the prior."
        )
    message = f"{text[0].upper()}{text[1:]}{alone}{meaning}"
    return Finding("stuck_chain", "warning", message, evidence, remedy)


def _about(values: np.ndarray) -> str:
    return f"{short(float(values.mean()))} ± {short(float(values.std(axis=1).mean()))}"
