"""How the learning rate changes in the course of a run."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bayesbench.errors import BadInput, nearest

LAST = 1e-3  # of the first rate: where an exponential decay ends

# Each is a function of the part of the run that is done, from 0 to 1, and of the steps done.
SCHEDULES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "constant": lambda part, step: np.ones_like(part),
    "linear": lambda part, step: 1 - part,
    "cosine": lambda part, step: (1 + np.cos(np.pi * part)) / 2,  # Loshchilov and Hutter 2017
    "exponential": lambda part, step: LAST**part,
    "inverse sqrt": lambda part, step: (1 + step) ** -0.5,
    "inverse": lambda part, step: 1 / (1 + step),  # Robbins and Monro 1951
}


def rates(schedule: str | Callable[[int], float], learning_rate: float, steps: int) -> np.ndarray:
    """The learning rate of each step, shape (steps,).

    Parameters
    ----------
    schedule : str or function
        A name, or a function from the number of steps done to a factor.

    Raises
    ------
    BadInput
        If there is no such schedule, or a factor is negative or not a number.
    """
    done = np.arange(steps, dtype=np.float64)
    if callable(schedule):
        factors = np.array([_factor(schedule, step) for step in range(steps)])
    else:
        factors = SCHEDULES[schedule_name(schedule)](done / steps, done)
    return learning_rate * factors


def schedule_name(asked: str) -> str:
    """The name of a schedule; capitals, hyphens and underscores do not matter.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    name = str(asked).replace("_", " ").replace("-", " ").lower()
    if name not in SCHEDULES:
        raise BadInput(
            "schedule",
            found=repr(asked),
            expected="a name, or a function from the steps done to a factor",
            remedy=nearest(name, list(SCHEDULES)),
        )
    return name


def _factor(schedule: Callable[[int], float], step: int) -> float:
    """What the function says of a step."""
    made = schedule(step)
    try:
        factor = float(made)
    except (TypeError, ValueError):
        factor = math.nan
    if 0 <= factor < math.inf:
        return factor
    raise BadInput(
        f"schedule at step {step}",
        found=f"the factor {made!r}",
        expected="a number that is not negative",
        remedy="it multiplies the learning rate",
    )
