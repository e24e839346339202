"""Whether parameters that are known come back: a few data sets simulated and fitted.

Truths are drawn from the prior, outcomes simulated at the table's own inputs, and each fitted by
Laplace's approximation, the quickest that has intervals. If model and fit belong together, the
central 95% interval holds the truth in about 95% of them (Cook, Gelman and Rubin 2006).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from scipy.stats import binom, iqr, norm

from bayesbench.binding import at_start
from bayesbench.checks.points import Points, coordinates_of
from bayesbench.checks.record import Finding
from bayesbench.energy import EnergyBased
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.starts import climb_all
from bayesbench.layout import Bound
from bayesbench.predict.mixture import simulated

RULE = "simulate and recover"
SETS, ROWS = 20, 200
SECONDS = 10.0  # after the first, for which all is compiled: no further data set is begun then
LEVEL, CHANCE = 0.95, 1e-3
FAILED = 0.2  # of the fits
UNINFORMED = 0.9  # of the prior's width: as much is left by data that say next to nothing
NORMAL_IQR = 1.349  # of a Normal, in standard deviations


def look(bound: Bound, points: Points, seed: int) -> Iterator[Finding]:
    """Of how many simulated data sets the truth came back, parameter by parameter."""
    why = _why_not(bound, points)
    if why:
        yield Finding(RULE, "info", f"not tried: {why}.")
        return
    few = bound.only(np.arange(bound.n)[:: -(-bound.n // ROWS)])
    truths = {name: v[:SETS] for name, v in points.draws.items()}
    outcomes = simulated(few.joint, truths, seed, 1)
    whole = np.isfinite(outcomes).reshape(SETS, -1).all(axis=1)
    began, fitted, tried = 0.0, list[_Found](), 0
    for k in np.flatnonzero(whole):
        if tried == 1:
            began = perf_counter()
        if tried > 1 and perf_counter() - began > SECONDS:
            break
        tried += 1
        own = {name: v[k] for name, v in truths.items() if name in bound.model.parameters}
        found = _fitted(replace(few, outcome=outcomes[k], fitted=None), own)
        if found is not None:
            fitted.append(found)
    yield from _told(bound, points, fitted, tried, few.n)


@dataclass(frozen=True)
class _Found:
    """Laplace's approximation of one data set, and its truth; all in z, shape (size,)."""

    truth: np.ndarray
    mode: np.ndarray
    sd: np.ndarray

    @property
    def holds(self) -> np.ndarray:
        """Whether the central interval has the truth in it, on whichever scale."""
        return np.abs(self.truth - self.mode) <= norm.ppf((1 + LEVEL) / 2) * self.sd


def _fitted(rows: Bound, truth: dict[str, np.ndarray]) -> _Found | None:
    """Climb from the middle and from the truth, and take the higher end; None if it is no top."""
    target = log_posterior(rows, "unconstrained")
    assert target.derivatives is not None
    z = np.stack([np.zeros(rows.layout.size), target.unconstrain(truth)])
    if not np.isfinite(z).all():
        return None
    ends, heights, arrived = climb_all(target.derivatives, z)
    best = int(np.argmax(np.where(arrived, heights, -np.inf)))
    curved = target.derivatives(ends)[2][best]
    if not arrived[best] or not (np.linalg.eigvalsh(curved) < 0).all():
        return None
    return _Found(z[1], ends[best], np.sqrt(np.diag(np.linalg.inv(-curved))))


def _why_not(bound: Bound, points: Points) -> str:
    if not points.from_prior:
        return "the prior can't be drawn from"
    if bound.model.groups:
        return "networks take longer than a look"
    if isinstance(at_start(bound.layout).likelihood(**bound.inputs), EnergyBased):
        return "an unnormalised density is not simulated"
    return ""


def _told(
    bound: Bound, points: Points, found: list[_Found], tried: int, n: int
) -> Iterator[Finding]:
    """The same in words."""
    fitted, entries = len(found), bound.layout.entries
    evidence = {"tried": tried, "fitted": fitted, "rows": n}
    sets = f"{tried} simulated data sets of {n} row{'s' * (n != 1)}"
    if fitted < (1 - FAILED) * tried or not tried:
        yield Finding(
            RULE,
            "warning",
            f"of {sets} only {fitted} could be fitted by Laplace's approximation.",
            about="likelihood",
            remedy="The prior may draw parameters whose data say too little, or are extreme: look "
            "at bb.prior_predictive(model, data).",
            evidence=evidence,
        )
    if not fitted:
        return
    held = np.sum([each.holds for each in found], axis=0)
    good = True
    for k, entry in enumerate(entries):
        if binom.cdf(held[k], fitted, LEVEL) < CHANCE:
            good = False
            yield Finding(
                RULE,
                "warning",
                f"{entry} does not come back: the 95% interval of Laplace's approximation holds "
                f"the truth in {held[k]} of {fitted} simulated data sets.",
                about=entry.partition("[")[0],
                remedy="Where rows are few, or optima several, the approximation is poor; else "
                "something is wrong: fit_posterior on simulated data tells which.",
                evidence=evidence | {"held": int(held[k])},
            )
    # The interquartile range has no outliers.
    wide = iqr(coordinates_of(bound.layout, points.draws, priors=True), axis=0) / NORMAL_IQR
    left = np.median([each.sd for each in found], axis=0) / wide
    idle = [e for e, share in zip(entries, left, strict=True) if share > UNINFORMED]
    if idle:
        yield Finding(
            RULE,
            "info",
            f"data of {n} row{'s' * (n != 1)} say next to nothing of {', '.join(idle[:5])}: the "
            "posterior is as wide as the prior in most simulated data sets.",
            about=idle[0].partition("[")[0],
            evidence=evidence | {"left": left},
        )
    if good:
        yield Finding(
            RULE,
            "ok",
            f"the truths came back from {fitted} of {sets}: 95% intervals hold "
            f"{held.sum()} of {fitted * len(entries)}.",
            evidence=evidence | {"held": held},
        )
