"""The words that sentences on scores share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import short
from bayesbench.methods import label
from bayesbench.scores.stored import kind_of

if TYPE_CHECKING:
    from bayesbench.scores.record import Scores

NAMED = 5  # rows, by their numbers


def said(fit: str) -> str:
    """The name of a fit within a sentence."""
    first, comma, scale = label(fit).partition(", ")
    return f"{first} ({scale})" if comma else first


def pm(value: float, error: float) -> str:
    """A number with its error, where that is known."""
    return f"{short(value)} ± {short(error)}" if np.isfinite(error) else short(value)


def listed(names: list[str]) -> str:
    """Several names with commas and an `and`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def density(scores: Scores) -> str:
    """What an outcome is given: a density, or a probability if it is a whole number."""
    return "density" if kind_of(scores.bound) == "continuous" else "probability"


def rows_said(count: int) -> str:
    """So many rows."""
    return f"{count:,} row{'s' * (count != 1)}"


def outcomes_said(rows: np.ndarray) -> str:
    """So many outcomes as there are rows that are marked."""
    count = int(rows.sum())
    return f"{count:,} outcome{'s' * (count != 1)}"


def numbers_said(rows: np.ndarray) -> str:
    """Which rows, counted from one."""
    named = [f"{row + 1:,}" for row in rows.nonzero()[0]]
    left = len(named) - NAMED
    named = [*named[:NAMED], f"{left:,} more"] if left > 1 else named
    return f"row{'s' * (len(named) > 1)} {listed(named)}"
