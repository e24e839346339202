"""What several fits predict of the same new rows, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.predict.identified import NotIdentified, is_open
from bayesbench.predict.prediction import Prediction

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from bayesbench.contrasting import Contrast

NUMBERS = ("mean", "sd", "noise_sd", "parameter_sd", "low", "high")
SHOWN = ("mle", "map", "laplace", "posterior")  # what a figure compares, where it was fitted


@dataclass(frozen=True, repr=False)
class Predictions:
    """Predictions of the same rows by the names of the fits' columns.

    Attributes
    ----------
    by_fit : mapping of Prediction
    why_not : mapping of str
        Of fits that predict nothing, for they have no estimate: how they ended.
    """

    by_fit: Mapping[str, Prediction]
    why_not: Mapping[str, str]

    def __getitem__(self, fit: str) -> Prediction:
        return self.by_fit[fit]

    @property
    def first(self) -> Prediction:
        """One of them, where all are alike: in their rows."""
        return next(iter(self.by_fit.values()))

    def table(self) -> pd.DataFrame:
        """A row for each new row, and beneath it one a fit."""
        import pandas as pd

        tables = {name: each.table() for name, each in self.by_fit.items()}
        made = pd.concat(tables, names=["fit"]).swaplevel()
        return made.sort_index(level="row", sort_remaining=False)

    @cached_property
    def shown(self) -> xr.Dataset:
        """What a figure shows, of so many fits as can be told apart."""
        from bayesbench.predict.shown import predicted

        some = {name: each for name, each in self.by_fit.items() if name in SHOWN}
        return predicted(some or self.by_fit)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw them on one axes: densities or probabilities of one row, bands over several.

        Raises
        ------
        BadInput
            If the outcome is a vector, but for a single row of two components.
        """
        from bayesbench.figures.prediction import plot_predicted
        from bayesbench.figures.style import styled

        with styled():
            return plot_predicted(self.shown, ax)

    def results(self) -> dict[str, Any]:
        """The same as plain data: a record for each new row, and component of the outcome."""
        if not self.by_fit:
            return {"prob": None, "rows": [], "why_not": dict(self.why_not)}
        bound = self.first.rows
        outcome = bound.model.outcome
        names = (outcome,) if isinstance(outcome, str) else outcome
        inputs = {k: v for k, v in bound.table.columns.items() if k not in names}
        # What a fit computes for all its rows, and components, it is asked for once.
        found = {
            fit: {number: getattr(each, number).reshape(bound.n, -1) for number in NUMBERS}
            for fit, each in self.by_fit.items()
        }
        rows = [
            {
                "inputs": {key: _plain(values[row]) for key, values in inputs.items()},
                "outcome": name,
                "fits": {
                    fit: {number: values[row, k] for number, values in each.items()}
                    for fit, each in found.items()
                },
            }
            for row in range(bound.n)
            for k, name in enumerate(names)
        ]
        told = {"prob": self.first.prob, "rows": rows, "why_not": dict(self.why_not)}
        known = {fit: each.known_by for fit, each in self.by_fit.items() if each.known_by}
        return told | ({"known_by": known} if known else {})

    def __repr__(self) -> str:
        """A line a fit."""
        said = [f"  {name}: {each!r}" for name, each in self.by_fit.items()]
        said += [f"  {name}: no prediction ({why})" for name, why in self.why_not.items()]
        return "\n".join(["Predictions", *said])

    def _repr_html_(self) -> str:
        """For notebooks: the table."""
        return self.table().to_html(float_format="{:.5g}".format, escape=True)


def predictions(
    contrast: Contrast,
    inputs: Any = None,
    prob: float = 0.95,
    only: Sequence[str] | None = None,
) -> Predictions:
    """What each fit of a contrast predicts of new rows.

    Parameters
    ----------
    contrast : Contrast
    inputs : DataFrame, dict of arrays, or Data; optional
        The inputs of the new rows; a model without inputs needs none.
    prob : float
        The probability that the intervals hold.
    only : sequence of str, optional
        The names of the columns that are asked; else all.

    Raises
    ------
    BadInput
        If the inputs can't be bound, or `prob` is none.
    """
    fits = {k: fit for k, fit in contrast.points.items() if only is None or k in only}
    found, why_not = dict[str, Prediction](), dict[str, str]()
    for name, fit in fits.items():
        if fit.predicts_from not in ("draws", "estimate") and not is_open(fit):
            why_not[name] = fit.status.name
            continue
        try:
            found[name] = fit.predict(inputs, prob, seed=contrast.seed)
        except NotIdentified as error:
            why_not[name] = f"{fit.status.name}: {error.found}"
    return Predictions(found, why_not)


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, int | float | str | None) else str(plain)  # a date, say
