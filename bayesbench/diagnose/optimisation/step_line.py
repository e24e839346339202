"""The log-likelihood along the line of a step: whether it led up at all, and how far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.optimisation.retaken import Retaken, retake

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

ROUNDING = 1e-9  # of what all the data lost: a batch that gained less has not gained
SHORTEST, HALVINGS = 2.0**-20, 40  # of a step; of an interval


@dataclass(frozen=True)
class StepLine:
    """What a step did to the log-likelihood of all the data, and what a shorter one would do.

    Attributes
    ----------
    step : Retaken
    gain : float
        Of the total log-likelihood.
    slope : float
        The cosine of the angle between step and gradient: above zero the step led up at first.
    safe : float
        The longest part of the step that loses nothing, followed from its beginning.
    plain_gain : float or None
        Of the step without momentum.
    plain_slope : float or None
        Its cosine.
    """

    step: Retaken
    gain: float
    slope: float
    safe: float
    plain_gain: float | None = None
    plain_slope: float | None = None

    @property
    def cause(self) -> str:
        """Why it lost: `batch`, `too long` or `not an ascent`."""
        if self.step.batch_gain is not None and self.step.batch_gain > ROUNDING * abs(self.gain):
            return "batch"
        return "too long" if self.slope > 0 else "not an ascent"


def step_line(recorded: Recorded, number: int) -> StepLine:
    """Take a step of the run again, and look along it."""
    step = retake(recorded, number)
    here, slope = recorded.height(step.z), recorded.gradient(step.z)

    def rise(part: float) -> float:
        return recorded.height(step.z + part * step.taken) - here

    gain, safe = rise(1.0) * recorded.per, longest_safe(rise)
    line = StepLine(step, gain, cosine(slope, step.taken), safe)
    if step.plain is None:
        return line
    plain_gain = (recorded.height(step.z + step.plain) - here) * recorded.per
    return replace(line, plain_gain=plain_gain, plain_slope=cosine(slope, step.plain))


def longest_safe(rise: Callable[[float], float]) -> float:
    """The longest part of a step, at most 1, up to which the objective is no lower than before it.

    Lengths are doubled from 2⁻²⁰ until one loses, and the last interval is halved: a
    quadratic along gradient ascent gives 2/(learning rate · curvature). 0 if even the
    shortest loses.
    """
    safe, part = 0.0, SHORTEST
    while rise(part) >= 0:
        if part >= 1:
            return 1.0
        safe, part = part, min(1.0, 2 * part)
    if safe == 0:
        return 0.0
    for _ in range(HALVINGS):
        middle = (safe + part) / 2
        safe, part = (middle, part) if rise(middle) >= 0 else (safe, middle)
    return safe


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Of the angle between two vectors; 0 if one of them has no length."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0
