"""What a search climbs: a slice along one entry, its basins, and where starts end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.density import entry_supports
from bayesbench.describe import name_in_formula
from bayesbench.layout import Bound
from bayesbench.views.slices import log_densities, squared_error
from bayesbench.views.variant_fits import check_variants, mle_of_variant
from bayesbench.views.view import check_entry, check_no_latents, check_single_outcome, place_of

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast
    from bayesbench.fit.basins import Basins
    from bayesbench.fit.record import Fit

POINTS = 2001
STARTS = 20  # of gradient ascent
SHARP = 1e-2  # of the slice's basin: the figure shows no more
WORDS = {"mse": "mean squared error", "log_likelihood": "mean log-likelihood"}


@dataclass(frozen=True)
class Landscape:
    """A slice along one entry, the others at the MLE, with the optima that were found.

    Parameters
    ----------
    entry : str
    over : pair of float
        From where to where.
    variants : tuple of str or None
        A panel each, on the variant's own example; None is the model as declared. If empty,
        the model and the data that were fitted.
    of : {"mse", "log_likelihood"}
        The mean squared error of the predicted means, or the mean log-likelihood of a row.
    """

    entry: str
    over: tuple[float, float]
    variants: tuple[str | None, ...] = ()
    of: str = "mse"

    def __post_init__(self) -> None:
        if self.of not in WORDS:
            raise TypeError(f"landscape(of={self.of!r}): of is 'mse' or 'log_likelihood'.")

    def check(self, bound: Bound) -> None:
        """The entry and the variants must be the model's."""
        check_entry("landscape", bound.layout, self.entry)
        check_variants("landscape", bound.model, self.variants)
        check_single_outcome("landscape", bound)
        if self.of == "mse":
            expected = "means that the parameters alone predict, or of='log_likelihood'"
            check_no_latents("landscape", bound, expected)

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """By panel: the height over the grid, and where the searches ended."""
        import xarray as xr

        at = np.linspace(*self.over, POINTS)
        sign = -1.0 if self.of == "mse" else 1.0
        panels, marks, said, begun = [], [], [], list[tuple[float, ...]]()
        for heading, fit in self._fits(contrast):
            place = place_of(fit)
            if place is None:
                continue
            layout = fit.bound.layout
            entry = layout.entries.index(self.entry)
            others = [optimum.values for optimum in getattr(fit, "optima", ())]
            ended = np.array([layout.join(values) for values in (*others, place.values)])
            centre = layout.join(place.values)
            heights = self._heights(fit.bound, centre, entry, at)
            panels.append((heading, heights))
            inside = ended[(ended[:, entry] >= self.over[0]) & (ended[:, entry] <= self.over[1])]
            own = self._heights(fit.bound, centre, entry, inside[:, entry])
            said.append(
                f"{heading}: {_hills(sign * heights)} on this grid; the searches met "
                f"{max(1, len(others))}, the best at {centre[entry]:.4g}"
            )
            seen = self._basins(fit)
            if seen is not None:
                said[-1] += _in_short(seen)
                begun += [(len(panels) - 1, *row) for row in _paths(seen)]
            marks += [(len(panels) - 1, *pair) for pair in zip(inside[:, entry], own, strict=True)]
        if not panels:
            return None
        symbol, words = name_in_formula(self.entry), WORDS[self.of]
        found = ". ".join(said)
        return xr.Dataset(
            {
                "height": (("panel", "at"), [heights for _, heights in panels]),
                "heading": ("panel", [name for name, _ in panels]),
                "mark": (("found", "part"), np.reshape(marks, (-1, 3))),
                "path": (("start", "step"), np.reshape(begun, (-1, 4))),
            },
            coords={"at": at},
            attrs={
                "kind": "landscape",
                "title": f"The {words} along {symbol}",
                "xlabel": symbol,
                "ylabel": words,
                "caption": f"The {words} along {symbol}, at {POINTS:,} points, the other "
                f"parameters at the MLE. Marked: where the searches ended. Below, lines lead "
                f"from where gradient ascent in all parameters began to where it ended. {found}.",
                "alt": f"The {words} over {symbol} from {self.over[0]:g} to {self.over[1]:g}. "
                f"{found}.",
            },
        )

    def _fits(self, contrast: Contrast) -> list[tuple[str, Fit]]:
        if not self.variants:
            return [(f"{contrast.bound.n} rows", contrast.fits["mle"])]
        return [(name or "as declared", mle_of_variant(contrast, name)) for name in self.variants]

    def _basins(self, fit: Fit) -> Basins | None:
        """The basins along the entry, where there is an estimate inside of the support."""
        from bayesbench.fit.looking_along import basins_of
        from bayesbench.fit.search import is_large

        layout = fit.bound.layout
        support = entry_supports(layout, priors=False)[layout.entries.index(self.entry)]
        inside = support.lower < self.over[0] and self.over[1] < support.upper
        if fit.status.name != "converged" or is_large(layout) or not inside:
            return None
        return basins_of(fit, self.entry, self.over, starts=STARTS, sharp=SHARP)

    def _heights(self, bound: Bound, centre: np.ndarray, entry: int, at: np.ndarray) -> np.ndarray:
        if not len(at):
            return np.zeros(0)
        points = np.broadcast_to(centre, (len(at), len(centre))).copy()
        points[:, entry] = at
        if self.of == "mse":
            return squared_error(bound, points)
        return log_densities(bound, points)[0] / bound.n


def _paths(seen: Basins) -> list[tuple[float, float, float]]:
    """Of each start, where it began, where it ended, and whether at the highest optimum."""
    ended = seen.ends[:, seen.place]
    there = seen.arrived & (np.abs(ended - seen.best[seen.place]) < 1e-4)
    return list(zip(seen.starts, ended, there.astype(float), strict=True))


def _in_short(seen: Basins) -> str:
    """The basin of the highest optimum, and how many of the starts ended there."""
    top, at = seen.highest, f"{seen.best[seen.place]:.4g}"
    said = ""
    if top is not None:
        said = (
            f"; on the slice the basin of {at} reaches from {top.lower:.4g} to {top.upper:.4g}, "
            f"{top.width / (seen.over[1] - seen.over[0]):.2%} of the range"
        )
    if seen.reach is not None:
        low, high = seen.reach
        said += f", and gradient ascent in all parameters ends there from {low:.3g} to {high:.3g}"
    ended = sum(int(there) for *_, there in _paths(seen))
    return said + f" ({ended} of {len(seen.starts)} evenly spaced starts)"


def _hills(heights: np.ndarray) -> str:
    """How many points are higher than both neighbours, in words."""
    inside = heights[1:-1]
    count = int(((inside > heights[:-2]) & (inside >= heights[2:])).sum())
    return f"{count:,} local optim{'um' if count == 1 else 'a'}"
