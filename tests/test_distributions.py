"""Each named distribution against both libraries and SciPy; priors cut to their support."""

import math

import jax
import numpy as np
import pytest
import scipy.stats
from scipy.integrate import quad

import bayesbench as bb
from bayesbench import distributions as d
from bayesbench.density import log_prior
from bayesbench.libraries import jax_library, torch_library
from small_models import Nested, PositiveMean

# Arguments, a value inside of the support, and SciPy's distribution.
CASES = {
    "Normal": ((0.3, 1.2), 0.6, scipy.stats.norm(0.3, 1.2)),
    "StudentT": ((4.0, 0.1, 1.5), 0.6, scipy.stats.t(4.0, 0.1, 1.5)),
    "Cauchy": ((0.1, 1.5), 0.6, scipy.stats.cauchy(0.1, 1.5)),
    "Laplace": ((0.1, 1.5), 0.6, scipy.stats.laplace(0.1, 1.5)),
    "Gumbel": ((0.1, 1.5), 0.6, scipy.stats.gumbel_r(0.1, 1.5)),
    "HalfNormal": ((1.2,), 0.6, scipy.stats.halfnorm(scale=1.2)),
    "HalfCauchy": ((1.2,), 0.6, scipy.stats.halfcauchy(scale=1.2)),
    "LogNormal": ((0.2, 0.7), 0.6, scipy.stats.lognorm(0.7, scale=np.exp(0.2))),
    "Exponential": ((2.0,), 0.6, scipy.stats.expon(scale=0.5)),
    "Gamma": ((2.0, 3.0), 0.6, scipy.stats.gamma(2.0, scale=1 / 3)),
    "InverseGamma": ((2.0, 3.0), 0.6, scipy.stats.invgamma(2.0, scale=3.0)),
    "Weibull": ((1.3, 2.0), 0.6, scipy.stats.weibull_min(2.0, scale=1.3)),
    "Beta": ((2.0, 3.0), 0.6, scipy.stats.beta(2.0, 3.0)),
    "Uniform": ((-0.2, 3.0), 0.6, scipy.stats.uniform(-0.2, 3.2)),
    "Bernoulli": ((0.3,), 1.0, scipy.stats.bernoulli(0.3)),
    "Poisson": ((2.0,), 3.0, scipy.stats.poisson(2.0)),
    "Geometric": ((0.3,), 3.0, scipy.stats.geom(0.3, loc=-1)),
    "Binomial": ((5.0, 0.3), 3.0, scipy.stats.binom(5, 0.3)),
}


def test_every_family_has_a_case():
    assert {family.name for family in d.FAMILIES} == CASES.keys()


@pytest.mark.parametrize("family", d.FAMILIES, ids=lambda family: family.name)
def test_against_scipy(family):
    arguments, value, truth = CASES[family.name]
    log_density = truth.logpmf if hasattr(truth.dist, "logpmf") else truth.logpdf
    with jax.enable_x64(True):
        for library in (torch_library(), jax_library()):
            made = family(*arguments).build(library)
            found = made.log_prob(library.array(value))
            assert abs(float(found) - log_density(value)) < 1e-12
            if family.has_cdf:
                assert abs(float(made.cdf(library.array(value))) - truth.cdf(value)) < 1e-12


@pytest.mark.parametrize("family", d.FAMILIES, ids=lambda family: family.name)
def test_support(family):
    arguments, value, truth = CASES[family.name]
    support = family(*arguments).support
    assert support.contains(np.array([value])).all()
    assert (support.lower, support.upper) == truth.support()
    if support.whole:
        assert not support.contains(np.array([value + 0.5])).any()


@pytest.mark.parametrize("library", [jax_library, torch_library])
def test_a_toss_has_one_logarithm(library):
    """Against SciPy's, also where p or 1 - p is small; 2 and 1/2 have no probability."""
    p = np.array([1e-300, 1e-12, 9.9e-4, 0.3, 1 - 1e-12])
    with jax.enable_x64(True):
        lib = library()
        for outcome in (0.0, 1.0):
            rows = d.Bernoulli(lib.array(p)).log_prob_of_rows(lib.array([outcome] * len(p)), lib)
            # Torch keeps a probability at least 2e-16 away from 0 and 1.
            least = 2.0**-52 if lib.name == "torch" else 0.0
            expected = scipy.stats.bernoulli.logpmf(int(outcome), np.maximum(p, least))
            # A log-probability of no toss is known to its last digits; of one to p's rounding.
            assert np.asarray(rows) == pytest.approx(expected, rel=1e-12, abs=1e-15 * outcome)
        for outcome in (2.0, 0.5, -1.0):
            rows = d.Bernoulli(lib.array(p)).log_prob_of_rows(lib.array([outcome] * len(p)), lib)
            assert (np.asarray(rows) == -np.inf).all()


