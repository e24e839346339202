"""How far a fit is from the posterior: by its estimates, their width, and what it predicts.

Each number has the error that the posterior's draws leave in it, and a limit up to which the
two agree for most purposes: a tenth of the posterior's sd (an estimate that is off by it has a
root mean squared error that is half a percent larger), a tenth of its width, half a percent of
an interval's probability, and a hundredth of an event's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.estimates import estimates
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound
from bayesbench.predict.events import Probability
from bayesbench.views.view import thinned

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.contrasting import Contrast

ROWS = 100  # of the data, at whose inputs predictions are compared
PROB = 0.95
ERRORS = 2.0  # Monte Carlo standard errors that are allowed for


@dataclass(frozen=True)
class Gap:
    """By how much a number differs from the posterior's, where most, and what is still close.

    Attributes
    ----------
    value : float
        Of the fit, and `against` of what it is held against: their difference is the gap.
    where : str
        Which parameter, or event.
    error : float
        What the posterior's draws leave unknown, as a standard error.
    limit : float
        The gap up to which the two agree.
    """

    value: float
    against: float
    where: str
    error: float
    limit: float

    @property
    def size(self) -> float:
        """The gap in limits: the two agree up to 1. It is that beyond two of its errors."""
        return max(0.0, abs(self.value - self.against) - ERRORS * self.error) / self.limit


@dataclass(frozen=True)
class Distance:
    """A fit held against the posterior; None where the two have nothing of the kind.

    Attributes
    ----------
    fit : str
    shift : Gap
        An estimate less the posterior mean, in posterior sds.
    width : Gap
        A standard error or sd, as a share of the posterior's sd.
    held : Gap
        The probability under the posterior predictive of what the fit's 95% interval holds,
        on average over the data's inputs, against what the fit gives it.
    spread : Gap
        The predictive sd as a share of the posterior's, on average over the same.
    event : Gap
        The probability of an event.
    light : str
        What Pareto's k says of an approximation's draws, and `pareto_k`: whether weights can
        turn them into the posterior's. Means and widths that agree do not tell that of shapes.
    """

    fit: str
    shift: Gap | None = None
    width: Gap | None = None
    held: Gap | None = None
    spread: Gap | None = None
    event: Gap | None = None
    light: str = ""
    pareto_k: float = np.nan

    @property
    def gaps(self) -> dict[str, Gap]:
        """Those that there are, by name."""
        named = {k: getattr(self, k) for k in ("shift", "width", "held", "spread", "event")}
        return {name: gap for name, gap in named.items() if gap is not None}

    @property
    def agrees(self) -> bool:
        """Whether it may stand in for the posterior: it is close, and no weights say otherwise.

        An equal spread of what is predicted is not enough: shapes differ that have it.
        """
        return self.close and not self.misshapen and {*self.gaps} != {"spread"}

    @property
    def close(self) -> bool:
        """Whether no gap is beyond its limit."""
        return bool(self.gaps) and all(gap.size <= 1 for gap in self.gaps.values())

    @property
    def misshapen(self) -> bool:
        """Whether its draws' weights can't be relied on."""
        return self.light in ("rough", "unusable")

    @property
    def evidence(self) -> dict[str, Any]:
        """The numbers."""
        found: dict[str, Any] = {
            name: {"value": gap.value, "against": gap.against, "where": gap.where}
            for name, gap in self.gaps.items()
        }
        return found | ({"light": self.light, "pareto_k": self.pareto_k} if self.light else {})


def distance(contrast: Contrast, name: str) -> Distance:
    """Hold the fit of that column against the posterior, which has draws."""
    fit, posterior = contrast.points[name], contrast.fits["posterior"]
    if fit.draws is None and fit.estimate is None:
        return Distance(name)
    shift, width = _of_estimates(contrast, fit)
    held, spread = _of_predictions(fit, posterior)
    found = Distance(name, shift, width, held, spread, _of_events(contrast, name))
    if fit.importance is None:
        return found
    return replace(found, light=fit.importance.word, pareto_k=fit.importance.pareto_k)


def _of_estimates(contrast: Contrast, fit: Fit) -> tuple[Gap | None, Gap | None]:
    """The largest shift and the width that differs most, of the entries that mean something."""
    from bayesbench.predict.mixture import count_of
    from bayesbench.predict.predicting import instances

    centre, sd, error = _posterior(contrast)
    if fit.draws is not None:  # they leave something unknown too
        error = np.hypot(error, 1 / np.sqrt(count_of(instances(fit))))
    table = estimates(fit).loc[centre.index]
    kind = ("value", "se") if "value" in table else ("mean", "sd")
    shifts = ((table[kind[0]] - centre) / sd).dropna()
    widths = (table[kind[1]] / sd).dropna()

    def most(gaps: pd.Series, against: float, errors: pd.Series) -> Gap | None:
        if gaps.empty:
            return None
        # What is known badly must not hide what is clear.
        at = ((gaps - against).abs() - ERRORS * errors.loc[gaps.index]).idxmax()
        where = name_in_formula(str(at))
        return Gap(float(gaps[at]), against, where, float(errors[at]), 0.1)

    return most(shifts, 0.0, error), most(widths, 1.0, error / np.sqrt(2))


def _posterior(contrast: Contrast) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Mean and sd of the entries, and the error of the mean in sds: integrated, or sampled."""
    posterior = contrast.fits["posterior"]
    mirrored = posterior.diagnostics.get("mirrored", ())
    named = [each for each in contrast.bound.layout.joint.named if each not in mirrored]
    table = estimates(posterior).loc[named]
    if contrast.integral is not None:
        table = table.assign(mean=contrast.integral.mean, sd=contrast.integral.sd, ess_bulk=np.inf)
    moved = table[table["sd"] > 0]
    return moved["mean"], moved["sd"], (1 / np.sqrt(moved["ess_bulk"])).fillna(0.0)


