"""Learning rates by batch sizes: the same climb once for each pair of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.batches import batches_a_pass
from bayesbench.fit.noise_floor import Parabola
from bayesbench.fit.recipe import Recipe
from bayesbench.fit.stationary import Level, level
from bayesbench.layout import Bound

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from bayesbench.diagnose.finding import Finding

CLOSE = 1.0  # of the total log-likelihood: a place as likely as the maximum but for a factor e
AT_LIMIT = 1e-6  # relative: a rate that is 2/λ_max but for rounding
SETTLED = 100.0  # by what the start's share in the gap must be smaller than the noise's
STILL = 1e-6  # relative: what has not moved by more in a quarter of the run rests
OUTCOMES = (
    *("converged", "noise floor", "climbing", "stuck", "at the limit", "bouncing", "diverged"),
    "interrupted",
)


@dataclass(frozen=True)
class Cell:
    """One run of the grid.

    Attributes
    ----------
    learning_rate : float
    batch_size : int
        n for all rows.
    batching : str
        `reshuffled`, `independent`, or `all rows`.
    log_likelihood : array, shape (steps + 1,)
        The total over all rows before each step, and at the end; NaN where it was not
        computed.
    stop : str
        As in `Run`.
    """

    learning_rate: float
    batch_size: int
    batching: str
    log_likelihood: np.ndarray
    stop: str


@dataclass(frozen=True, repr=False)
class Sweep:
    """The runs of a grid of learning rates and batch sizes, beside the theory.

    All log-likelihoods are totals over all rows, whichever the objective; the learning
    rates are those for the objective. The gap is how far a run is below the maximum.

    Attributes
    ----------
    bound : Bound
    recipe : Recipe
        What the runs have in common.
    cells : tuple of Cell
    maximum : float
        The log-likelihood at the maximum; if none is known, the highest that a run met.
    parabola : Parabola or None
        What the log-likelihood is near its maximum; None if none is known, or if it has
        directions without curvature.
    """

    bound: Bound
    recipe: Recipe
    cells: tuple[Cell, ...]
    maximum: float
    parabola: Parabola | None

    @property
    def plain(self) -> bool:
        """Whether the runs are plain gradient ascent: SGD without anything added."""
        chosen = self.recipe.optimizer
        return chosen.name == "SGD" and not any(chosen.options.values())

    @property
    def has_theory(self) -> bool:
        """Whether they are, and the parabola at the maximum is known."""
        return self.plain and self.parabola is not None

    @property
    def interrupted(self) -> bool:
        """Whether the grid is not complete."""
        return any(cell.stop == "interrupted" for cell in self.cells)

    @property
    def limit(self) -> float:
        """The rate from which on gradient ascent does not converge, 2/λ_max; or NaN."""
        return self.parabola.limit if self.parabola and self.has_theory else np.nan

    def gap(self, cell: Cell) -> np.ndarray:
        """How far below the maximum a cell's run is, step by step; shape (steps + 1,)."""
        return self.maximum - cell.log_likelihood

    def seen(self, cell: Cell, step: Any) -> Any:
        """How many rows a cell's run has seen before a step, or before each of several."""
        n, size = self.bound.n, cell.batch_size
        if cell.batching == "independent":
            return step * size
        passes, place = np.divmod(step, batches_a_pass(size, n))
        return passes * n + place * size

    def theory(self, cell: Cell) -> float:
        """The noise floor that a cell's run should have, in log-likelihood; NaN without theory."""
        if self.parabola is None or not self.has_theory:
            return np.nan
        return self.parabola.floor(cell.learning_rate, cell.batch_size, cell.batching)

    def settled(self, cell: Cell) -> float:
        """From which step on a cell's run has forgotten its start.

        Gradient ascent has when what is left of the first gap is a hundredth of the
        expected floor, and so is what the noise's variance lacks. Where there is no theory,
        it is the second half of the run, if that is stationary.
        """
        gap = self.gap(cell)
        if self.parabola is None or not self.has_theory:
            half = len(gap) / 2
            return half if level(gap, half) else np.inf
        memory, expected = self.parabola.memory(cell.learning_rate), self.theory(cell)
        if not expected > 0:
            return np.inf
        return memory / 2 * float(np.log(SETTLED * max(1.0, gap[0] / expected)))

    def floor(self, cell: Cell) -> Level | None:
        """The mean gap of a cell once its start is forgotten; None if it has not got so far.

        That of reshuffled batches is a mean over whole passes, at least five of them.
        """
        if cell.batching == "all rows" or cell.stop != "step limit":
            return None
        gap, memory = self.gap(cell), 0.0
        if self.parabola is not None and self.has_theory:
            memory = self.parabola.memory(cell.learning_rate) / 2  # of squares
        passes = batches_a_pass(cell.batch_size, self.bound.n)
        return level(
            gap, self.settled(cell), memory, passes if cell.batching == "reshuffled" else 1
        )

    def outcome(self, cell: Cell) -> str:
        """How a cell's run ended, in a word or two: one of `OUTCOMES`.

        A run has diverged if it left the numbers. It has converged if the mean gap of its
        last quarter is at most 1; otherwise it has diverged, too, if its last quarter lies
        below its start and twice as far below the maximum as its second quarter. It bounces
        if its rate is above the limit, or if it goes up and down with all rows; it is stuck
        if it rests.
        """
        if cell.stop in ("diverged", "interrupted"):
            return cell.stop
        if abs(cell.learning_rate / self.limit - 1) <= AT_LIMIT:
            return "at the limit"
        gap = self.gap(cell)
        quarter = max(1, len(gap) // 4)
        second, last = gap[-3 * quarter : -2 * quarter], gap[-quarter:]
        if _mean(last) <= CLOSE:  # first: about a maximum the noise may double a small gap
            return "converged"
        if _mean(last) > max(gap[0], 2 * _mean(second)):
            return "diverged"
        if len(last) > 1 and np.ptp(last) <= STILL * gap[-1]:
            return "stuck"
        if cell.learning_rate > self.limit:
            return "bouncing"
        if self.settled(cell) > len(gap) * 3 / 4:
            return "climbing"
        return "bouncing" if cell.batching == "all rows" else "noise floor"

    def reached(self, cell: Cell) -> int | None:
        """Before which step a cell's run that converged was first within 1 of the maximum.

        One that has its noise floor above that may come there by chance: None.
        """
        near = np.flatnonzero(self.gap(cell) <= CLOSE)
        return int(near[0]) if len(near) and self.outcome(cell) == "converged" else None

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Of each cell."""
        return tuple(self.outcome(cell) for cell in self.cells)

    def table(self) -> pd.DataFrame:
        """A row a cell; see `bayesbench.fit.sweep_tables`."""
        from bayesbench.fit.sweep_tables import table

        return table(self)

    def fastest(self) -> pd.DataFrame:
        """By batching and batch size, the fastest stable rate of the grid beside the limit."""
        from bayesbench.fit.sweep_tables import fastest

        return fastest(self)

    def floors(self, learning_rate: float | None = None) -> pd.DataFrame:
        """The noise floor by batch size, measured and expected, at one learning rate.

        At `learning_rate`, one of the grid's; if none is given, at the stable one where most
        floors could be measured. `scaling` is that of independent draws, (1/k)(1 - k/n).
        """
        from bayesbench.fit.sweep_tables import floors

        return floors(self, learning_rate)

    @cached_property
    def findings(self) -> list[Finding]:
        """What the grid shows of step size and batch size, in sentences with numbers."""
        from bayesbench.diagnose.step_size import look

        return look(self)

    def results(self) -> dict[str, Any]:
        """Everything as plain data: what was asked, the tables, and the findings."""
        from bayesbench.fit.sweep_tables import results

        return results(self)

    def dataset(self) -> xr.Dataset:
        """The numbers of the figure, as a view of a report stores them."""
        from bayesbench.views.sweeps import dataset

        return dataset(self)

    def plot(self) -> list[Axes]:
        """Draw the gap against steps and against rows seen, and the noise floors."""
        from bayesbench.figures.sweep import sweep_axes

        return sweep_axes(self.dataset())

    def __repr__(self) -> str:
        """What was run, in a line."""
        return f"<sweep: {len(self.cells)} runs of {self.recipe.optimizer.name}>"

    def _repr_html_(self) -> str:
        """For notebooks: the table."""
        return str(self.table().to_html(float_format="{:.5g}".format, escape=True))


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.inf
