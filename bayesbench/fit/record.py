"""The one record that every way of fitting returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.example import EXAMPLE
from bayesbench.fit.run import Run
from bayesbench.fit.starts import Optimum
from bayesbench.layout import Bound
from bayesbench.model import Model

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from bayesbench.diagnose.finding import Finding
    from bayesbench.fit.importance import Importance
    from bayesbench.fit.profile import Profiles
    from bayesbench.predict.prediction import Prediction


@dataclass(frozen=True)
class Status:
    """How a fit ended: a name for programs, a sentence for people.

    The names are `converged`, `boundary` (the maximum lies on the edge of the support),
    `not identified` (other values fit as well), `unbounded` (there is no maximum),
    `stopped early`, `diverged` (a step led out of the numbers), `interrupted` and
    `not converged` (chains that disagree).
    """

    name: str
    sentence: str

    @property
    def converged(self) -> bool:
        """Whether the fit found what it looked for."""
        return self.name in ("converged", "boundary")


@dataclass(frozen=True, repr=False)
class Fit:
    """A fitted model: what was asked, what was found, how it ended and how it got there.

    Attributes
    ----------
    method : str
        `mle`, `map`, `laplace`, `pathfinder` or `posterior`.
    bound : Bound
        The model and the data.
    objective : str
        What was maximised or sampled, in words.
    scale : str
        The scale on which a mode was looked for: `own`, `unconstrained`, or a declared one.
    settings : mapping
        Everything that the answer depends on beside the model and the data.
    status : Status
        How it ended.
    estimate : Model or None
        The one instance that a point estimate found; None if it found none.
    last : Model or None
        Where the search had got to when there is no estimate: never an answer.
    draws : Model or None
        Many instances: each value has two leading axes, (chain, draw).
    standard_errors : mapping of arrays
        By parameter, on its own scale, from the curvature at the estimate; NaN where
        the curvature does not give one.
    importance : Importance or None
        Of draws from an approximation: their weights, what these correct, and how far the
        correction can be relied on.
    effects : mapping of (mean, sd)
        By latent, given the estimate: empirical Bayes. Where they are drawn they are in `draws`.
    null_directions : tuple of str
        Combinations of parameters that nothing informs, in the model's own names.
    null : array, shape (k, size)
        The same as directions on the parameters' own scale, entry by entry.
    trace : DataFrame or None
        A row a step of the search. Of a recorded run it has the log-likelihood of all the
        data before the step (divided by n if the objective is the mean), what the batch
        made of it, the gradient's norm, the length of the step, its learning rate and the
        seconds since the run began.
    run : Run or None
        Of an optimiser that was asked for by name: the recorded run, from all its starts.
    statistics : mapping of arrays
        Of the sampler, each (chain, draw).
    diagnostics : mapping
        Numbers by which the fit is judged.
    beside : mapping of Fit
        By scale, the modes of the same density on other scales.
    optima : tuple of Optimum
        Where a search had several starts: every optimum that one of them ended at, the
        highest first, with its basin's share of the starts.
    lost : int
        How many of the starts ended at no optimum.
    seconds : mapping of float
        Wall time by part.
    """

    method: str
    bound: Bound
    objective: str
    scale: str
    settings: Mapping[str, Any]
    status: Status
    estimate: Model | None = None
    last: Model | None = None
    draws: Model | None = None
    importance: Importance | None = None
    standard_errors: Mapping[str, np.ndarray] = field(default_factory=dict)
    effects: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    null_directions: tuple[str, ...] = ()
    null: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    trace: pd.DataFrame | None = None
    run: Run | None = None
    statistics: Mapping[str, np.ndarray] = field(default_factory=dict)
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Fit] = field(default_factory=dict)
    optima: tuple[Optimum, ...] = ()
    lost: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def findings(self) -> list[Finding]:
        """What can be said of the fit alone.

        Of a recorded run what experiments on it tell of the way; of a sampler's draws whether
        they can be used.
        """
        from bayesbench.diagnose import findings_of

        return findings_of(self)

    @property
    def converged(self) -> bool:
        """Whether the fit found what it looked for."""
        return self.status.converged

    @property
    def found_again(self) -> bool:
        """Whether more than one start ended at the highest of the optima."""
        return bool(self.optima) and self.optima[0].starts > 1

    @property
    def predicts_from(self) -> str | None:
        """What there is to predict with: `draws`, `estimate` or `last`; None if there is nothing.

        Where a search stopped, latents may not be known: then it predicts nothing.
        """
        if self.draws is not None:
            return "draws"
        if self.estimate is not None:
            return "estimate"
        known = self.last is not None and self.bound.model.latents.keys() <= vars(self.last).keys()
        return "last" if known else None

    def __repr__(self) -> str:
        """The instance and how the fit ended, in a line."""
        what = self.estimate if self.draws is None else self.draws
        return f"<{self._heading}: {what or 'no estimate'}; {self.status.sentence}>"

    @property
    def _heading(self) -> str:
        """The method, and of which data where nobody gave any."""
        own = self.bound.table.source == EXAMPLE
        return f"{self.method} of {EXAMPLE}" if own else self.method

    def table(self) -> pd.DataFrame:
        """A row an entry of the parameters, on its own scale.

        Of a point estimate `value` and its standard error `se`; of draws mean, sd, quantiles and
        what the chains tell of them.
        """
        from bayesbench.estimates import estimates

        return estimates(self)

    @property
    def params(self) -> pd.Series:
        """The estimate of each entry, or the mean of its draws, as statsmodels names it."""
        from bayesbench.familiar import params

        return params(self)

    @property
    def bse(self) -> pd.Series:
        """The standard error of each entry, or the standard deviation of its draws."""
        from bayesbench.familiar import bse

        return bse(self)

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """An interval of each entry, on its own scale; its ends in columns 0 and 1.

        Of a point estimate Wald's (1943), the estimate and its standard error times the Normal's
        quantile to either side; of draws their central quantiles.

        Parameters
        ----------
        alpha : float
            What the interval leaves out: 0.05 for 95%.

        Raises
        ------
        BadInput
            If alpha is not between 0 and 1.
        """
        from bayesbench.familiar import conf_int

        return conf_int(self, alpha)

    @property
    def nobs(self) -> int:
        """The number of rows."""
        return self.bound.nobs

    @property
    def llf(self) -> float:
        """The log-likelihood of all rows at a point estimate; NaN if there is none.

        Raises
        ------
        BadInput
            If the fit has draws: then there is one for each draw.
        """
        from bayesbench.familiar import llf

        return llf(self)

    def summary(self) -> pd.DataFrame:
        """The same as `table`."""
        return self.table()

    @property
    def idata(self) -> xr.DataTree:
        """The chains in ArviZ's groups, for its functions: `arviz_stats.loo(fit.idata)`.

        Raises
        ------
        BadInput
            If it is no posterior that was sampled.
        """
        from bayesbench.familiar import idata

        return idata(self)

    def events(self) -> pd.DataFrame:
        """The probabilities of the model's events, plugged in or averaged."""
        from bayesbench.predict.events import events

        return events(self)

    def predict(
        self, inputs: Any = None, prob: float = 0.95, *, seed: int = 0, last: bool = False
    ) -> Prediction:
        """What is predicted of new rows: plugged in, or averaged over the draws.

        The record has `draws`, `mean`, `sd` in its two parts, `quantile`, `interval`, `cdf`,
        `log_density`, `table` and `plot`, whatever the fit is. Beside a point estimate latents
        are plugged in too, at their means given it.

        Parameters
        ----------
        inputs : DataFrame, dict of arrays, or Data; optional
            The inputs of the new rows. A model without inputs needs none: it has one row then.
        prob : float
            The probability that the interval from `low` to `high` holds.
        seed : int
            Of the simulated outcomes, if they are asked for.
        last : bool
            Whether a fit without an estimate predicts from where its search stopped, which is
            not an answer.

        Raises
        ------
        BadInput
            If there is nothing to predict from, a row depends on what is not identified, the
            inputs can't be bound, or `prob` is none.
        """
        from bayesbench.predict.predicting import predict

        return predict(self, inputs, prob, seed=seed, last=last)

    def profile(self, entries: str | Sequence[str] | None = None, prob: float = 0.95) -> Profiles:
        """The profile likelihood of each number of an MLE, with its interval beside Wald's.

        Parameters
        ----------
        entries : str or several, optional
            Names of numbers, as theta or slopes[age]; all but the weights of networks if none
            is given.
        prob : float
            Of the intervals.

        Raises
        ------
        BadInput
            If it is no MLE, or has no maximum to begin at; if there is no such entry, or too
            many weights.
        """
        from bayesbench.fit.profiling import profile_of

        return profile_of(self, entries, prob)

    def path(self) -> pd.DataFrame:
        """The parameters along the recorded run, on their own scale: a row a step, by `step`.

        Of the start that ended highest; thinned where there are many weights.

        Raises
        ------
        BadInput
            If there is no recorded run.
        """
        import pandas as pd

        from bayesbench.fit.run_places import places

        steps, values = places(self)
        return pd.DataFrame(
            values, index=pd.Index(steps, name="step"), columns=list(self.bound.layout.entries)
        )

    def plot_trace(self, ax: Axes | None = None) -> Axes:
        """Draw the log-likelihood of the recorded run against the step, on `ax` or a new figure.

        Raises
        ------
        BadInput
            If there is no recorded run.
        """
        from bayesbench.plots import plot_traces

        return plot_traces(self, ax)

    def plot_parameters(self) -> Axes:
        """Draw the parameters of the recorded run against the step; the first of the panels.

        Raises
        ------
        BadInput
            If there is no recorded run.
        """
        from bayesbench.plots import plot_parameters

        return plot_parameters(self)

    def _repr_html_(self) -> str:
        """For notebooks: the table, under the status."""
        from html import escape

        return f"<p><b>{self._heading}</b>: {escape(self.status.sentence)}</p>" + (
            self.table().to_html(float_format="{:.5g}".format, escape=True)
        )
