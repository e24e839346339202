"""What each variant of a model makes of its data: the fitted curves in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesbench.layout import Bound
from bayesbench.views.curves import Curve, column_of, feature_columns, inputs_along
from bayesbench.views.slices import squared_error
from bayesbench.views.variant_fits import check_variants, mle_of_variant
from bayesbench.views.view import check_single_outcome, grid, thinned

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast

POINTS = 401


@dataclass(frozen=True)
class VariantsCurve:
    """The maximum-likelihood curve of each variant, with its mean squared error.

    Parameters
    ----------
    input : str
        As in `curve`.
    variants : tuple of str or None
        Which; None is the model as declared. Each is fitted to its own example.
    over : pair of float, optional
        The range; if not given, the data's.
    """

    input: str
    variants: tuple[str | None, ...]
    over: tuple[float, float] | None = None

    def check(self, bound: Bound) -> None:
        """The input and the variants must be the model's."""
        Curve(self.input).check(bound)
        check_variants("variants_curve", bound.model, self.variants)
        check_single_outcome("variants_curve", bound)

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """By variant: the curve over the grid, and the error; the rows of the first one."""
        import xarray as xr

        from bayesbench.predict.predicting import instances

        found = {name: mle_of_variant(contrast, name) for name in self.variants}
        fits = {name: fit for name, fit in found.items() if fit.predicts_from}
        if not fits:
            return None
        first = next(iter(fits.values())).bound
        column = str(column_of(first, self.input))
        at = grid(self.over, feature_columns(first)[column], POINTS)
        curves, errors, headings = [], [], []
        for name, fit in fits.items():
            mean = fit.predict(inputs_along(fit.bound, column, at), last=True).mean
            place = fit.bound.layout.joint.join(instances(fit, last=True))
            curves.append(mean)
            errors.append(float(squared_error(fit.bound.joint, place)[0]))
            ended = "" if fit.converged else f", {fit.status.name}"
            headings.append(f"{name or 'as declared'} (MSE {errors[-1]:.3g}{ended})")
        seen = thinned(first.n)
        return xr.Dataset(
            {
                "mean": (("variant", "point"), curves),
                "mse": ("variant", errors),
                "heading": ("variant", headings),
                "x": ("point", at),
                "row_x": ("row", feature_columns(first)[column][seen]),
                "row_y": ("row", first.outcome[seen]),
            },
            attrs={
                "kind": "variants_curve",
                "title": f"{first.model.outcome} against {column} by each variant",
                "xlabel": column,
                "ylabel": str(first.model.outcome),
                "caption": "The mean that maximum likelihood fits, by variant, through the data "
                "(points); in brackets the mean squared error and, where the search found no "
                "single maximum, how it ended.",
                "alt": f"Fitted curves of {first.model.outcome} over {column} through "
                f"{first.n} points: {'; '.join(headings)}.",
            },
        )