@pytest.mark.parametrize("model", [bb.load("coin"), PositiveMean])
def test_a_truncated_prior_has_the_mass_one(model):
    (name,) = model.parameters
    support = model.parameters[name].support
    with jax.enable_x64(True):
        for library in (torch_library(), jax_library()):

            def density(at, library=library):
                return math.exp(float(log_prior(model, {name: library.array(at)}, library)))

            assert abs(quad(density, support.lower, support.upper)[0] - 1) < 1e-8


@pytest.mark.parametrize("library", [torch_library(), jax_library()])
def test_far_out_in_an_asymmetric_tail_there_are_digits_or_no_number(library):
    """An exponential is the same again from 20 on; from 40 on nothing of it is left in float64."""

    class Late(bb.Model):
        outcome = "y"
        wait = bb.parameter(bb.Exponential(1), support=bb.at_least(20))

    class TooLate(Late):
        wait = bb.parameter(bb.Exponential(1), support=bb.interval(40, 60))

    with jax.enable_x64(True):
        late = float(log_prior(Late, {"wait": library.array(21.5)}, library))
        assert late == pytest.approx(-1.5, abs=1e-6)
        assert np.isnan(float(log_prior(TooLate, {"wait": library.array(41.0)}, library)))


def test_truncation_follows_the_parameter_that_the_prior_reads():
    library = torch_library()
    for spread in (0.4, 2.0):
        values = {"spread": library.array(spread), "mean": library.array(0.7)}
        truth = scipy.stats.truncnorm(-0.5 / spread, np.inf, 0.5, spread).logpdf(0.7)
        truth += scipy.stats.halfnorm.logpdf(spread)
        assert abs(float(log_prior(Nested, values, library)) - truth) < 1e-10


def test_arguments_by_name_and_by_place():
    assert repr(bb.Normal(scale=2, loc=1)) == "Normal(1, 2)"
    assert repr(bb.Normal()) == "Normal(0, 1)"
    assert repr(bb.Normal) == "Normal(loc=0, scale=1)"
    assert repr(bb.Gamma) == "Gamma(concentration, rate)"
    with pytest.raises(TypeError, match=r"Normal\(loc, scale\): not these"):
        bb.Normal(1, 2, 3)
    with pytest.raises(TypeError, match=r"Normal\(loc, scale\): no argument 'sd'"):
        bb.Normal(0, sd=1)


def test_arguments_that_cannot_be():
    with pytest.raises(ValueError, match="Normal's scale is -1 and must be above 0"):
        bb.Normal(0, -1)
    with pytest.raises(ValueError, match=r"Bernoulli's probs is 1.5 and must be from 0 to 1"):
        bb.Bernoulli(1.5)
    with pytest.raises(ValueError, match="Gamma's rate is 0"):
        bb.Gamma(1, 0)


def test_array_functions_are_the_same_in_all_three():
    import torch

    from bayesbench import numpy as bn

    x = np.array([-800.0, -1.3, 0.0, 2.5, 800.0])
    with jax.enable_x64(True):
        for name in ("softplus", "sigmoid", "tanh", "exp", "erf"):
            function = getattr(bn, name)
            at = x[1:4] if name == "exp" else x
            truth = function(at)
            assert np.isfinite(truth).all()
            assert np.allclose(function(torch.tensor(at)).numpy(), truth, rtol=1e-14, atol=0)
            assert np.allclose(function(jax.numpy.array(at)), truth, rtol=1e-14, atol=0)
    assert bn.softplus(0.0) == pytest.approx(np.log(2))
    with pytest.raises(AttributeError, match="no 'cosine'"):
        bn.cosine  # noqa: B018


def test_a_prior_cut_far_above_its_centre_keeps_its_digits():
    class Far(bb.Model):
        """A prior whose mass on the support is 6e-16."""

        outcome = "y"
        m = bb.parameter(bb.Normal(-8, 1), support=bb.positive)

        def likelihood(self):
            return bb.Normal(self.m, 1)

    truth = scipy.stats.truncnorm(8, np.inf, -8, 1).logpdf(0.3)
    with jax.enable_x64(True):
        for library in (torch_library(), jax_library()):
            found = float(log_prior(Far, {"m": library.array(0.3)}, library))
            assert abs(found - truth) < 1e-8


def test_torch_raises_for_no_family_whatever_the_arguments():
    import torch

    library = torch_library()
    before = torch.distributions.Distribution._validate_args
    for family in d.FAMILIES:
        for bad in (0.0, -1.0, float("inf"), float("nan")):
            arguments = {name: library.array(bad) for name in family.arguments}
            library.build(getattr(library.distributions, family.name), arguments)
    assert torch.distributions.Distribution._validate_args is before


def test_a_number_beside_tensors_is_no_float32():
    import torch

    from bayesbench import numpy as bn

    x = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    assert bn.where(x > 0, 0.1, 0.2).tolist() == [0.2, 0.1]
    assert bn.stack([x, np.array([0.1, 0.2])]).dtype == torch.float64
    assert bn.maximum(x, 0.1).tolist() == [0.1, 1.0]


def test_whole_numbers_are_no_prior():
    with pytest.raises(TypeError, match="whole numbers only"):
        type("Mine", (bb.Model,), {"k": bb.parameter(bb.Poisson(3))})
