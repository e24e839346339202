"""The fitted density over the data's histogram."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.held_out import is_example
from bayesbench.layout import Bound
from bayesbench.supports import Support
from bayesbench.views.view import check_single_outcome, grid, heading, thinned

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit

POINTS = 401
DRAWS = 1000  # whose densities are averaged
FITS = ("mle", "map", "posterior")


@dataclass(frozen=True)
class FittedDensity:
    """The density of one outcome without inputs: plugged in, and averaged over the posterior.

    A classmethod `true_density(x)` of the model is drawn too, for the model's own example.

    Parameters
    ----------
    over : pair of float, optional
        The range; if not given, the data's within the support.
    bins : int
        Of the histogram; fewer where the rows are few.
    """

    over: tuple[float, float] | None = None
    bins: int = 30

    def check(self, bound: Bound) -> None:
        """There must be one outcome, and no inputs."""
        check_single_outcome("fitted_density", bound)
        if bound.inputs:
            raise BadInput(
                f"the view fitted_density of {bound.model.__name__}",
                found=f"the inputs {', '.join(bound.inputs)}",
                expected="a model whose rows all have one density",
                remedy="use curve(...)",
            )

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """By fit the density over the grid; the histogram's edges and heights."""
        import xarray as xr

        from bayesbench.predict.mixture import log_density_of
        from bayesbench.predict.predicting import instances

        bound = contrast.bound
        at = self._grid(bound)
        lines, names = {}, []
        for name, fit in contrast.points.items():
            if name not in FITS or not fit.predicts_from:
                continue
            values = instances(fit, last=True)
            kept = thinned(len(next(iter(values.values()))), DRAWS)
            values = {k: v[kept] for k, v in values.items()}
            lines[name] = np.exp(log_density_of(_at(fit, at), values))
            names.append(heading(name, fit))
        if not lines:
            return None
        bins = min(self.bins, max(5, round(2 * bound.n**0.5)))
        heights, edges = np.histogram(bound.outcome, bins=bins, density=True)
        made = xr.Dataset(
            {
                "density": (("fit", "point"), [*lines.values()]),
                "heading": ("fit", names),
                "x": ("point", at),
                "histogram": ("bin", heights),
                "edge": ("edges", edges),
            },
            coords={"fit": list(lines)},
        )
        true = getattr(bound.model, "true_density", None)
        if true is not None and is_example(bound):
            made["true"] = ("point", np.asarray(true(at), dtype=np.float64))
        dotted = " Dotted: the density that the data were drawn from." if "true" in made else ""
        peaks = "; ".join(
            f"{name} is highest at {at[np.nanargmax(line)]:.3g}"
            for name, line in zip(names, lines.values(), strict=True)
        )
        return made.assign_attrs(
            kind="fitted_density",
            title=f"The density of {bound.model.outcome}",
            xlabel=str(bound.model.outcome),
            ylabel="density",
            caption=f"The {bound.n:,} rows as a histogram, and the fitted densities: MLE and MAP "
            f"plugged in, the posterior predictive averaged over draws.{dotted}",
            alt=f"Histogram of {bound.model.outcome} with fitted densities: {peaks}.",
        )

    def _grid(self, bound: Bound) -> np.ndarray:
        at = grid(self.over, bound.outcome, POINTS)
        layout = bound.layout.joint
        support = getattr(layout.model(**layout.start).likelihood(), "support", None)
        if isinstance(support, Support):
            at = np.clip(at, support.lower, support.upper)
            at = np.linspace(at[0], at[-1], POINTS)
        return at


def _at(fit: Fit, at: np.ndarray) -> Any:
    """The fit's model with the grid in place of the data."""
    bound = fit.bound.joint
    return replace(bound, outcome=at, fitted=bound.about)
