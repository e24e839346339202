"""The coin."""

from math import comb, exp, fsum, pi, sqrt
from typing import Any

import numpy as np
from scipy.special import betaln, ndtr

from bayesbench import Bernoulli, Model, Normal, Uniform, event, parameter, unit_interval, variant

FEW, WIDE = 10, 0.5  # tosses, and the prior's sd, up to which its closed form keeps its digits


class Coin(Model):
    """Tosses of one coin with an unknown probability of heads.

    The smallest model on which maximum likelihood, MAP and the full posterior differ.
    With h heads in n tosses the likelihood is θ^h (1 - θ)^(n - h), whose maximum is h/n.

    The prior is Normal with mean 0.5 and variance 0.1 (so its standard deviation is 0.3162),
    truncated to [0, 1] and renormalised. With three heads in seven tosses its mode is
    then 1/√5 = 0.4472. The variant `uniform` has the prior Uniform(0, 1), under which the
    posterior is Beta(h + 1, n - h + 1) (Bayes 1763; Gelman et al. 2013, section 2.1).
    """

    outcome = "toss"
    theta = parameter(Normal(0.5, sqrt(0.1)), support=unit_interval)

    def likelihood(self):
        return Bernoulli(self.theta)

    @event("next is heads")
    def heads(self):
        return self.theta

    @event("next two are tails")
    def two_tails(self):
        return (1 - self.theta) ** 2

    variants = {"normal": variant(), "uniform": variant(priors={"theta": Uniform(0, 1)})}

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"toss": [0, 0, 1, 1, 0, 0, 1]}

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        tosses = data[cls.outcome]
        heads, n = float(np.sum(tosses)), len(tosses)
        mle = heads / n
        truth = {
            "estimates": {"theta": {"mle": {"value": mle}}},
            "predictive": {"heads": {"mle": mle}, "two_tails": {"mle": (1 - mle) ** 2}},
        }
        prior = cls.parameters["theta"].prior
        if prior.family.name == "Uniform":
            a, b = heads + 1, n - heads + 1  # the posterior is Beta(a, b)
            mode, mean, variance = mle, a / (a + b), a * b / (a + b) ** 2 / (a + b + 1)
            own = truth["estimates"]["theta"]
            own["map_unconstrained"] = {"value": mean}  # the logit's density is highest there
            own["posterior"] = {"mean": mean, "sd": sqrt(variance)}
            truth["predictive"]["heads"]["posterior"] = mean
            truth["predictive"]["two_tails"]["posterior"] = (1 - mean) ** 2 + variance
            truth["log_evidence"] = float(betaln(a, b))
        else:
            mean, sd = prior.arguments["loc"], prior.arguments["scale"]
            mode = mode_with_normal_prior(heads, n, mean, sd)
            # To the log-density of the logit, log θ + log(1 - θ) adds a head and a tail.
            unconstrained = mode_with_normal_prior(heads + 1, n + 2, mean, sd)
            truth["estimates"]["theta"]["map_unconstrained"] = {"value": unconstrained}
            if n <= FEW and sd < WIDE:
                truth["log_evidence"] = log_evidence_with_normal_prior(int(heads), n, mean, sd)
        truth["estimates"]["theta"]["map"] = {"value": mode}
        truth["predictive"]["heads"]["map"] = mode
        truth["predictive"]["two_tails"]["map"] = (1 - mode) ** 2
        return truth

    @classmethod
    def notes(cls, data: Any) -> list[str]:
        prior = cls.parameters["theta"].prior
        if prior.family.name != "Normal":
            return []
        tosses = data[cls.outcome]
        heads, n = float(np.sum(tosses)), len(tosses)
        mean, sd = prior.arguments["loc"], prior.arguments["scale"]
        other = mode_with_normal_prior(heads, n, mean, sd**2)
        return [
            f"The prior's {sd**2:g} is a variance: its standard deviation is {sd:.4f}. Were it "
            f"the standard deviation, the MAP would be {other:.10f}."
        ]


def log_evidence_with_normal_prior(heads: int, n: int, mean: float, sd: float) -> float:
    """The log of E θ^h (1 - θ)^(n - h) under the Normal that is cut to [0, 1].

    The powers of 1 - θ are multiplied out; the moments of the cut Normal follow from each
    other by integration by parts. The terms alternate, and cost digits as n and sd grow.
    """

    def density(x: float) -> float:
        return exp(-(((x - mean) / sd) ** 2) / 2) / (sd * sqrt(2 * pi))

    mass = ndtr((1 - mean) / sd) - ndtr(-mean / sd)
    moments = [1.0, mean - sd**2 * (density(1) - density(0)) / mass]
    for k in range(2, n + 1):
        pulled = mean * moments[-1] + (k - 1) * sd**2 * moments[-2]
        moments.append(pulled - sd**2 * density(1) / mass)
    tails = n - heads
    terms = [comb(tails, j) * (-1) ** j * moments[heads + j] for j in range(tails + 1)]
    return float(np.log(fsum(terms)))


def mode_with_normal_prior(heads: float, n: int, mean: float, sd: float) -> float:
    """The mode in [0, 1] of θ^h (1 - θ)^(n - h) exp(-(θ - mean)² / 2 sd²).

    Setting the derivative of its logarithm to zero, times θ (1 - θ) sd², gives a cubic.
    """
    cubic = [1.0, -(1 + mean), mean - n * sd**2, heads * sd**2]
    roots = np.roots(cubic)
    inside = roots[(abs(roots.imag) < 1e-9) & (roots.real > 0) & (roots.real < 1)].real
    edges = np.array([0.0, 1.0])[[heads == 0, heads == n]]

    def log_density(theta: float) -> float:
        tails = n - heads
        up = heads * np.log(theta) if heads else 0.0
        down = tails * np.log1p(-theta) if tails else 0.0
        return up + down - (theta - mean) ** 2 / (2 * sd**2)

    return float(max([*inside, *edges], key=log_density))
