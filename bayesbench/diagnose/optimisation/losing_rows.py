"""The rows of data that a step took the log-likelihood from, and how small their σ is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.floored import predicted
from bayesbench.diagnose.optimisation.words import figure, percent
from bayesbench.layout import Bound

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded
    from bayesbench.diagnose.optimisation.retaken import Retaken

NAMED, ENOUGH = 5, 0.9  # rows that lost the most; a share of the loss that needs no more of them
SMALL = 0.5  # of the median scale
MOSTLY = 0.8  # of the dips


@dataclass(frozen=True)
class Losers:
    """The rows that lost the most in a step.

    Attributes
    ----------
    rows : array of int, shape (k,)
        The first is the one that lost the most; counted from 0.
    losses : array, shape (k,)
        Of the log-likelihood.
    share : float
        Of all that was lost by rows that lost.
    scale : float or None
        The median of the scales that were predicted for them before the step.
    usual : float or None
        The median of the scales of all rows.
    """

    rows: np.ndarray
    losses: np.ndarray
    share: float
    scale: float | None = None
    usual: float | None = None


def losers(recorded: Recorded, step: Retaken) -> Losers | None:
    """The rows that lost the most; None where a row has no log-likelihood of its own."""
    if recorded.target.rows is None or recorded.fit.bound.model.latents:
        return None
    before, behind = (recorded.target.rows(at) for at in (step.z, step.z + step.taken))
    loss = before - behind
    lost = float(loss[loss > 0].sum())
    if not lost > 0:
        return None
    order = np.argsort(-loss, kind="stable")
    order = order[loss[order] > 0]
    needed = 1 + int(np.searchsorted(np.cumsum(loss[order]), ENOUGH * lost))
    rows = order[: min(NAMED, needed)]
    share = float(loss[rows].sum() / lost)
    at = predicted(recorded, step.z)
    if at is None or np.ptp(at["scale"]) == 0:
        return Losers(rows, loss[rows], share)
    usual = float(np.median(at["scale"]))
    return Losers(rows, loss[rows], share, float(np.median(at["scale"][rows])), usual)


def row_in_words(bound: Bound, row: int) -> str:
    """`row 8 (y = 0.61, x = -1.95)`: counted from 1, with its outcome and its first inputs."""
    columns = {name: v for name, v in bound.columns.items() if v.ndim == 1}
    values = [f"{name} = {figure(float(v[row]))}" for name, v in list(columns.items())[:3]]
    return f"row {row + 1} ({', '.join(values)})"


def _place(small: int, dips: int) -> str:
    """Where the rows lie that lost the most, of so many dips in so many where σ is small."""
    if small == dips:
        return "They lie where σ is small"
    return "Mostly they lie where σ is small" if small >= MOSTLY * dips else "σ does not explain it"


def rows_finding(recorded: Recorded, worst: list[Retaken]) -> Finding | None:
    """Who paid for the first of these steps, and whether in all of them it was where σ is small."""
    found = [each for step in worst if (each := losers(recorded, step)) is not None]
    if not found:
        return None
    bound, first = recorded.fit.bound, found[0]
    named = ", ".join(
        f"{row_in_words(bound, int(row))} with {figure(float(loss))}"
        for row, loss in zip(first.rows, first.losses, strict=True)
    )
    text = (
        f"The rows that lost the most in the worst step of the deepest dip (step "
        f"{worst[0].number:,}) are {named}: {percent(first.share)} of all that rows lost."
    )
    ratios = [each.scale / each.usual for each in found if each.scale and each.usual]
    if ratios and first.scale is not None and first.usual is not None:
        small = sum(ratio < SMALL for ratio in ratios)
        many = small >= MOSTLY * len(ratios)
        text += (
            f" {_place(small, len(ratios))}: the median of their σ was {figure(first.scale)} then, "
            f"and {figure(first.usual)} over all rows; in {small} of {len(ratios)} dips that were "
            "looked at, the rows that lost the most have less than half of the median σ."
        )
        if many:
            text += (
                " A residual counts in units of σ: where that is small, a step that moves μ by "
                "little costs much."
            )
    evidence = {
        "step": worst[0].number,
        "rows": first.rows.tolist(),
        "losses": first.losses.tolist(),
        "share": first.share,
        "scale_ratios": ratios,
    }
    return Finding("dips", "info", text, evidence)
