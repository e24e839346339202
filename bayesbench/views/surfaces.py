"""The likelihood or the posterior over two entries of the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.errors import BadInput
from bayesbench.layout import Bound
from bayesbench.methods import label
from bayesbench.views.slices import log_densities
from bayesbench.views.view import check_entry, entries_at, place_of, thinned

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast

POINTS = 81  # along each axis
DRAWS = 400
TAILS, ROOM = (0.001, 0.999), 0.15  # the draws' range with a margin, if no range is given


@dataclass(frozen=True)
class Surface:
    """A surface over two entries, the others held at the estimate, with the fits marked.

    Parameters
    ----------
    x, y : str
        Names of entries: `mean`, or `mu[x1]`.
    over : pair of float, or two pairs, optional
        The range of both axes, or of each; if not given, where the draws lie.
    of : {"posterior", "likelihood"}
    style : {"contours", "heat"}
    """

    x: str
    y: str
    over: tuple[Any, Any] | None = None
    of: str = "posterior"
    style: str = "contours"

    def __post_init__(self) -> None:
        if self.of not in ("posterior", "likelihood") or self.style not in ("contours", "heat"):
            raise TypeError(
                f"surface(of={self.of!r}, style={self.style!r}): of is 'posterior' or "
                "'likelihood', style 'contours' or 'heat'."
            )

    def check(self, bound: Bound) -> None:
        """Both names must be entries, and two of them."""
        for name in (self.x, self.y):
            check_entry("surface", bound.layout, name)
        if self.x == self.y:
            raise BadInput(
                f"the view surface of {bound.model.__name__}",
                found=f"'{self.x}' on both axes",
                expected="two entries",
                remedy="name another one",
            )

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """Log-likelihood and log-posterior on a grid, the estimates, and some of the draws."""
        import xarray as xr

        bound, layout, pair = contrast.bound, contrast.bound.layout, (self.x, self.y)
        centre = self._centre(contrast)
        if centre is None:
            return None
        at = [layout.entries.index(name) for name in pair]
        draws = _draws(contrast, pair)
        x, y = (
            np.linspace(*self._range(k, centre[at[k]], draws[:, k], bound), POINTS) for k in (0, 1)
        )
        flat = np.broadcast_to(centre, (POINTS, POINTS, layout.size)).copy()
        flat[..., at[0]], flat[..., at[1]] = x[None, :], y[:, None]
        likelihood, prior = log_densities(bound, flat)
        marks = {
            name: entries_at(fit, fit.estimate, pair)
            for name, fit in contrast.points.items()
            if fit.estimate is not None and fit.draws is None
        }
        top = likelihood if self.of == "likelihood" else likelihood + prior
        best = np.unravel_index(np.nanargmax(top), top.shape)
        names = [name_in_formula(name) for name in pair]
        held = [name_in_formula(name) for name in layout.named if name not in pair]
        others = f" Held at the estimate: {', '.join(held)}." if held else ""
        shown = draws[thinned(len(draws), DRAWS)]
        dots = f" Dots: {len(shown)} draws of the posterior." if len(shown) else ""
        what = "Contours hold 50%, 90% and 99% of its volume."
        if self.style == "heat":
            what = "Colour: its logarithm, less the highest value."
        marked = "; ".join(f"{label(k)} at ({v[0]:.4g}, {v[1]:.4g})" for k, v in marks.items())
        return xr.Dataset(
            {
                "log_likelihood": (("y", "x"), likelihood),
                "log_posterior": (("y", "x"), likelihood + prior),
                "mark": (("fit", "axis"), np.reshape([*marks.values()], (-1, 2))),
                "draw": (("draws", "axis"), shown),
            },
            coords={"x": x, "y": y, "fit": list(marks)},
            attrs={
                "kind": "surface",
                "title": f"The {self.of} of {names[0]} and {names[1]}",
                "of": self.of,
                "style": self.style,
                "xlabel": names[0],
                "ylabel": names[1],
                "caption": f"The {self.of} over {names[0]} and {names[1]}. {what}{others}{dots}",
                "alt": f"The {self.of} over {names[0]} and {names[1]}: on the grid it is highest "
                f"at ({x[best[1]]:.4g}, {y[best[0]]:.4g}). Marked: {marked or 'nothing'}.",
            },
        )

    def _centre(self, contrast: Contrast) -> np.ndarray | None:
        """Where the other entries are held: the estimate of what is drawn."""
        order = ("mle", "map") if self.of == "likelihood" else ("map", "mle")
        places = [place_of(contrast.fits[name]) for name in order if name in contrast.fits]
        found = next((place for place in places if place is not None), None)
        return None if found is None else contrast.bound.layout.join(found.values)

    def _range(
        self, axis: int, middle: float, draws: np.ndarray, bound: Bound
    ) -> tuple[float, float]:
        """The range that was asked for, else that of the draws, inside of the support."""
        from bayesbench.density import entry_supports

        if self.over is not None:
            return self.over[axis] if np.ndim(self.over[0]) else self.over
        entry = bound.layout.entries.index((self.x, self.y)[axis])
        support = entry_supports(bound.layout, priors=self.of == "posterior")[entry]
        spread = float(draws.std()) if len(draws) else max(1.0, abs(middle))
        low, high = np.quantile(draws, TAILS) if len(draws) else (middle, middle)
        low, high = min(low, middle - spread), max(high, middle + spread)
        low, high = low - ROOM * (high - low), high + ROOM * (high - low)
        edge = 1e-3 * (high - low)  # on an edge itself a density may not be a number
        return max(low, support.lower + edge), min(high, support.upper - edge)


def _draws(contrast: Contrast, names: tuple[str, str]) -> np.ndarray:
    """The posterior's draws of these entries, one a row; none if there are none."""
    posterior = contrast.fits.get("posterior")
    if posterior is None or posterior.draws is None:
        return np.zeros((0, len(names)))
    return entries_at(posterior, posterior.draws, names).reshape(-1, len(names))
