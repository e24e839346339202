"""What a fit predicts of new rows, as one record whatever the fit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.data import Data, as_data
from bayesbench.errors import BadInput
from bayesbench.layout import Bound
from bayesbench.predict.mixture import (
    Instances,
    Moments,
    count_of,
    has_distribution_function,
    is_discrete,
    log_density_of,
    moments,
    probability_below,
    simulated,
)
from bayesbench.predict.new_rows import bind_rows
from bayesbench.predict.quantiles import quantiles

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SIMULATED = 10_000  # draws of a plugged-in distribution


@dataclass(frozen=True, repr=False)
class Prediction:
    """The predictive distribution of each new row: plugged in, or averaged over draws.

    What is computed is computed when it is first asked for. Arrays have the shape (n,), or
    (n, k) of a vector outcome, whose components are then described one by one.

    Attributes
    ----------
    method : str
        Of the fit: `mle`, `map`, `laplace`, `pathfinder` or `posterior`.
    rows : Bound
        The new rows. The outcome that stands in them is none of theirs.
    instances : mapping of arrays
        By parameter and latent, behind one axis: all the draws that are averaged over, or the
        one estimate that is plugged in. An approximation's draws all count the same.
    prob : float
        The probability that the interval from `low` to `high` holds.
    seed : int
        Of `draws`.
    known_by : str
        Why a fit without an estimate predicts these rows all the same; nothing where it has one.
    """

    method: str
    rows: Bound
    instances: Instances
    prob: float = 0.95
    seed: int = 0
    known_by: str = ""

    def __post_init__(self) -> None:
        _check_probs([self.prob])

    @cached_property
    def draws(self) -> np.ndarray:
        """Simulated outcomes, shape (draws, n) or (draws, n, k).

        One of each draw of a posterior, or 10,000 of a point estimate.
        """
        return simulated(self.rows, self.instances, self.seed, SIMULATED)

    @cached_property
    def _moments(self) -> Moments:
        return moments(self.rows, self.instances)

    @property
    def mean(self) -> np.ndarray:
        """The mean; NaN or infinite where the family has none."""
        return self._moments.mean

    @property
    def sd(self) -> np.ndarray:
        """The standard deviation; its square is the sum of those of `noise_sd` and `parameter_sd`.

        By the law of total variance: Var[y] = E[Var[y | θ]] + Var[E[y | θ]].
        """
        noise, parameters = self._moments.noise, self._moments.parameters
        return np.sqrt(np.where(np.isinf(noise), np.inf, noise + parameters))

    @property
    def noise_sd(self) -> np.ndarray:
        """What stays when the parameters are known: the root of the average of Var[y | θ]."""
        return np.sqrt(self._moments.noise)

    @property
    def parameter_sd(self) -> np.ndarray:
        """What comes from not knowing them: the sd of E[y | θ]; zero for a point estimate."""
        return np.sqrt(self._moments.parameters)

    @property
    def why_no_sd(self) -> str:
        """Why some of the standard deviations are no finite numbers; nothing if all are."""
        bad = ~np.isfinite(self.sd)
        if not bad.any():
            return ""
        count = bad.reshape(len(bad), -1).any(axis=1).sum()
        rows = "of no row" if count == len(bad) else f"not of {count:,} of the {len(bad):,} rows"
        return (
            f"{rows} is the standard deviation a finite number: under the parameters the outcome "
            "has no finite variance, or it has none on average; quantiles and intervals exist"
        )

    def quantile(self, probs: float | Sequence[float] | np.ndarray) -> np.ndarray:
        """The values below which the outcome lies with given probabilities.

        They invert the average of the distribution functions, without Monte Carlo error beyond
        that of the draws of the parameters; of an unnormalised density, which knows no such
        function, they are those of `draws`.

        Parameters
        ----------
        probs : float, or sequence of float
            Each between 0 and 1.

        Returns
        -------
        array, shape (n, ...), behind an axis of the probabilities if there are several

        Raises
        ------
        BadInput
            If a probability is none.
        """
        shares = np.asarray(probs, dtype=np.float64)
        _check_probs(shares.ravel())
        if has_distribution_function(self.rows):
            function = partial(probability_below, self.rows, self.instances)
            whole = is_discrete(self.rows)
            found = quantiles(function, shares.ravel(), self.mean, self.sd, whole)
        else:
            found = np.quantile(self.draws, shares.ravel(), axis=0)
        return found.reshape(shares.shape + found.shape[1:])

    def interval(self, prob: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The ends of the central interval that holds this probability; else `self.prob`."""
        share = self.prob if prob is None else prob
        _check_probs([share])
        low, high = self.quantile([(1 - share) / 2, (1 + share) / 2])
        return low, high

    @cached_property
    def _interval(self) -> tuple[np.ndarray, np.ndarray]:
        return self.interval()

    @property
    def low(self) -> np.ndarray:
        """The lower end of the interval of probability `prob`."""
        return self._interval[0]

    @property
    def high(self) -> np.ndarray:
        """The upper end of the interval of probability `prob`."""
        return self._interval[1]

    def cdf(self, values: Any, *, strict: bool = False) -> np.ndarray:
        """P(Y <= y) of each row, or with `strict` P(Y < y), which differ where Y is discrete.

        Parameters
        ----------
        values : array
            One for each row, (n,) or (n, k); or several for each, behind a further axis.

        Raises
        ------
        BadInput
            If the family knows no distribution function.
        """
        if not has_distribution_function(self.rows):
            raise BadInput(
                f"cdf of {self._words}",
                found="a density without a known distribution function",
                expected="a family whose distribution function is known",
                remedy="compare with the draws: (prediction.draws <= y).mean(axis=0)",
            )
        shape = self.rows.outcome.shape
        given = np.asarray(values, dtype=np.float64)
        wide = np.broadcast_to(given, np.broadcast_shapes(given.shape, shape))
        at = np.ceil(wide) - 1 if strict and is_discrete(self.rows) else wide
        found = probability_below(self.rows, self.instances, at.reshape(-1, *shape))
        return found.reshape(wide.shape)

    def log_density(self, table: Any) -> np.ndarray:
        """The logarithm of the predictive density of what came true, shape (n,).

        Parameters
        ----------
        table : DataFrame, dict of arrays, or Data
            The outcome of each row that is predicted; a vector outcome's density is joint.
            Without inputs all rows are alike, and there may be any number of outcomes.

        Raises
        ------
        BadInput
            If the outcomes can't be bound, or are those of other rows.
        """
        return log_density_of(self._with(as_data(table)), self.instances)

    def _with(self, given: Data) -> Bound:
        """The rows with their outcomes."""
        names = [*self._outcomes]
        own = {k: v for k, v in self.rows.table.columns.items() if k not in names}
        other = [k for k in own if k in given.columns and [*given.columns[k]] != [*own[k]]]
        if other or (own and given.n != self.rows.n):
            differ = f"other values of {other[0]}" if other else f"{given.n:,} rows"
            raise BadInput(
                f"log_density of {self._words}",
                found=differ,
                expected=f"outcomes of the {self.rows.n:,} rows that are predicted",
                remedy="predict those rows: fit.predict(table).log_density(table)",
            )
        seen = {name: given.columns[name] for name in names if name in given.columns}
        return bind_rows(self.rows, Data(own | seen, given.source, given.first_line))

    @property
    def _outcomes(self) -> tuple[str, ...]:
        outcome = self.rows.model.outcome
        return (outcome,) if isinstance(outcome, str) else outcome

    def table(self) -> pd.DataFrame:
        """A row a new row: its inputs, mean, sd with its two parts, and the interval.

        Of a vector outcome the numbers are named by component: `mean[x1]`.
        """
        import pandas as pd

        names = ("mean", "sd", "noise_sd", "parameter_sd", "low", "high")
        columns = {name: getattr(self, name) for name in names}
        if self.rows.outcome.ndim > 1:
            columns = {
                f"{name}[{each}]": values[:, k]
                for k, each in enumerate(self._outcomes)
                for name, values in columns.items()
            }
        inputs = {k: v for k, v in self.rows.table.columns.items() if k not in self._outcomes}
        index = pd.RangeIndex(1, self.rows.n + 1, name="row")
        frames = [pd.DataFrame(part, index=index) for part in (inputs, columns)]
        return pd.concat(frames, axis=1)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the density or probabilities of one row, or the bands over several, on `ax`.

        Raises
        ------
        BadInput
            If the outcome is a vector, but for a single row of two components.
        """
        from bayesbench.figures.prediction import plot_predicted
        from bayesbench.figures.style import styled
        from bayesbench.predict.shown import predicted

        with styled():
            return plot_predicted(predicted({self.method: self}), ax)

    @property
    def _words(self) -> str:
        return f"the prediction of {self.rows.model.__name__} by {self.method}"

    def __repr__(self) -> str:
        """How it was made, and of one row what it says."""
        n, count = self.rows.n, count_of(self.instances)
        how = "plugged in" if count == 1 else f"averaged over {count:,} draws"
        how += f" ({self.known_by})" if self.known_by else ""
        if n > 1 or self.rows.outcome.ndim > 1:
            return f"<{self._words}: {n:,} row{'s' * (n != 1)}, {how}>"
        mean, sd, noise, parameters, low, high = (
            f"{float(getattr(self, name)[0]):.5g}"
            for name in ("mean", "sd", "noise_sd", "parameter_sd", "low", "high")
        )
        return (
            f"<{self._words}, {how}: mean {mean}, sd {sd} (noise {noise}, parameters "
            f"{parameters}), {self.prob:.0%} from {low} to {high}>"
        )

    def _repr_html_(self) -> str:
        """For notebooks: the table, under how it was made, and what it lacks."""
        from html import escape

        said = f"<p>{escape(repr(self).strip('<>'))}</p>"
        why = f"<p>{escape(self.why_no_sd)}</p>" if self.why_no_sd else ""
        return said + self.table().to_html(float_format="{:.5g}".format, escape=True) + why


def _check_probs(probs: Any) -> None:
    for prob in probs:
        if not 0 < prob < 1:
            raise BadInput("prob", found=f"{prob}", expected="between 0 and 1", remedy="try 0.95")