def _of_predictions(fit: Fit, posterior: Fit) -> tuple[Gap | None, Gap | None]:
    from bayesbench.fit.chains import convergence
    from bayesbench.verdict.held import shares

    table = own_inputs(fit.bound)
    plugged, averaged = fit.predict(table, PROB), posterior.predict(table, PROB)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = plugged.sd / averaged.sd
    known = np.isfinite(ratios)
    spread = Gap(float(ratios[known].mean()), 1.0, "", 0.0, 0.05) if known.any() else None
    chains = np.shape(next(iter(posterior.draws.values.values())))[0]  # type: ignore[union-attr]
    claimed, held = shares(plugged, plugged), shares(averaged, plugged, chains)
    if claimed is None or held is None:
        return None, spread
    if not (np.isfinite(claimed).all() and np.isfinite(held).all()):
        return None, spread
    found = convergence({"held": held.reshape(chains, -1)})["held"]
    error = float(np.nan_to_num(found["mcse_mean"]))
    return Gap(float(held.mean()), float(claimed.mean()), "", error, 0.005), spread


def own_inputs(bound: Bound) -> Mapping[str, Any]:
    """The data's own inputs, of evenly spaced rows where there are many; none if there are none."""
    if not bound.inputs:
        return {}
    kept = thinned(bound.n, ROWS)
    return {name: np.asarray(values)[kept] for name, values in bound.table.columns.items()}


def _of_events(contrast: Contrast, name: str) -> Gap | None:
    """The event whose probability differs most from the posterior's."""
    found = []
    for event, declared in contrast.bound.model.events.items():
        one, other = contrast.probabilities[name][event], averaged(contrast, event)
        if one is not None and other is not None and np.isfinite([one.value, other.value]).all():
            error = float(np.hypot(one.mcse, other.mcse))
            found.append(Gap(one.value, other.value, declared.words, error, 0.01))
    return max(found, key=lambda gap: gap.size, default=None)


def averaged(contrast: Contrast, event: str) -> Probability | None:
    """The posterior predictive probability: integrated where that is possible, else sampled."""
    if contrast.integral is not None:
        return Probability(contrast.integral.events[event])
    return contrast.probabilities.get("posterior", {}).get(event)
