"""Many data sets of one shape, so that one compiled program fits them all.

Data sets of unequal length have the shape of the longest: a row has a weight, and one of
weight 0 counts nothing. It holds a copy of a row that counts, so that whatever can be computed
of the data set can be computed of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.binding import at_start, bind
from bayesbench.data import Data
from bayesbench.energy import EnergyBased
from bayesbench.errors import BadInput
from bayesbench.layout import Bound, Layout
from bayesbench.model import Model


@dataclass(frozen=True)
class Batch:
    """Data sets of one model, behind one leading axis.

    Attributes
    ----------
    layout : Layout
        Of every data set: shapes, labels and levels are the same.
    inputs : mapping of arrays
        By name, each (datasets, n) or (datasets, n, k).
    outcome : array, shape (datasets, n) or (datasets, n, k)
    weights : array, shape (datasets, n)
        1 for the rows that count, 0 for the others.
    """

    layout: Layout
    inputs: Mapping[str, np.ndarray]
    outcome: np.ndarray
    weights: np.ndarray

    @property
    def model(self) -> type[Model]:
        """The model's class."""
        return self.layout.model

    @property
    def datasets(self) -> int:
        """How many data sets there are."""
        return len(self.outcome)

    @property
    def rows(self) -> int:
        """The rows of a data set, those without weight included."""
        return self.outcome.shape[1]

    @property
    def n(self) -> np.ndarray:
        """The rows of each data set that count, shape (datasets,)."""
        return self.weights.sum(axis=1).astype(int)

    @property
    def arrays(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Inputs, outcome and weights: what a program is given."""
        return dict(self.inputs), self.outcome, self.weights

    def only(self, which: Any) -> Batch:
        """Some of the data sets, in that order."""
        inputs = {name: values[which] for name, values in self.inputs.items()}
        return Batch(self.layout, inputs, self.outcome[which], self.weights[which])

    def bound(self, which: int) -> Bound:
        """One of the data sets by itself, its rows that count, as a single fit takes it."""
        seen = self.weights[which] > 0
        inputs = {name: values[which][seen] for name, values in self.inputs.items()}
        bound = Bound(self.layout, inputs, self.outcome[which][seen], Data({}))
        return Bound(self.layout, inputs, bound.outcome, Data(bound.columns))


def stacked(
    layout: Layout,
    inputs: Mapping[str, np.ndarray],
    outcome: np.ndarray,
    weights: np.ndarray | None = None,
) -> Batch:
    """A batch of arrays that have a leading axis of data sets already; all rows count if not said.

    Raises
    ------
    BadInput
        If the model is one that can't be fitted in a batch, or a data set has no rows.
    """
    outcome = np.asarray(outcome, dtype=np.float64)
    if weights is None:
        weights = np.ones(outcome.shape[:2])
    weights = np.asarray(weights, dtype=np.float64)
    reason = why_not(layout, {name: values[0] for name, values in inputs.items()})
    if reason:
        raise BadInput(
            f"fits of {layout.model.__name__} in a batch",
            found=reason,
            expected="rows that stand alone, and one hill to climb",
            remedy="fit each data set by itself, with fit_mle, fit_map and fit_posterior",
        )
    empty = np.flatnonzero(~(weights > 0).any(axis=1))
    if len(empty):
        raise BadInput(
            f"data set {empty[0] + 1} of {len(weights)}",
            found="no rows",
            expected="at least one row",
            remedy="leave it out",
        )
    filled = {name: _filled(values, weights) for name, values in inputs.items()}
    return Batch(layout, filled, _filled(outcome, weights), weights)


def batch_of(model: type[Model], tables: Sequence[Any]) -> Batch:
    """A batch of tables, each bound to the model as a single fit would; lengths may differ.

    Raises
    ------
    BadInput
        If one of them can't be bound, or has other labels than the first; and as in `stacked`.
    """
    bounds = [bind(model, table) for table in tables]
    layout = bounds[0].layout
    for k, bound in enumerate(bounds):
        if bound.layout != layout:
            raise BadInput(
                f"data set {k + 1} of {len(bounds)}",
                found=f"the labels {dict(bound.layout.labels)}",
                expected=f"those of the first, {dict(layout.labels)}",
                remedy="give all data sets the same columns and levels",
            )
    longest = max(bound.n for bound in bounds)

    def padded(values: np.ndarray) -> np.ndarray:
        missing = longest - len(values)
        return np.concatenate([values, np.repeat(values[:1], missing, axis=0)])

    inputs = {
        name: np.stack([padded(bound.inputs[name]) for bound in bounds])
        for name in bounds[0].inputs
    }
    outcome = np.stack([padded(bound.outcome) for bound in bounds])
    weights = np.stack([(np.arange(longest) < bound.n).astype(float) for bound in bounds])
    return stacked(layout, inputs, outcome, weights)


def folds_of(bound: Bound, masks: np.ndarray) -> Batch:
    """The same table once for each mask, shape (folds, n), with the rows that count there.

    Raises
    ------
    BadInput
        As in `stacked`.
    """
    weights = np.asarray(masks, dtype=np.float64)

    def repeated(values: np.ndarray) -> np.ndarray:
        return np.broadcast_to(values, (len(weights), *values.shape))

    inputs = {name: repeated(values) for name, values in bound.inputs.items()}
    return stacked(bound.layout, inputs, repeated(bound.outcome), weights)


def why_not(layout: Layout, inputs: Mapping[str, np.ndarray]) -> str:
    """Why a model can't be fitted in a batch; nothing if it can."""
    model = layout.model
    if model.latents:
        return f"groups of rows that share {', '.join(model.latents)}"
    if model.groups:
        return "networks, whose searches are training runs from several starts"
    if (model.starts or 1) > 1:
        return f"a search from {model.starts} starts, for the problem may have several optima"
    with np.errstate(all="ignore"):
        made = at_start(layout).likelihood(**inputs)
    return "an unnormalised density" if isinstance(made, EnergyBased) else ""


def _filled(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The same, with the first row that counts in the place of those that do not."""
    counts = weights > 0
    if counts.all():
        return values
    rows = np.where(counts, np.arange(counts.shape[1]), counts.argmax(axis=1)[:, None])
    return np.take_along_axis(values, rows.reshape(*rows.shape, *[1] * (values.ndim - 2)), axis=1)
