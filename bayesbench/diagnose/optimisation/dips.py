"""Dips: why the log-likelihood falls below what the run had reached, and what mends it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.drops import NOTABLE, Drop, losing_steps, notable_drops
from bayesbench.diagnose.optimisation.losing_rows import rows_finding
from bayesbench.diagnose.optimisation.remedies import outcome, remedy_in_words, tried
from bayesbench.diagnose.optimisation.step_curvature import curvature_finding
from bayesbench.diagnose.optimisation.step_line import StepLine, step_line
from bayesbench.diagnose.optimisation.words import figure, percent, times

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

LOOKED_AT, NAMED = 12, 3  # of the drops, the deepest; one of them is told in full
LAGS = 2.0  # times what the optimiser remembers of the squared gradient: less is no lag
CAUSES = {
    "too long": "led up at first, but went too far",
    "not an ascent": "did not lead up at all",
    "batch": "raised the log-likelihood of the batch, and lowered that of all the data",
}


def look(recorded: Recorded) -> list[Finding]:
    """Every notable drop, the causes of the deepest, whom they cost, and the remedies tried."""
    heights = recorded.trace["log_likelihood"] * recorded.per
    drops = notable_drops(heights)
    if not drops:
        return [_none(heights)]
    deepest = sorted(drops, key=lambda drop: -drop.depth)[:LOOKED_AT]
    lines = [step_line(recorded, drop.worst_step) for drop in deepest]
    worst = [line.step for line in lines]
    if recorded.fit.status.name == "diverged":  # every row lost, and all curvature is left behind
        return [_seen(recorded, heights, drops, deepest, lines)]
    found = [
        _seen(recorded, heights, drops, deepest, lines),
        rows_finding(recorded, worst),
        curvature_finding(recorded, drops, worst),
    ]
    return [each for each in found if each is not None]


def _none(heights: np.ndarray) -> Finding:
    known = heights[~np.isnan(heights)]
    low = float((np.maximum.accumulate(known) - known).max()) if len(known) else 0.0
    text = (
        f"No dips: the log-likelihood of all the data never falls by more than {NOTABLE:g} below "
        f"the best that it had reached (by {low:.2g} at most)."
    )
    return Finding("dips", "ok", text, {"drops": 0, "deepest": low})


def _seen(
    recorded: Recorded,
    heights: np.ndarray,
    drops: tuple[Drop, ...],
    deepest: list[Drop],
    lines: list[StepLine],
) -> Finding:
    before, after = outcome("as it was", heights), tried(recorded)
    looked = list(zip(deepest, lines, strict=True))
    causes = Counter(line.cause for line in lines)
    sentences = [
        f"The log-likelihood dips: {times(len(drops))} it falls by more than {NOTABLE:g} below the "
        f"best so far, by {figure(before.deepest)} at the deepest "
        f"({figure(before.deepest / recorded.n)} a row), and {losing_steps(heights):,} of "
        f"{len(heights) - 1:,} steps lose more than {NOTABLE:g} by themselves.",
        *_in_words(*looked[0]),
        *_counted(causes, deepest),
        *_noise(recorded),
    ]
    behind = float(np.nanmax(heights)) - before.ended
    if behind > NOTABLE:
        sentences.append(f"The run ends {figure(behind)} below the best that it had reached.")
    evidence = {
        "drops": len(drops),
        "deepest": before.deepest,
        "losing_steps": before.losing,
        "causes": dict(causes),
        "looked_at": [_evidence(*pair) for pair in looked],
        "remedies": [asdict(each) for each in (before, *after)],
    }
    severity = "warning" if behind > NOTABLE else "info"
    return Finding("dips", severity, " ".join(sentences), evidence, remedy_in_words(before, after))


def _evidence(drop: Drop, line: StepLine) -> dict[str, Any]:
    seen = {"cause": line.cause, "gain": line.gain, "slope": line.slope, "safe": line.safe}
    without = {"plain_gain": line.plain_gain, "plain_slope": line.plain_slope}
    return (
        asdict(drop) | seen | without | {"lag": line.step.lag, "batch_gain": line.step.batch_gain}
    )


def _in_words(drop: Drop, line: StepLine) -> list[str]:
    """The drop, its worst step and the cause, in two to four sentences."""
    back = (
        "and is not as high again by the end"
        if drop.recovered_at is None
        else f"and is as high again at step {drop.recovered_at:,}"
    )
    safe = (
        f"{percent(line.safe)} of it is the longest that loses nothing"
        if line.safe
        else "even a millionth of it loses"
    )
    seen = {
        "too long": f"{safe}; its cosine with the gradient is {line.slope:.2f}",
        "not an ascent": f"its cosine with the gradient is {line.slope:.2f}",
        "batch": f"the batch, counted for all rows, gained {figure(line.step.batch_gain or 0.0)}",
    }[line.cause]
    return [
        f"At the deepest, from step {drop.step_before:,} to step {drop.lowest:,}, it falls by "
        f"{figure(drop.depth)}, {back}.",
        f"The worst of these steps, step {line.step.number:,}, lost {figure(-line.gain)}: it "
        f"{CAUSES[line.cause]} ({seen}).",
        *_memory(line),
    ]


def _memory(line: StepLine) -> list[str]:
    """What the momentum and the memory of squared gradients have to do with it."""
    said = []
    # The first step has no momentum yet: without it, it is the same.
    other = line.step.plain is not None and not np.allclose(
        line.step.plain, line.step.taken, rtol=1e-6, atol=0
    )
    if other and line.plain_gain is not None and line.plain_slope is not None:
        led = "leads up at first and " if line.plain_slope > 0 else ""
        way = "gains" if line.plain_gain > 0 else "loses"
        verdict = ""
        if line.cause == "not an ascent" and line.plain_slope > 0:
            verdict = ": it is the momentum that led down"
            if line.plain_gain < 0:
                verdict += ", and without it the step is too long"
        elif line.plain_gain < line.gain < 0:
            verdict = ", more than it did: momentum is not the cause"
        said.append(
            f"From there a step without momentum {led}{way} "
            f"{figure(abs(line.plain_gain))}{verdict}."
        )
    if line.step.lag is not None and line.step.lag > LAGS:
        said.append(
            f"The squared gradient there is {figure(line.step.lag)} times what the optimiser "
            "remembers of it: the memory lags, and does not shorten the step enough yet."
        )
    return said


def _counted(causes: Counter[str], deepest: list[Drop]) -> list[str]:
    """The next deepest, and what all that were looked at have in common."""
    others = deepest[1:NAMED]
    if not others:
        return []
    named = " and ".join(f"{figure(d.depth)} (lowest at step {d.lowest:,})" for d in others)
    looked = len(deepest)
    if len(causes) == 1:
        alike = f"the worst step {CAUSES[next(iter(causes))]} in all of the {looked} deepest"
    else:
        parts = [f"{count} {CAUSES[cause]}" for cause, count in causes.most_common()]
        alike = f"of the worst steps of the {looked} deepest, {'; '.join(parts)}"
    return [f"The next fall by {named}; {alike}."]


def _noise(recorded: Recorded) -> list[str]:
    """How far the log-likelihood of a batch is from that of all the data."""
    apart = (recorded.trace["batch_objective"] - recorded.trace["log_likelihood"]) * recorded.per
    known = apart[np.isfinite(apart)]
    if recorded.run.recipe.batch_size is None or len(known) < 2:
        return []
    return [
        f"Each step sees {recorded.run.recipe.batch_size:,} of {recorded.n:,} rows: the total "
        "that a batch stands for differs from that of all the data by "
        f"{figure(float(known.std()))} (standard deviation)."
    ]
