"""Distribution functions by special functions are JAX's, and quantiles of counts SciPy's."""

import jax
import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.distributions import FAMILIES
from bayesbench.predict.distribution_function import distribution_function
from bayesbench.predict.quantiles import quantiles
from bayesbench.predict.special_functions import FUNCTIONS, by_special_functions
from bayesbench.supports import Support

ARGUMENTS = {
    "Beta": (2.5, 1.5),
    "Binomial": (np.array([3.0, 7.0, 5.0, 4.0, 6.0, 3.0]), 0.3),
    "Gamma": (2.5, 1.5),
    "InverseGamma": (2.5, 1.5),
    "Poisson": (3.5,),
    "StudentT": (4.0, 1.0, 2.0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_they_are_those_of_jax(name):
    family = next(each for each in FAMILIES if each.name == name)
    made = family(*ARGUMENTS[name])
    at = np.array([-0.5, 0.0, 0.4, 1.0, 3.0, 4.5])
    support = family.support
    support = support if isinstance(support, Support) else support(**made.arguments)
    arguments = {key: np.broadcast_to(v, at.shape) for key, v in made.arguments.items()}
    with jax.enable_x64(True):
        expected = np.asarray(distribution_function(made, at))
    found = by_special_functions(name, support, arguments, at)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("rate", [0.01, 0.7, 3.0, 1300.0, 2e6])
def test_quantiles_of_counts(rate):
    shares = np.array([1e-6, 0.025, 0.5, 0.975, 1 - 1e-6])

    def function(y):
        return stats.poisson.cdf(y, rate)

    centre = np.full(3, rate) * [0.5, 1, 2]  # where it begins does not matter
    found = quantiles(function, shares, centre, np.sqrt(centre), whole=True)
    assert (found == stats.poisson.ppf(shares, rate)[:, None]).all()


def test_a_mixture_of_two_counts_has_its_quantile_between_them():
    def function(y):
        return (stats.poisson.cdf(y, 10) + stats.poisson.cdf(y, 1000)) / 2

    shares = np.array([0.25, 0.5, 0.75])
    # Half of it is below what any of the second has: its median is where the first has all.
    found = quantiles(function, shares, np.array([505.0]), np.array([495.0]), whole=True)[:, 0]
    assert found[0] == stats.poisson.ppf(0.5, 10)
    assert found[2] == stats.poisson.ppf(0.5, 1000)
    assert function(found[1]) >= 0.5 - 1e-12 > function(found[1] - 1) - 1e-12


def test_the_interval_of_new_counts():
    class Counts(bb.Model):
        outcome = "y"
        rate = bb.parameter(bb.Gamma(2, 0.002))

        def likelihood(self):
            return bb.Poisson(self.rate)

    y = np.random.default_rng(0).poisson(1300, 50)
    fit = bb.fit_posterior(Counts, {"y": y}, draws=100, progress=False)
    ends = fit.predict().interval(0.95)
    # Conjugate: Gamma(2 + Σy, 0.002 + n), so that new counts are negative binomial.
    a, b = 2 + y.sum(), 0.002 + len(y)
    exact = stats.nbinom(a, b / (b + 1)).ppf([0.025, 0.975])
    # The sd of E[y | θ] is √a/b = 5; its mean is known by 100 effective draws or so, at least.
    assert np.ravel(ends)[[0, -1]] == pytest.approx(exact, abs=1 + 4 * np.sqrt(a) / b / 10)
