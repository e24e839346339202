"""The eight schools."""

from typing import Any

import numpy as np
from scipy.special import gammaln, ndtr

from bayesbench import (
    Flat,
    Gamma,
    HalfCauchy,
    Model,
    Normal,
    event,
    latent,
    levels,
    parameter,
    variant,
)
from bayesbench import numpy as bn
from bayesbench.distributions import Distribution


class EightSchools(Model):
    """Effects of coaching in eight schools, drawn from one population of schools.

    In each of eight schools an experiment estimated by how many points coaching raises the
    score in a test (the SAT-V), with a standard error `se` that is taken as known (Rubin
    1981). The school's true effect comes from a Normal population whose mean and standard
    deviation, the `spread`, are not known. The closer the spread is to zero, the more the
    estimates are drawn towards each other.

    The likelihood of the spread is highest at zero: maximum likelihood says that all schools
    are alike, and without any doubt. The posterior averages over the spreads that the data
    leave plausible. The priors are those of Stan's example and of posteriordb, mean ~ Normal(0,
    5) and spread ~ HalfCauchy(5). The variant `flat` favours no value (Gelman et al. 2013,
    section 5.5). Under `gamma` the spread has the prior Gamma(2, 0.0001), whose mode keeps off
    the boundary at zero (Chung et al. 2013).
    """

    outcome = "y"
    mean = parameter(Normal(0, 5))
    spread = parameter(HalfCauchy(5))
    effect = latent(lambda m: Normal(m.mean, m.spread), dims="school")

    def likelihood(self, se, school=levels()):
        return Normal(self.effect[school], se)

    @event("coaching helps in a ninth school")
    def ninth(self):
        return bn.ndtr(self.mean / bn.maximum(self.spread, 1e-300))

    variants = {
        "flat": variant(priors={"mean": Flat(), "spread": Flat()}),
        "gamma": variant(priors={"mean": Flat(), "spread": Gamma(2, 1e-4)}),
    }

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {
            "school": list("ABCDEFGH"),
            "y": [28, 8, -3, 7, -1, 1, 18, 12],
            "se": [15, 10, 16, 11, 9, 11, 10, 18],
        }

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        y, se = data[cls.outcome], data["se"]
        if len(np.unique(data["school"])) < len(y):
            return {}  # the formulae are for one row a school
        priors = cls.parameters["mean"].prior, cls.parameters["spread"].prior
        none = Flat(), Flat()
        searches = {"mle": (none, 0), "map": (priors, 0), "map_unconstrained": (priors, 1)}
        at = {fit: mode(y, se, *how) for fit, how in searches.items()}
        truth = {
            "estimates": {
                name: {fit: {"value": found[k]} for fit, found in at.items()}
                for k, name in enumerate(("mean", "spread"))
            },
            "predictive": {
                "ninth": {
                    fit: float(ndtr(mean / max(spread, 1e-300)))
                    for fit, (mean, spread) in at.items()
                }
            },
        }
        if len(y) < 5:
            return truth  # under flat priors the spread's variance is then infinite
        moments, log_evidence = posterior(y, se, *priors)
        mean, mean_square, spread, spread_square, ninth = moments
        for name, first, second in (("mean", mean, mean_square), ("spread", spread, spread_square)):
            sd = float(np.sqrt(second - first**2))
            truth["estimates"][name]["posterior"] = {"mean": float(first), "sd": sd}
        truth["predictive"]["ninth"]["posterior"] = float(ninth)
        if not any(prior.is_flat for prior in priors):
            truth["log_evidence"] = log_evidence
        return truth


def given_spread(
    y: np.ndarray, se: np.ndarray, spread: float, prior: Distribution
) -> tuple[float, float, float]:
    """The mean given the spread: its posterior mean and variance, and log p(y | spread).

    By Gelman et al. (2013), equations 5.20 and 5.21, with a Normal or a flat prior.
    """
    variance = se**2 + spread**2
    centre, precision = 0.0, 0.0
    if not prior.is_flat:
        centre, precision = prior.arguments["loc"], prior.arguments["scale"] ** -2.0
    v = 1 / (np.sum(1 / variance) + precision)
    m = v * (np.sum(y / variance) + precision * centre)
    terms = np.log(2 * np.pi * variance) + (y - m) ** 2 / variance
    log_density = -0.5 * np.sum(terms) + 0.5 * np.log(2 * np.pi * v)
    if precision:
        log_density += 0.5 * np.log(precision / (2 * np.pi)) - 0.5 * precision * (m - centre) ** 2
    return m, v, log_density


