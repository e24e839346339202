"""All the fits of one model to the same data, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayesbench.binding import bind
from bayesbench.errors import check_name
from bayesbench.estimates import estimates
from bayesbench.fit.progress import working
from bayesbench.fit.record import Fit
from bayesbench.fit.room_for_programs import make_room
from bayesbench.fit.sampler import SamplerOptions, check_sampler
from bayesbench.fit.start import check_seed
from bayesbench.layout import Bound
from bayesbench.methods import APPROXIMATIONS, LABELS, METHODS
from bayesbench.model import Model
from bayesbench.predict.events import Probability, event_probabilities, try_events

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from bayesbench.diagnose.finding import Finding
    from bayesbench.evidence.comparison import Comparison
    from bayesbench.evidence.record import Evidences
    from bayesbench.fit.profile import Profiles
    from bayesbench.integration import Quadrature
    from bayesbench.naive import NaiveTraining
    from bayesbench.power_scaling import Say
    from bayesbench.predict.side_by_side import Predictions
    from bayesbench.scores.record import Scores
    from bayesbench.verdict.distance import Distance
    from bayesbench.verdict.record import Verdict

PROFILED = 12  # entries whose likelihood is profiled for a page
QUICK = 1_000_000  # rows times entries times entries: of larger ones it takes too long


@dataclass(frozen=True, repr=False)
class Contrast:
    """Maximum likelihood, MAP, two approximations and the posterior of one model on one table.

    Attributes
    ----------
    bound : Bound
        The model and the data.
    seed : int
        Of everything that is drawn.
    fits : mapping of Fit
        By the names in `METHODS`, or those of them that were asked for.
    integral : Quadrature or None
        The posterior by numerical integration, where the model has one parameter.
    exact : mapping
        What the model knows in closed form.
    seconds : mapping of float
        Wall time by part.
    """

    bound: Bound
    seed: int
    fits: Mapping[str, Fit]
    integral: Quadrature | None = None
    exact: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def points(self) -> dict[str, Fit]:
        """Each fit by the name of its column: the MAPs on other scales stand beside the first."""
        fits = dict(self.fits)
        beside = fits["map"].beside if "map" in fits else {}
        fits |= {f"map_{scale}": fit for scale, fit in beside.items()}
        places = {name: METHODS.index(name.partition("_")[0]) for name in fits}
        return dict(sorted(fits.items(), key=lambda item: places[item[0]]))

    @cached_property
    def probabilities(self) -> dict[str, dict[str, Probability | None]]:
        """By column and event."""
        return {name: event_probabilities(fit) for name, fit in self.points.items()}

    @cached_property
    def power_scaling(self) -> list[Say]:
        """How sensitive each parameter's posterior is to its prior and to the likelihood."""
        from bayesbench.power_scaling import says, why_not

        posterior = self.fits.get("posterior")
        return [] if posterior is None or why_not(posterior) else says(posterior)

    @cached_property
    def held_out(self) -> Scores | None:
        """How well each fit predicts the rows that the model holds out; None if it has none."""
        from bayesbench.held_out import own_rows

        return None if own_rows(self.bound) is None else self.scores()

    def scores(
        self,
        folds: int | None = None,
        *,
        held_out: Any = None,
        seed: int = 0,
        progress: bool | None = False,
    ) -> Scores:
        """How well each fit predicts rows that it has not seen: log score, CRPS, RMSE, coverage.

        Parameters
        ----------
        folds : int, optional
            Into how many folds the rows are divided, each of which is predicted by fits to the
            others.
        held_out : DataFrame, dict of arrays, or Data, optional
            Rows that no fit has seen, with their outcome; what the model holds out if neither
            is given.
        seed : int
            Of the folds, and of what is simulated.
        progress : bool, optional
            Whether to say on standard error which fold is fitted; None where a terminal looks
            on.

        Raises
        ------
        BadInput
            If both are given, or neither and the model holds no rows out; if there are fewer
            rows than folds, or fewer than two folds; or if the table can't be bound.
        """
        from bayesbench.scores.scoring import scores

        return scores(self, folds=folds, held_out=held_out, seed=seed, progress=progress)

    @cached_property
    def findings(self) -> list[Finding]:
        """What differs between the fits, and whether they can be trusted."""
        from bayesbench.diagnose import findings

        return findings(self)

    @cached_property
    def evidence(self) -> Evidences:
        """The likelihood averaged over the prior, by every way that applies to these fits."""
        from bayesbench.evidence.contrasted import evidence_of

        return evidence_of(self)

    @cached_property
    def bayes_factors(self) -> tuple[Comparison, ...]:
        """The model against itself under each other prior that it declares."""
        from bayesbench.evidence.contrasted import against_other_priors

        return against_other_priors(self)

    @cached_property
    def naive_training(self) -> NaiveTraining:
        """An energy trained without its partition function: once, for all who speak of it."""
        from bayesbench.naive import naive_training

        return naive_training(self.bound.model, self.bound.table, seed=self.seed)

    @cached_property
    def runs(self) -> dict[str, Fit]:
        """By label, the recorded runs that the page compares: the MLE's own and the declared."""
        from bayesbench.runs import compared

        return compared(self)

    @cached_property
    def profile(self) -> Profiles | None:
        """The MLE's profile likelihoods, of twelve entries at most; None where it has none."""
        from bayesbench.fit.profiling import profile_of

        names = self.bound.layout.named[:PROFILED]
        return None if self.why_no_profile else profile_of(self.fits["mle"], names)

    @cached_property
    def why_no_profile(self) -> str:
        """Why `profile` is None: what was found instead; nothing if it is not."""
        from bayesbench.fit.profiling import why_no_profile

        layout, n = self.bound.layout, self.bound.n
        if "mle" not in self.fits:
            return "no fit by maximum likelihood"
        if n * layout.size * min(len(layout.named), PROFILED) > QUICK:
            return f"{n:,} rows and {layout.size} numbers, which fit.profile() takes longer for"
        return why_no_profile(self.fits["mle"])

    @cached_property
    def distances(self) -> dict[str, Distance]:
        """How far the cheaper fits are from the posterior: what a verdict rests on."""
        from bayesbench.verdict import distances

        return distances(self)

    @cached_property
    def verdict(self) -> Verdict:
        """Which of the fits to use, in a few sentences that carry their numbers."""
        from bayesbench.verdict import verdict

        return verdict(self)

    @property
    def converged(self) -> dict[str, bool]:
        """By method, whether it found what it looked for."""
        return {name: fit.converged for name, fit in self.fits.items()}

    def table(self) -> pd.DataFrame:
        """A row an entry of the parameters, on its own scale, the fits side by side.

        Under each fit what `fit.table()` has: of a point estimate `value` and `se`, of draws
        their mean, sd and quantiles.
        """
        import pandas as pd

        tables = {name: estimates(fit) for name, fit in self.points.items()}
        return pd.concat(tables, axis=1, names=["fit", "quantity"])

    def events(self) -> pd.DataFrame:
        """A row an event of the model, its probability under each fit."""
        import pandas as pd

        words = {name: event.words for name, event in self.bound.model.events.items()}

        def value(found: Probability | None) -> float:
            return found.value if found else np.nan

        columns = {
            fit: [value(found[name]) for name in words] for fit, found in self.probabilities.items()
        }
        return pd.DataFrame(columns, index=pd.Index(words.values(), name="event"))

    def predict(self, inputs: Any = None, prob: float = 0.95) -> Predictions:
        """What each fit predicts of new rows, side by side: `.table()`, `.plot()`.

        Parameters
        ----------
        inputs : DataFrame, dict of arrays, or Data; optional
            The inputs of the new rows. A model without inputs needs none: it has one row then.
        prob : float
            The probability that each interval holds.

        Raises
        ------
        BadInput
            If the inputs can't be bound, or `prob` is none.
        """
        from bayesbench.predict.side_by_side import predictions

        return predictions(self, inputs, prob)

    def plot_estimates(
        self, entries: str | Sequence[str] | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw the estimates of some entries by each fit, with their 95% intervals.

        Parameters
        ----------
        entries : str or sequence of str, optional
            `theta`, or `slopes[age]`; if none are named the first twenty that have an estimate.
        ax : Axes, optional
            Where to draw; on a new figure, `.figure`, if not given.

        Raises
        ------
        BadInput
            If there is no such entry, or no fit found one.
        """
        from bayesbench.plot_contrast import plot_estimates

        return plot_estimates(self, entries, ax)

    def plot_events(self, ax: Axes | None = None) -> Axes:
        """Draw the probability of each event by each fit, on `ax` or on a new figure.

        Raises
        ------
        BadInput
            If the model names no events.
        """
        from bayesbench.plot_contrast import plot_events

        return plot_events(self, ax)

    def report(self, folder: str | Path, scores: Scores | None = None) -> Path:
        """Write index.html, results.json and fits.nc into a folder; the page's path.

        With scores, as `c.report("reports/coin", c.scores(folds=7))`, the page tells these;
        without any, those of the rows that the model holds out.

        Raises
        ------
        BadInput
            If some of the five fits were not made, or the folder can't be written. What stood
            there before stays as it was.
        """
        from bayesbench.report import write_report

        return write_report(self, folder, scores)

    def __repr__(self) -> str:
        """A line a fit."""
        lines = [f"  {name}: {fit!r}" for name, fit in self.points.items()]
        return "\n".join(
            [f"Contrast of {self.bound.model.__name__}, {self.bound.nobs} rows", *lines]
        )

    def _repr_html_(self) -> str:
        """For notebooks: the two tables, a small figure and the findings."""
        from html import escape

        from bayesbench.plot_contrast import small_figure

        style = {"float_format": "{:.5g}".format, "na_rep": "–", "escape": True}
        said = "".join(f"<li>{escape(finding.text)}</li>" for finding in self.findings)
        tables = self.table().to_html(**style) + self.events().to_html(**style)
        return tables + small_figure(self) + f"<ul>{said}</ul>"


def contrast(
    model: type[Model],
    data: Any = None,
    *,
    seed: int = 0,
    starts: int | None = None,
    progress: bool | None = None,
    methods: tuple[str, ...] = METHODS,
    **sampler: Unpack[SamplerOptions],
) -> Contrast:
    """Fit a model by maximum likelihood, MAP, Laplace, Pathfinder and NUTS, side by side.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    starts : int, optional
        From how many points the searches for MLE and MAP begin; the model's own number if not
        given.
    seed, progress
        As in `fit_posterior`.
    methods : tuple of str
        Which of the five.
    **sampler
        Further options of `fit_posterior`: chains, draws, warmup, ess, max_draws, minutes,
        target_accept, max_tree_depth, centred, device, chain_method, start, checkpoint.

    Returns
    -------
    Contrast
        With a fit for each method; one that did not reach its answer says so by its status.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    TypeError
        If the sampler has no such option.
    KeyboardInterrupt
        If a fit was interrupted. What a checkpoint holds is not lost.
    """
    bound = bind(model, data)
    check_seed(seed)
    make_room()
    for view in model.views:
        view.check(bound)
    for method in methods:
        check_name("methods", method, METHODS, "some of")
    for each in model.runs if "mle" in methods else ():
        each.check(bound)
    if {*APPROXIMATIONS, "posterior"} & {*methods}:
        try_events(bound)
        check_sampler(model, sampler)
    options: dict[str, dict[str, Any]] = {
        "mle": {"starts": starts, "seed": seed},
        "map": {"starts": starts, "seed": seed},
        "laplace": {"seed": seed},
        "pathfinder": {"seed": seed},
        "posterior": {"seed": seed, "progress": progress, **sampler},
    }
    fits: dict[str, Fit] = {}
    seconds: dict[str, float] = {}
    for method in methods:
        began = perf_counter()
        # The sampler has a bar of its own, and a terminal shows one thing at a time.
        shown = False if method == "posterior" else progress
        with working(f"{LABELS[method]} ...", shown):
            found = _found_before(fits, method)
            fits[method] = _fit(method)(model, bound, **(found | options[method]))
        seconds[method] = perf_counter() - began
        ended = [fit.status.name for fit in (fits[method], *fits[method].beside.values())]
        if "interrupted" in ended:
            raise KeyboardInterrupt
    integral = None
    if "posterior" in methods:
        from bayesbench.integration import held_to, quadrature

        began = perf_counter()
        integral = quadrature(model, bound)
        if integral is not None:
            fits["posterior"] = held_to(integral, fits["posterior"])
        seconds["quadrature"] = perf_counter() - began
    exact = bound.exact
    if "estimates" in exact:
        exact = exact | {"estimates": bound.layout.by_entry(exact["estimates"])}
    return Contrast(bound, seed, fits, integral, exact, seconds)


def _found_before(fits: Mapping[str, Fit], method: str) -> dict[str, Any]:
    """Where a fit may begin because MAP has searched there already: not the searches."""
    if "map" not in fits or method not in (*APPROXIMATIONS, "posterior"):
        return {}
    mode = {fits["map"].scale: fits["map"], **fits["map"].beside}["unconstrained"]
    if method == "laplace":
        return {"start": mode.estimate} if mode.optima else {}
    if not mode.optima or mode.bound.model.groups:
        return {}
    from bayesbench.fit.chain_starts import highest_optima

    return {"start": highest_optima(mode.optima)}


def _fit(method: str) -> Callable[..., Fit]:
    """The function of that name; its library is imported now and no sooner."""
    return getattr(import_module(f"bayesbench.fit.{method}"), f"fit_{method}")
