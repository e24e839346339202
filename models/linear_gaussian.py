"""Linear regression with Gaussian noise."""

from typing import Any

import numpy as np

from bayesbench import InverseGamma, Model, Normal, NormalLinear, columns, parameter, variant
from bayesbench import numpy as bn
from bayesbench.distributions import Distribution
from bayesbench.normal_inverse_gamma import STRETCH, NormalInverseGamma
from bayesbench.views import curve


def scaled_by_the_noise(model):
    """A coefficient's prior with ten times the noise's variance: a tenth of a row's worth."""
    return Normal(0, bn.sqrt(10 * model.variance))


class LinearGaussian(Model):
    """A straight line, or a plane, with Gaussian noise: y = x·slopes + intercept + ε.

    Every column of the table but y is a feature, with a slope of its own. The MLE of slopes
    and intercept is least squares, that of the variance the mean squared residual (1/n).

    The default priors are independent, for data of the order of one: Normal(0, 10) for
    slopes and intercept, InverseGamma(2, 2) for the variance. In the variant `conjugate`
    slopes and intercept have ten times the noise's variance, and the posterior is
    Normal-inverse-gamma (Gelman et al. 2013, section 14.8).
    """

    outcome = "y"
    slopes = parameter(Normal(0, 10), dims="feature")
    intercept = parameter(Normal(0, 10))
    variance = parameter(InverseGamma(2, 2), scales={"sd": bn.sqrt})
    views = (curve("x"),)

    def likelihood(self, x=columns(dims="feature")):
        return NormalLinear(x, self.slopes, self.intercept, bn.sqrt(self.variance))

    variants = {
        "conjugate": variant(
            priors={"slopes": scaled_by_the_noise, "intercept": scaled_by_the_noise}
        )
    }

    @classmethod
    def example(cls) -> dict[str, Any]:
        generator = np.random.default_rng(2)
        x = generator.uniform(-2, 2, size=40).round(2)
        return {"x": x, "y": (0.8 * x + 0.5 + generator.normal(0, 0.7, size=40)).round(3)}

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        y, design = data[cls.outcome], np.column_stack([data["x"], np.ones(len(data["x"]))])
        truth: dict[str, Any] = {"slopes": {}, "intercept": {}, "variance": {}}

        def say(fit: str, what: str, coefficients: np.ndarray, variance: float) -> None:
            truth["slopes"].setdefault(fit, {})[what] = coefficients[:-1]
            truth["intercept"].setdefault(fit, {})[what] = coefficients[-1]
            truth["variance"].setdefault(fit, {})[what] = variance

        best, _, rank, _ = np.linalg.lstsq(design, y)
        residual = y - design @ best
        if rank == design.shape[1] < len(y) and np.abs(residual).max() > 1e-12 * np.abs(y).max():
            say("mle", "value", best, residual @ residual / len(y))
        prior = conjugate_prior(cls, design.shape[1])
        if prior is None:
            return {"estimates": truth}
        posterior = prior.given(design, y)
        for scale in STRETCH:
            name = f"map_{scale}".removesuffix("_own")
            say(name, "value", posterior.m, posterior.variance_at_mode(scale))
        for what in posterior.variance:
            say("posterior", what, posterior.coefficients[what], posterior.variance[what])
        return {"estimates": truth, "log_evidence": prior.log_evidence(design, y)}


def conjugate_prior(model: type[Model], size: int) -> NormalInverseGamma | None:
    """The Normal-inverse-gamma prior of slopes, intercept and variance; None if it is none."""
    slopes, intercept, variance = model.parameters.values()
    if isinstance(slopes.prior, Distribution) or isinstance(intercept.prior, Distribution):
        return None
    one = model(slopes=np.zeros(size - 1), intercept=0.0, variance=1.0)
    given_one = [slopes.prior_at(one).arguments] * (size - 1) + [intercept.prior_at(one).arguments]
    loc, scale = (np.array([float(each[k]) for each in given_one]) for k in ("loc", "scale"))
    shape, rate = (float(v) for v in variance.prior.arguments.values())
    return NormalInverseGamma(loc, np.diag(scale**-2.0), shape, rate)
