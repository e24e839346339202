"""The Gaussian with unknown mean and variance."""

from typing import Any

import numpy as np
from scipy.special import ndtr, stdtr

from bayesbench import InverseGamma, Model, Normal, event, parameter, run, variant
from bayesbench import numpy as bn
from bayesbench.distributions import Distribution
from bayesbench.normal_inverse_gamma import STRETCH, NormalInverseGamma
from bayesbench.views import fitted_density, surface, underflow

FAR = {"mean": -2.0, "variance": 6.0}  # where the runs of the page begin


class Gaussian(Model):
    """Draws from a Normal whose mean and variance are both unknown.

    The MLE is the sample mean and (1/n) Σ(x - x̄)², which is smaller on average than the
    variance by the factor (n - 1)/n. It does not exist if all values are equal.

    The joint MAP depends on the scale: that of the variance, of the standard deviation
    and of the log variance are three different values of the variance. Mean and quantiles
    of the posterior do not care.

    The default priors are independent, for data of the order of one: Normal(0, 10) for the
    mean, and InverseGamma(2, 2) for the variance, whose mean is 2 and whose own variance is
    infinite. In the variant `conjugate` the mean's prior is Normal with ten times the data's
    variance, so that it is worth a tenth of a row. The posterior is then Normal-inverse-gamma
    and the next value Student t (Gelman et al. 2013, section 3.3).
    """

    outcome = "y"
    mean = parameter(Normal(0, 10))
    variance = parameter(InverseGamma(2, 2), scales={"sd": bn.sqrt})
    shows_underflow = True
    runs = (
        run("gradient ascent", learning_rate=0.3, steps=200, start=FAR),
        run("adam", learning_rate=0.1, steps=200, start=FAR),
        run("lbfgs", steps=50, start=FAR),
    )
    views = (surface("mean", "variance"), fitted_density(), underflow())

    def likelihood(self):
        return Normal(self.mean, bn.sqrt(self.variance))

    @event("next is above 0")
    def above_zero(self):
        return bn.ndtr(self.mean / bn.sqrt(self.variance))

    variants = {
        "conjugate": variant(priors={"mean": lambda m: Normal(0, bn.sqrt(10 * m.variance))})
    }

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"y": np.random.default_rng(3).normal(1.0, 1.5, size=20).round(2)}

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        y = data[cls.outcome]
        centre, spread = float(np.mean(y)), float(np.var(y))
        truth = {"estimates": {"mean": {}, "variance": {}}, "predictive": {"above_zero": {}}}
        mean, variance = truth["estimates"].values()
        above = truth["predictive"]["above_zero"]
        if spread > 0:
            mean["mle"], variance["mle"] = {"value": centre}, {"value": spread}
            above["mle"] = float(ndtr(centre / np.sqrt(spread)))
        prior = conjugate_prior(cls)
        if prior is None:
            return truth
        ones = np.ones((len(y), 1))
        posterior = prior.given(ones, y)
        for scale in STRETCH:
            name, at = f"map_{scale}".removesuffix("_own"), posterior.variance_at_mode(scale)
            mean[name], variance[name] = {"value": posterior.m[0]}, {"value": at}
            above[name] = float(ndtr(posterior.m[0] / np.sqrt(at)))
        mean["posterior"], variance["posterior"] = posterior.coefficients, posterior.variance
        df, loc, scale = posterior.predictive(np.ones(1))
        above["posterior"] = float(stdtr(df, loc / scale))
        return truth | {"log_evidence": prior.log_evidence(ones, y)}

    @classmethod
    def exact_predictive(cls, data: Any) -> tuple[float, float, float] | None:
        """The next value's distribution: df, loc and scale of a Student t; None if it is none."""
        y = data[cls.outcome]
        prior = conjugate_prior(cls)
        if prior is None:
            return None
        return prior.given(np.ones((len(y), 1)), y).predictive(np.ones(1))


def conjugate_prior(model: type[Model]) -> NormalInverseGamma | None:
    """The Normal-inverse-gamma prior of a mean and a variance; None if they are independent."""
    mean, variance = model.parameters["mean"], model.parameters["variance"]
    if isinstance(mean.prior, Distribution):
        return None
    given_one = mean.prior_at(model(mean=0.0, variance=1.0)).arguments
    shape, rate = (float(v) for v in variance.prior.arguments.values())
    precision = np.array([[given_one["scale"] ** -2.0]])
    return NormalInverseGamma(np.array([float(given_one["loc"])]), precision, shape, rate)