def log_prior(prior: Distribution, spread: float) -> float:
    """The log-density of the spread's prior."""
    given = prior.arguments
    if prior.family.name == "HalfCauchy":
        scale = given["scale"]
        return np.log(2 / np.pi / scale) - np.log1p((spread / scale) ** 2)
    if prior.family.name == "Gamma":
        a, rate = given["concentration"], given["rate"]
        return a * np.log(rate) - gammaln(a) + (a - 1) * np.log(spread) - rate * spread
    return 0.0


def slope_of_log_prior(prior: Distribution, spread: float) -> float:
    """The derivative of `log_prior`."""
    given = prior.arguments
    if prior.family.name == "HalfCauchy":
        return -2 * spread / (given["scale"] ** 2 + spread**2)
    if prior.family.name == "Gamma":
        return (given["concentration"] - 1) / spread - given["rate"]
    return 0.0


def mode(
    y: np.ndarray, se: np.ndarray, priors: tuple[Distribution, Distribution], jacobian: int
) -> tuple[float, float]:
    """Mean and spread where the density is highest, times the spread if `jacobian` is 1.

    Given the spread the mean is its `m`; the slope of the profile is zero at the spread.
    """
    from scipy.optimize import brentq

    mean_prior, spread_prior = priors

    def slope(spread: float) -> float:
        variance = se**2 + spread**2
        m = given_spread(y, se, spread, mean_prior)[0]
        pull = np.sum(((y - m) ** 2 / variance - 1) / variance) * spread
        return pull + slope_of_log_prior(spread_prior, spread) + jacobian / spread

    grid = np.geomspace(1e-4, 1e4, 400) * np.max(se)
    falls = [k for k in range(len(grid) - 1) if slope(grid[k]) > 0 >= slope(grid[k + 1])]
    spreads = [brentq(slope, grid[k], grid[k + 1], xtol=1e-13, rtol=1e-14) for k in falls]
    if slope(grid[0]) <= 0:
        spreads.append(0.0)

    def height(spread: float) -> float:
        _, v, log_density = given_spread(y, se, spread, mean_prior)
        rest = log_prior(spread_prior, spread) + jacobian * np.log(max(spread, 1e-300))
        return log_density - 0.5 * np.log(v) + rest

    best = max(spreads, key=height)
    return float(given_spread(y, se, best, mean_prior)[0]), float(best)


def posterior(
    y: np.ndarray, se: np.ndarray, mean_prior: Distribution, spread_prior: Distribution
) -> tuple[np.ndarray, float]:
    """Moments by quadrature over the spread, and the log evidence.

    They are those of the mean (first and second), of the spread (the same), and the
    probability that another effect, Normal(m, √(v + spread²)) given the spread, is positive.
    """
    from scipy.integrate import quad_vec

    sizes = np.geomspace(1e-3, 1e3, 200) * np.mean(se)

    def log_weight(spread: float) -> float:
        return given_spread(y, se, spread, mean_prior)[2] + log_prior(spread_prior, spread)

    highest = max(log_weight(spread) for spread in sizes)

    def integrand(spread: float) -> np.ndarray:
        m, v, _ = given_spread(y, se, spread, mean_prior)
        ninth = ndtr(m / np.sqrt(v + spread**2))
        moments = np.array([1.0, m, v + m**2, spread, spread**2, ninth])
        return np.exp(log_weight(spread) - highest) * moments

    sums, _ = quad_vec(integrand, 0, np.inf, epsrel=1e-12, points=[np.mean(se)])
    return sums[1:] / sums[0], float(highest + np.log(sums[0]))
