"""Draws of the prior, and of outcomes before any was seen, against what is known of them."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from small_models import Gaussian, Linear, Nested

MANY = 4000
LIKELY = 1e-3  # of a Kolmogorov-Smirnov test with a fixed seed


class Cut(bb.Model):
    """Priors that are cut, each in its way."""

    outcome = "y"
    short = bb.parameter(bb.Exponential(1), support=bb.interval(0.5, 3))
    tail = bb.parameter(bb.Normal(0, 1), support=bb.at_least(8))
    small = bb.parameter(bb.Gamma(2, 1), support=bb.at_most(1.0))
    below = bb.parameter(lambda m: bb.Normal(m.level, 0.1))  # reads what is declared later
    level = bb.parameter(bb.Uniform(2, 3))
    wide = bb.parameter(bb.HalfCauchy(5))

    def likelihood(self):
        return bb.Normal(self.short, 1)


@pytest.fixture(scope="module")
def cut():
    return bb.prior_draws(Cut, {"y": [1.0]}, draws=MANY, seed=1)


def _fits(draws, cdf):
    return stats.kstest(draws, cdf).pvalue > LIKELY


def test_cut_priors_have_the_truncated_distribution(cut):
    exponential, gamma = stats.expon.cdf, stats.gamma(2).cdf
    mass = exponential(3) - exponential(0.5)
    assert _fits(cut.short, lambda x: (exponential(x) - exponential(0.5)) / mass)
    assert cut.short.min() >= 0.5
    assert cut.short.max() <= 3
    assert _fits(cut.small, lambda x: gamma(x) / gamma(1))
    # Eight standard deviations out a distribution function has no digits left.
    assert _fits(cut.tail, stats.truncnorm(8, np.inf).cdf)
    assert _fits(cut.level, stats.uniform(2, 1).cdf)
    assert _fits(cut.wide, stats.halfcauchy(scale=5).cdf)


@pytest.mark.parametrize(
    ("prior", "support"),
    [
        (bb.Exponential(1), bb.interval(40, 60)),
        (bb.Gumbel(0, 1), bb.interval(40, 50)),
        (bb.LogNormal(0, 1), bb.interval(1e4, 1e9)),
        (lambda m: bb.Exponential(m.rate), bb.at_least(40)),
    ],
)
def test_a_prior_without_mass_on_its_support_is_refused(prior, support):
    class Far(bb.Model):
        outcome = "y"
        rate = bb.parameter(bb.Uniform(1, 2))
        far = bb.parameter(prior, support=support)

        def likelihood(self):
            return bb.Normal(self.far, 1)

    with pytest.raises(
        bb.BadInput, match=r"the prior of Far\.far: found draws .* expected 1e-10 of"
    ):
        bb.prior_draws(Far, {"y": [45.0]}, draws=10)
    with pytest.raises(bb.BadInput, match=r"the prior of Far\.far: .* whether 1e-10 of its mass"):
        bb.fit_map(Far, {"y": [45.0]})


def test_a_prior_that_reads_another_is_drawn_after_it(cut):
    away = cut.below - cut.level
    assert _fits(away / 0.1, stats.norm.cdf)


def test_the_coins_prior_is_a_truncated_normal():
    coin = bb.load("coin")
    theta = bb.prior_draws(coin, coin.example(), draws=MANY).theta
    sd = np.sqrt(0.1)
    known = stats.truncnorm(-0.5 / sd, 0.5 / sd, loc=0.5, scale=sd)
    assert theta.mean() == pytest.approx(known.mean(), abs=4 * known.std() / np.sqrt(MANY))
    assert _fits(theta, known.cdf)


def test_effects_come_from_their_population():
    schools = bb.load("eight_schools")
    drawn = bb.prior_draws(schools, schools.example(), draws=MANY)
    assert drawn.effect.shape == (MANY, 8)
    unit = (drawn.effect - drawn.mean[:, None]) / drawn.spread[:, None]
    assert _fits(unit[:, 3], stats.norm.cdf)
    assert abs(np.corrcoef(unit[:, 0], unit[:, 1])[0, 1]) < 4 / np.sqrt(MANY)


def test_a_conditional_prior_that_is_cut():
    drawn = bb.prior_draws(Nested, {"y": [1.0]}, draws=MANY)
    assert (drawn.mean > 0).all()
    # Given the spread the mean is a truncated Normal: its probability integral is uniform.
    low = -0.5 / drawn.spread
    level = stats.truncnorm(low, np.inf, loc=0.5, scale=drawn.spread).cdf(drawn.mean)
    assert _fits(level, stats.uniform.cdf)


def test_under_a_uniform_prior_each_number_of_heads_is_as_likely():
    # Bayes (1763): h heads in 7 tosses have the probability 1/8 for h = 0, ..., 7.
    coin = bb.load("coin", prior="uniform")
    tosses = bb.prior_predictive(coin, coin.example(), draws=MANY)
    assert tosses.shape == (MANY, 7)
    counts = np.bincount(tosses.sum(axis=1).astype(int), minlength=8)
    assert stats.chisquare(counts).pvalue > LIKELY


def test_an_energy_is_simulated_too():
    class Decay(bb.Model):
        """exp(-rate·y) on the half-line: an Exponential that nobody has normalised."""

        outcome = "y"
        rate = bb.parameter(bb.Uniform(1, 2))

        def likelihood(self):
            return bb.EnergyBased(lambda y: self.rate * y, bb.positive)

    drawn = bb.prior_predictive(Decay, {"y": [1.0, 2.0]}, draws=1000)
    # E[y] = E[1/rate] = ln 2, and E[y²] = E[2/rate²] = 1.
    error = np.sqrt((1 - np.log(2) ** 2) / drawn[:, 0].size)
    assert drawn[:, 0].mean() == pytest.approx(np.log(2), abs=4 * error)


def test_shapes_and_seeds():
    table = {"age": [0.3, -1.2], "height": [1.0, 0.1], "y": [0.2, 1.0]}
    one, two, other = (bb.prior_draws(Linear, table, draws=5, seed=s) for s in (1, 1, 2))
    assert one.slopes.shape == (5, 2)
    assert one.noise.shape == (5,)
    assert (one.slopes == two.slopes).all()
    assert not (one.slopes == other.slopes).any()


def test_what_has_no_draws():
    class Improper(Gaussian):
        """A mean of which nothing is believed."""

        mean = bb.parameter(bb.Flat())

    class Circle(bb.Model):
        """Two priors that read each other."""

        outcome = "y"
        a = bb.parameter(lambda m: bb.Normal(m.b, 1))
        b = bb.parameter(lambda m: bb.Normal(m.a, 1))

        def likelihood(self):
            return bb.Normal(self.a, 1)

    with pytest.raises(bb.BadInput, match=r"Improper.mean: found Flat\(\)"):
        bb.prior_draws(Improper, {"y": [1.0]})
    with pytest.raises(bb.BadInput, match=r"Circle.a, b: found priors that read each other"):
        bb.prior_predictive(Circle, {"y": [1.0]})
    with pytest.raises(bb.BadInput, match="draws: found 0"):
        bb.prior_draws(Gaussian, {"y": [1.0]}, draws=0)
    with pytest.raises(bb.BadInput, match="seed: found -1"):
        bb.prior_draws(Gaussian, {"y": [1.0]}, seed=-1)
