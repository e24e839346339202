"""The fitted curve with its band, by each way of fitting, over one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.binding import at_start
from bayesbench.errors import BadInput, nearest
from bayesbench.held_out import is_example
from bayesbench.layout import Bound
from bayesbench.supports import zero_or_one
from bayesbench.views.standing import along, running_columns, standing_in_words
from bayesbench.views.view import check_single_outcome, grid, heading, thinned

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast
    from bayesbench.predict.prediction import Prediction

POINTS = 201
PROB = 0.95
FITS = ("mle", "map", "posterior")
OUTCOMES = (
    "The mean and the band that holds 95% of new observations. MLE and MAP plug one instance in; "
    "the posterior predictive averages over the draws, so that its band has the uncertainty of "
    "the curve in it."
)
CHANCES = (
    "The probability of a 1. MLE and MAP plug one instance in; the posterior predictive averages "
    "over the draws, of which the band holds 95%: a probability is all that there is to know of "
    "an outcome of 0 or 1."
)


@dataclass(frozen=True)
class Curve:
    """Mean and 95% band over an input: plugged in for MLE and MAP, averaged for the posterior.

    Parameters
    ----------
    input : str
        A column that the likelihood reads, or a formula; of a block of columns its own name
        means the first. The other columns stand at their means, categories at the most frequent.
    over : pair of float, optional
        The range; if not given, the data's.
    truth : str, optional
        The name of a classmethod of the model that gives the true (mean, sd) of the outcome
        for the inputs of `likelihood`, by name. It is drawn for the model's own example.
    points : int
        How many points the curve has.
    """

    input: str
    over: tuple[float, float] | None = None
    truth: str | None = None
    points: int = POINTS

    def check(self, bound: Bound) -> None:
        """The input must be one of numbers, and the outcome one column."""
        check_single_outcome("curve", bound)
        place = f"the view curve of {bound.model.__name__}"
        known = [name for name in _places(bound) if name != self.input]
        if column_of(bound, self.input) is None:
            raise BadInput(
                place,
                found=f"no input '{self.input}'",
                expected="an input of numbers that the likelihood reads",
                remedy=nearest(self.input, known),
            )
        if self.truth is not None and not hasattr(bound.model, self.truth):
            raise BadInput(
                place,
                found=f"no method '{self.truth}'",
                expected="a classmethod that gives the true mean and sd",
                remedy="write it, or leave truth out",
            )

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """By fit and point of the grid: mean, low, high; and the rows."""
        import xarray as xr

        bound = contrast.bound
        column = str(column_of(bound, self.input))
        x = _places(bound)[column]
        at = grid(self.over, x, self.points)
        table = along(bound, column, at)
        fits = {k: f for k, f in contrast.points.items() if k in FITS and f.predicts_from}
        if not fits:
            return None
        bands = [_band(fit.predict(table, PROB, last=True)) for fit in fits.values()]
        seen = thinned(bound.n)
        names = [heading(name, fit) for name, fit in fits.items()]
        made = xr.Dataset(
            {
                "mean": (("fit", "point"), [band.mean for band in bands]),
                "low": (("fit", "point"), [band.low for band in bands]),
                "high": (("fit", "point"), [band.high for band in bands]),
                "heading": ("fit", names),
                "x": ("point", at),
                "row_x": ("row", x[seen]),
                "row_y": ("row", bound.outcome[seen]),
            },
            coords={"fit": list(fits)},
        )
        if self.truth is not None and is_example(bound):
            made = made.assign(_truth(bound, self.truth, table))
        few = f" Of {bound.n} rows {len(seen)} are drawn." if len(seen) < bound.n else ""
        true = " Dashed: the truth that the data were drawn from." if "true_mean" in made else ""
        widths = "; ".join(
            f"{name} {float(np.mean(band.high - band.low)):.3g}"
            for name, band in zip(names, bands, strict=True)
        )
        whose = CHANCES if is_chance(bound) else OUTCOMES
        return made.assign_attrs(
            kind="curve",
            title=f"{bound.model.outcome} against {column}: plugged in, and averaged",
            xlabel=column,
            ylabel=str(bound.model.outcome),
            caption=f"{whose}{true}{standing_in_words(bound, column)}{few}",
            alt=f"Mean of {bound.model.outcome} over {column} with 95% bands, a panel a fit; "
            f"average width of the band: {widths}.",
        )


def feature_columns(bound: Bound) -> dict[str, np.ndarray]:
    """The inputs that are numbers, by the name of the column; a block's under its labels."""
    labels, found = dict(bound.layout.labels), dict[str, np.ndarray]()
    for name, values in bound.inputs.items():
        if name in bound.designs:
            continue  # what its columns are made of is not known one by one
        if values.ndim > 1:
            found |= dict(zip(labels[_dims(bound, name)], values.T, strict=True))
        elif values.dtype.kind == "f":
            found[name] = values
    return found


def column_of(bound: Bound, name: str) -> str | None:
    """The column that a view means: its name, or that of a block, whose first one it is."""
    if name in bound.inputs and bound.inputs[name].ndim > 1 and name not in bound.designs:
        return dict(bound.layout.labels)[_dims(bound, name)][0]
    return name if name in _places(bound) else None


def _places(bound: Bound) -> dict[str, np.ndarray]:
    """Where the rows are along each input of numbers, those that a formula reads among them."""
    return feature_columns(bound) | (running_columns(bound) if bound.designs else {})


@dataclass(frozen=True)
class Band:
    """What a panel shows of a fit: the mean of new rows and a band around it, each (n,)."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def is_chance(bound: Bound) -> bool:
    """Whether the outcome is 0 or 1, so that its mean says all of its distribution."""
    return bool(at_start(bound.layout.joint).likelihood(**bound.inputs).support == zero_or_one)


def _band(found: Prediction) -> Band:
    """The central 95% of the outcome; of zeros and ones that of the probability over the draws."""
    from bayesbench.predict.mixture import expected

    if not is_chance(found.rows):
        return Band(found.mean, found.low, found.high)
    chances = expected(found.rows, found.instances)
    low, high = np.quantile(chances, ((1 - PROB) / 2, (1 + PROB) / 2), axis=0)
    return Band(chances.mean(axis=0), low, high)


def inputs_along(bound: Bound, column: str, at: np.ndarray) -> dict[str, Any]:
    """A table in which one column runs and the others stand still."""
    labels = dict(bound.layout.labels)
    table: dict[str, Any] = {
        name: np.full(len(at), values.mean()) for name, values in feature_columns(bound).items()
    }
    for name, values in bound.inputs.items():
        if values.dtype.kind == "i":
            table[name] = np.full(len(at), labels[name][0], dtype=object)
    return table | {column: at}


def _dims(bound: Bound, name: str) -> str:
    from bayesbench.binding import inputs_of

    return inputs_of(bound.model)[name].dims  # type: ignore[union-attr]


def _truth(bound: Bound, method: str, table: dict[str, Any]) -> dict[str, Any]:
    from scipy.special import ndtri

    from bayesbench.predict.new_rows import bind_rows

    mean, sd = getattr(bound.model, method)(**bind_rows(bound, table, outcome=False).inputs)
    half = ndtri((1 + PROB) / 2) * sd
    lines = {"true_mean": mean, "true_low": mean - half, "true_high": mean + half}
    shape = np.shape(next(iter(table.values())))
    return {name: ("point", np.broadcast_to(line, shape)) for name, line in lines.items()}
