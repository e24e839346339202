"""How well the partition function of a fitted energy is known: no fit passes without it.

The quadrature inside of the likelihood is held against its own embedded rule, and against
an adaptive one whose regions begin at the data, where a narrow density would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesbench.density import energy_of
from bayesbench.energy import Density, EnergyBased
from bayesbench.fit.record import Fit, Status
from bayesbench.layout import Bound
from bayesbench.partition import ends, sides, to_t

TOLERATED = 1e-3  # of the log-likelihood; one standard error is a half
DRAWS = 200  # at most, at which a posterior is looked at
BREAKS = {1: 9, 2: 1}  # data at which the adaptive rule begins, by the number of sides
NEAR = 0.1 ** np.arange(1, 13)  # distances from them, where a narrow density would end
CLOSE = {1: 1e-11, 2: 1e-9}  # what the adaptive rule aims at


@dataclass(frozen=True)
class Partition:
    """The logarithm of Z, and by how much it may be off.

    Attributes
    ----------
    log : float
        By the fixed rule that is part of the likelihood.
    embedded : float
        The error of that by the rule embedded in it.
    adaptive : float
        The same by adaptive quadrature; NaN where it was not asked for.
    rim : float
        The share of Z in the last panels before infinity: an error too, for beyond them
        there must be nothing.
    """

    log: float
    embedded: float
    adaptive: float
    rim: float

    @property
    def error(self) -> float:
        """The largest of what the three say."""
        apart = 0.0 if np.isnan(self.adaptive) else abs(self.adaptive - self.log)
        found = max(self.embedded, apart, self.rim)
        return found if np.isfinite(self.log) and np.isfinite(found) else np.inf


def log_partition(bound: Bound, values: Mapping[str, Any], *, adaptive: bool = True) -> Partition:
    """The log partition function of a model at values of its parameters, with its error.

    Parameters
    ----------
    bound : Bound
        A model whose likelihood is `EnergyBased`, with its data.
    values : mapping of arrays
        Of each parameter, on its own scale.
    adaptive : bool
        Whether to integrate again by SciPy's adaptive Gauss-Kronrod rule.
    """
    made = energy_of(bound.model, values, bound.inputs)
    with np.errstate(all="ignore"):
        density = made.over(about=bound.outcome)
        log, nodes = float(density.log_partition), density.nodes
        shares = np.exp(density.terms - log)
        apart = shares * (1 - nodes.coarse / np.exp(nodes.log_weights))
        off = float(np.abs(np.bincount(nodes.panel, apart)).sum())
        again = _adaptive(density, bound.outcome) if adaptive and np.isfinite(log) else np.nan
    # What Kronrod's rule is off, from how far Gauss's is: Piessens et al. 1983, section 2.2.
    embedded = min(off, (200 * off) ** 1.5)
    return Partition(log, embedded, again, float(shares[nodes.rim].sum()))


def _adaptive(density: Density, outcome: np.ndarray) -> float:
    """The same integral by adaptive quadrature over t, in regions that begin at some data."""
    from scipy.integrate import cubature

    given = sides(density.support)
    low, high = np.array([ends(side) for side in given]).T
    heights = -density.energy(outcome)
    order = np.argsort(heights)
    # The datum that is most likely, and others in order.
    chosen = order[np.linspace(len(order) - 1, 0, BREAKS[len(given)]).astype(int)]
    unit = (outcome[chosen].reshape(len(chosen), -1) - density.place[0]) / density.place[1]
    breaks = np.stack([to_t(side, unit[:, k]) for k, side in enumerate(given)], axis=-1)
    if len(given) == 1:
        breaks = np.unique(breaks + np.concatenate([-NEAR, [0.0], NEAR]))[:, None]
    top = max(float(np.max(heights)), float(-np.min(density.energy(density.points))))

    def integrand(t: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            points, log_stretch = density.from_t(t)
            found = np.exp(log_stretch - top - density.energy(density.at(points)))
        return np.nan_to_num(found, nan=0.0, posinf=1e300)

    inside = ((breaks > low) & (breaks < high)).all(axis=1)
    found = cubature(
        integrand,
        low,
        high,
        points=list(breaks[inside]),
        rtol=CLOSE[len(given)],
        max_subdivisions=500,
    )
    return float(np.log(found.estimate) + top + np.sum(np.log(np.abs(density.place[1]))))


def partition_checked(fit: Fit) -> Fit:
    """The fit with log Z in its diagnostics; no success if that is not known well enough.

    `log_partition` is log Z at the estimate, or at the last point of a search that found
    none, and `log_partition_error` the largest of the estimates of its error. For many draws
    the error is the largest of some hundreds of them. Other likelihoods have no partition
    function, and the fit is returned as it is.
    """
    bound, point = fit.bound, fit.estimate or fit.last
    instance = point or fit.draws
    if instance is None or not is_energy_based(bound):
        return fit
    flat = bound.layout.join(instance.values).reshape(-1, bound.layout.size)
    some = flat[:: max(1, len(flat) // DRAWS)]
    errors = [log_partition(bound, bound.layout.split(z), adaptive=False).error for z in some]
    found = log_partition(bound, bound.layout.split(some[int(np.argmax(errors))]))
    own = {"log_partition": found.log} if point is not None else {}
    diagnostics = {**fit.diagnostics, **own, "log_partition_error": found.error}
    checked = replace(fit, diagnostics=diagnostics)
    if found.error * bound.n <= TOLERATED or fit.status.name == "interrupted":
        return checked
    # Whatever was said of the likelihood rests on a wrong Z: that it grows for ever, say.
    name = "stopped early" if fit.method != "posterior" else "not converged"
    return replace(
        checked,
        status=Status(name, f"{name}: {_why(found, bound.n)}"),
        estimate=None,
        last=point,
        draws=fit.draws if fit.method == "posterior" else None,
        standard_errors={},
    )


def is_energy_based(bound: Bound) -> bool:
    """Whether the model's likelihood has a partition function."""
    if bound.model.latents:
        return False  # whose effects are integrated out of distributions only
    with np.errstate(all="ignore"):
        made = bound.model(**bound.layout.start).likelihood(**bound.inputs)
    return isinstance(made, EnergyBased)


def _why(found: Partition, n: int) -> str:
    if not np.isfinite(found.log) or found.rim > TOLERATED / n:
        return (
            "the energy has no finite partition function here: exp(-E) does not die away towards "
            "the ends of its support, so it is no density; let E grow there, or use an interval."
        )
    apart = "" if np.isnan(found.adaptive) else f", by adaptive quadrature {found.adaptive:.6g}"
    return (
        f"the partition function is not known well enough: log Z is {found.log:.6g}{apart}, off by "
        f"about {found.error:.2g} for each of {n} rows; the density is narrower than the nodes of "
        "the quadrature can see. Raise panels= of EnergyBased, or keep the energy from being steep."
    )
