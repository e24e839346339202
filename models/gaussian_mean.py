"""The mean of a Gaussian in the plane."""

from math import log, pi, sqrt
from typing import Any

import numpy as np

from bayesbench import Model, Normal, parameter
from bayesbench.views import surface, sweep

VARIANCE = 5.0  # known, of each component; they are independent


class GaussianMean(Model):
    """The mean μ of a Normal(μ, 5·I) in the plane, from 10,000 draws around (1, 1).

    The covariance is known, so the likelihood of μ is a round hill around the sample mean,
    which is the MLE. With the prior Normal(0, 10) on each component the posterior is Normal:
    its precision is the sum of the prior's and of n/5, and its mean the average of zero and
    the sample mean weighted by these (Gelman et al. 2013, section 3.5). With so many rows
    the prior does next to nothing, and MLE, MAP and posterior mean agree.
    """

    outcome = ("x1", "x2")
    mu = parameter(Normal(0, 10), dims="outcome")
    views = (
        surface("mu[x1]", "mu[x2]", over=(-5, 5), of="likelihood", style="heat"),
        sweep(learning_rates=(1e-5, 1e-4, 1e-3), batch_sizes=(1, 100, 1000, 5000)),
    )

    def likelihood(self):
        return Normal(self.mu, sqrt(VARIANCE))

    @classmethod
    def example(cls) -> dict[str, Any]:
        draws = np.random.default_rng(1).normal(1.0, sqrt(VARIANCE), size=(10_000, 2))
        return {"x1": draws[:, 0], "x2": draws[:, 1]}

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        x = np.column_stack([data[name] for name in cls.outcome])
        n, centre = len(x), x.mean(axis=0)
        loc, scale = (float(v) for v in cls.parameters["mu"].prior.arguments.values())
        precision = scale**-2 + n / VARIANCE
        mean = (loc * scale**-2 + centre * n / VARIANCE) / precision
        found = {
            "mle": {"value": centre},
            "map": {"value": mean},
            "map_unconstrained": {"value": mean},
            "posterior": {"mean": mean, "sd": np.full(len(mean), precision**-0.5)},
        }
        # The sample mean is Normal(loc, scale² + 5/n) when μ is integrated out, and the
        # deviations from it do not depend on μ (Murphy 2007, section 2.5).
        around = ((x - centre) ** 2).sum() / VARIANCE
        shift = ((centre - loc) ** 2 / (scale**2 + VARIANCE / n)).sum()
        volume = n * log(2 * pi * VARIANCE) + log(1 + n * scale**2 / VARIANCE)
        evidence = -0.5 * (len(mean) * volume + around + shift)
        return {"estimates": {"mu": found}, "log_evidence": float(evidence)}
