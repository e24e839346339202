"""A grid of learning rates and batch sizes, run anew for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.recipe import recipe
from bayesbench.layout import Bound

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast
    from bayesbench.fit.sweep import Sweep as Swept

POINTS = 80  # of a curve, evenly spaced in the logarithm of the step
SIZES = 100  # of the curve of the expected noise floor of independent draws
TOLD = ("theory", "stable rate", "noise floor", "reshuffling")  # in the caption
FLOOR = ["floor", "floor_error", "floor_theory"]


@dataclass(frozen=True)
class Sweep:
    """Gradient ascent at each learning rate with each batch size; see `bayesbench.sweep`."""

    learning_rates: Sequence[float]
    batch_sizes: Sequence[int | None] = (None,)
    steps: int = 300
    optimizer: str = "gradient ascent"
    objective: str = "total"

    def check(self, bound: Bound) -> None:
        """Refuse what no run can be asked to do; see `recipe`."""
        for rate in self.learning_rates:
            for size in self._sizes(bound.n):
                recipe(bound.n, self.optimizer, learning_rate=rate, batch_size=size)

    def _sizes(self, n: int) -> list[int | None]:
        """A table of one's own may have fewer rows than the model's example."""
        return [size if size is None else min(size, n) for size in self.batch_sizes]

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """The runs in short, as `dataset` has them."""
        from bayesbench.fit.sweeping import sweep

        bound = contrast.bound
        return dataset(
            sweep(
                bound.model,
                bound.table,
                learning_rates=self.learning_rates,
                batch_sizes=self._sizes(bound.n),
                optimizer=self.optimizer,
                objective=self.objective,
                steps=self.steps,
                seed=contrast.seed,
            )
        )


def dataset(swept: Swept) -> xr.Dataset:
    """What the figure of a sweep draws, by batching, batch size and learning rate.

    `gap` has means over the steps since the point before, so that noise does not hide the
    level. All rows stand for either way of drawing batches.
    """
    import xarray as xr

    n, cells = swept.bound.n, swept.cells
    ways = sorted({cell.batching for cell in cells} - {"all rows"}, reverse=True) or ["all rows"]
    sizes = sorted({cell.batch_size for cell in cells})
    rates = sorted({cell.learning_rate for cell in cells})
    shape = (len(ways), len(sizes), len(rates))
    gap, step, seen = (np.full((*shape, POINTS), np.nan) for _ in range(3))
    outcome = np.full(shape, "interrupted", dtype=object)
    for cell, word in zip(cells, swept.outcomes, strict=True):
        way = slice(None) if cell.batching == "all rows" else ways.index(cell.batching)
        place: Any = (way, sizes.index(cell.batch_size), rates.index(cell.learning_rate))
        at, means = _in_short(swept.gap(cell))
        outcome[place], gap[place], step[place] = word, means, at
        seen[place] = swept.seen(cell, at)
    floors = swept.floors()
    rate = float(floors["learning_rate"].iloc[0]) if len(floors) else np.nan
    level = np.full((3, *shape[:2]), np.nan)
    for _, row in floors.iterrows():
        level[:, ways.index(row["batching"]), sizes.index(row["batch_size"])] = row[FLOOR]
    batch = np.unique(np.geomspace(1, max(n - 1, 1), SIZES).astype(int))
    drawn = np.full(len(batch), np.nan)
    if swept.parabola is not None and swept.has_theory and np.isfinite(rate):
        drawn[:] = [swept.parabola.floor(rate, int(size), "independent") for size in batch]
    grid = ("batching", "batch_size", "learning_rate")
    return xr.Dataset(
        {
            "gap": ((*grid, "at"), gap),
            "step": ((*grid, "at"), step),
            "rows": ((*grid, "at"), seen),
            "outcome": (grid, outcome.astype(str)),
            "independent_theory": ("theory_size", drawn),
        }
        | {name: (grid[:2], level[k]) for k, name in enumerate(FLOOR)},
        coords={"batching": ways, "batch_size": sizes, "learning_rate": rates}
        | {"theory_size": batch},
        attrs={
            "kind": "sweep",
            "title": "Step size and batch size",
            "caption": " ".join(each.message for each in swept.findings if each.rule in TOLD),
            "alt": _alt(swept),
            "limit": swept.limit,
            "floor_rate": rate,
            "rows": n,
        },
    )


def _in_short(gap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some steps, and the mean gap since the one before each; NaN where there are no more."""
    edges = np.unique(np.geomspace(1, max(len(gap) - 1, 1), POINTS).astype(int))
    at, means = (np.full(POINTS, np.nan) for _ in range(2))
    at[: len(edges)] = edges
    for k, (first, last) in enumerate(zip([0, *edges[:-1]], edges, strict=True)):
        part = gap[first + 1 : last + 1]
        known = part[np.isfinite(part)]
        means[k] = known.mean() if len(known) else np.nan
    return at, means


def _alt(swept: Swept) -> str:
    """The outcomes, for those who can't see the figure."""
    words = ", ".join(f"{count} {word}" for word, count in sorted(Counter(swept.outcomes).items()))
    return (
        f"Curves of {len(swept.cells)} runs of {swept.recipe.optimizer.name}, by learning rate "
        f"and batch size: how far below the maximum they are, against steps and against rows "
        f"seen. {words}. Below, the noise floor against the batch size, and the grid of outcomes."
    )
