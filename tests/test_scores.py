"""The scores, each against a closed form, SciPy's quadrature, or sums written out."""

import numpy as np
import pytest
from scipy import integrate, special, stats

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.fit.record import Fit, Status
from bayesbench.scores.batch_means import of_rows, standard_error
from bayesbench.scores.coverage import covered
from bayesbench.scores.crps import crps, crps_of_sample
from bayesbench.scores.folds import membership
from bayesbench.scores.judged import COMPARED, judge
from bayesbench.scores.log_score import monte_carlo_error, pooled
from bayesbench.scores.paired import Difference, difference, log_difference
from bayesbench.scores.pit import pit_ecdf
from small_models import Gaussian

Y = np.array([-2.0, -0.3, 0.0, 0.7, 3.5])


def normal_crps(z):
    """Of a standard Normal (Gneiting and Raftery 2007, section 4.2)."""
    return z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)


def t_crps(z, df):
    """Of a standard Student-t (Jordan, Krüger and Lerch 2019, appendix A)."""
    cdf, pdf = stats.t.cdf(z, df), stats.t.pdf(z, df)
    ratio = special.beta(0.5, df - 0.5) / special.beta(0.5, df / 2) ** 2
    return z * (2 * cdf - 1) + 2 * pdf * (df + z**2) / (df - 1) - 2 * np.sqrt(df) / (df - 1) * ratio


def by_quadrature(cdf, y, low=-np.inf, high=np.inf):
    left = integrate.quad(lambda x: cdf(x) ** 2, low, y, epsabs=1e-11)[0]
    return left + integrate.quad(lambda x: (1 - cdf(x)) ** 2, y, high, epsabs=1e-11)[0]


def exact(cdf):
    """A distribution function without an error, of one part."""
    return lambda at: (cdf(at)[None], np.zeros(at.shape))


def scored(distribution, outcome, whole=False, size=1000):
    drawn = distribution.rvs((size, len(outcome)), random_state=np.random.default_rng(0))
    return crps(exact(distribution.cdf), drawn, outcome, whole)[0]


def test_crps_of_a_normal():
    known = 0.5 * normal_crps((Y - 0.2) / 0.5)
    assert scored(stats.norm(0.2, 0.5), Y) == pytest.approx(known, abs=1e-8)


def test_crps_far_away_is_the_distance():
    outcome = np.array([50.0, -1e4])
    known = np.abs(outcome) - 1e-3 / np.sqrt(np.pi)
    assert scored(stats.norm(0, 1e-3), outcome) == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize("df", [1.5, 4, 30])
def test_crps_of_a_student_t(df):
    assert scored(stats.t(df), Y) == pytest.approx(t_crps(Y, df), rel=1e-4 if df < 2 else 1e-6)


def test_crps_of_a_mixture():
    """Of Normals: the closed form of Grimit et al. (2006)."""
    generator = np.random.default_rng(1)
    loc, scale = generator.normal(0, 1, 6), generator.uniform(0.1, 2, 6)

    def a(mean, sd):
        z = mean / sd
        return 2 * sd * stats.norm.pdf(z) + mean * (2 * stats.norm.cdf(z) - 1)

    within = a(loc[:, None] - loc, np.hypot(scale[:, None], scale)).mean() / 2
    known = np.array([a(y - loc, scale).mean() - within for y in Y])
    each = stats.norm(loc[:, None, None], scale[:, None, None])
    drawn = generator.normal(loc, scale, (200, 6)).reshape(-1, 1) * np.ones(len(Y))
    found, _ = crps(exact(lambda x: each.cdf(x).mean(axis=0)), drawn, Y, False)
    assert found == pytest.approx(known, abs=1e-7)


@pytest.mark.parametrize("family", [stats.gamma(2.5), stats.lognorm(1.0), stats.expon()])
def test_crps_on_the_half_line(family):
    outcome = np.array([0.05, 1.0, 6.0])
    known = [by_quadrature(family.cdf, y, low=0) for y in outcome]
    assert scored(family, outcome) == pytest.approx(known, rel=1e-5)


def test_crps_of_whole_numbers():
    outcome, at = np.array([0.0, 3.0, 11.0]), np.arange(400)
    for family in (stats.poisson(3.2), stats.geom(0.15, loc=-1), stats.binom(12, 0.4)):
        known = [np.sum((family.cdf(at) - (at >= y)) ** 2) for y in outcome]
        assert scored(family, outcome, whole=True) == pytest.approx(known, rel=1e-6)
    # Of 0 or 1 it is the Brier score.
    coin, toss = stats.bernoulli(0.3), np.array([0.0, 1.0])
    assert scored(coin, toss, whole=True) == pytest.approx((toss - 0.3) ** 2, abs=1e-12)


def test_crps_of_draws():
    generator = np.random.default_rng(2)
    drawn = generator.normal(size=(60, len(Y)))
    pairs = np.abs(drawn[:, None] - drawn).sum(axis=(0, 1)) / (60 * 59)
    known = np.abs(drawn - Y).mean(axis=0) - pairs / 2
    found, parts = crps_of_sample(drawn, Y, 60)
    assert found == pytest.approx(known, abs=1e-12)
    # By part: what leaving out that draw would take away, by the jackknife (Efron 1982).
    without = [crps_of_sample(np.delete(drawn, k, axis=0), Y, 1)[0] for k in range(60)]
    assert parts - found == pytest.approx(59 * (found - np.array(without)), abs=0.1)
    assert parts.mean(axis=0) == pytest.approx(found, abs=1e-12)
    many = generator.normal(size=(100_000, len(Y)))
    # Its standard error is at most sd |X - y| / √m, of which the sd is below 1 here.
    found, _ = crps_of_sample(many, Y, 8)
    assert np.abs(found - normal_crps(Y)).max() < 4 / np.sqrt(100_000)


@pytest.mark.parametrize("mean", [1e4, 1e6])
def test_crps_of_many_whole_numbers(mean):
    """Too many to be summed one by one."""
    family, outcome = stats.poisson(mean), np.array([mean + 10 * mean**0.5, 3.0])
    at = np.arange(2 * mean)
    known = [np.sum((family.cdf(at) - (at >= y)) ** 2) for y in outcome]
    assert scored(family, outcome, whole=True) == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("df", [0.3, 0.5])
def test_crps_of_tails_that_are_too_heavy(df):
    """F falls as |x|^-df, and the integral of its square exists where df is above a half."""
    assert np.isposinf(scored(stats.t(df), np.array([0.0, 1e6]))).all()
    assert np.isposinf(scored(stats.pareto(df), np.array([3.0]))).all()


def test_crps_of_heavy_tails():
    """Of a Pareto with F = 1 - x^-a, y = 1: the integral of x^-2a from 1 on."""
    for a in (0.6, 0.8, 1.0):
        assert scored(stats.pareto(a), np.ones(1)) == pytest.approx(1 / (2 * a - 1), rel=1e-3)


def test_the_pit_of_a_true_model_is_uniform():
    u = np.linspace(0, 1, 21)
    # Of whole numbers its expectation is exactly so (Czado, Gneiting and Held 2009).
    counts, family = np.arange(60), stats.poisson(2.3)
    below, upto = family.cdf(counts - 1), family.cdf(counts)
    mean = [family.pmf(k) * pit_ecdf(below[[k]], upto[[k]], u) for k in counts]
    assert np.sum(mean, axis=0) == pytest.approx(u, abs=1e-9)
    # Of continuous outcomes it is the ECDF.
    values = np.array([0.1, 0.55, 0.8])
    assert pit_ecdf(values, values, u) == pytest.approx((values <= u[:, None]).mean(axis=1))


def test_coverage_is_that_of_the_intervals():
    outcome = np.arange(12.0)
    for family, step in ((stats.poisson(4.2), 1), (stats.norm(5, 2), 0)):
        below, upto = family.cdf(outcome - step), family.cdf(outcome)
        for prob in (0.5, 0.8, 0.95):
            low, high = family.interval(prob)
            inside = (outcome >= low) & (outcome <= high)
            assert covered(below, upto, prob).tolist() == inside.tolist()


def test_paired_differences():
    one, other = np.array([0.1, -0.4, 0.3, np.nan]), np.array([0.0, -0.1, 0.2, 1.0])
    found = difference(one, other)
    apart = np.array([0.1, -0.3, 0.1])
    assert found.mean == pytest.approx(-0.1 / 3)
    assert found.se == pytest.approx(np.sqrt(((apart - apart.mean()) ** 2).sum() / 2 / 3))
    assert (found.rows, found.speaks) == (3, False)
    impossible = difference(np.array([-np.inf, 0.0]), np.array([0.0, 0.0]))
    assert (impossible.mean, impossible.speaks) == (-np.inf, True)
    assert difference(np.array([-np.inf, 1]), np.array([-np.inf, 0])).mean == 0.5
    torn = difference(np.array([-np.inf, 0.0, 0.0, 1.0]), np.array([0.0, -np.inf, -np.inf, 0.0]))
    assert (torn.lower, torn.higher, torn.rows, torn.speaks) == (1, 2, 4, False)
    assert np.isnan(torn.mean)
    assert difference(np.array([np.nan]), np.array([1.0])).rows == 0


def test_what_is_worth_speaking_of():
    assert Difference(0.1, 0.04, 0.0, 50).speaks
    assert not Difference(0.1, 0.06, 0.0, 50).speaks
    assert not Difference(0.1, 0.04, 0.04, 50).speaks  # the draws leave too much open
    assert not Difference(0.1, np.nan, 0.0, 1).speaks  # one row
    # What two searches differ by: certain, and nothing in the outcome's units or in any.
    y = np.linspace(1, 2, 50)
    assert not difference(y + 1e-9, y).speaks
    assert difference(y + 0.01, y).speaks
    assert not log_difference(y + 0.01, y).speaks  # 0.5 in sum


def test_the_monte_carlo_error_of_a_log_score():
    generator, rows = np.random.default_rng(3), np.array([0.3, -1.0, 2.0])

    def parts(draws):
        each = stats.norm(draws.reshape(40, -1, 1), 0.7).logpdf(rows)
        return special.logsumexp(each, axis=1) - np.log(each.shape[1]), np.full(40, 1 / 40)

    draws = generator.normal(0.2, 0.5, (200, 4000))
    found = [pooled(*parts(each)).mean() for each in draws]
    errors = [monte_carlo_error(*parts(each)) for each in draws]
    # The sd of 200 estimates is known to a factor of 1 ± 1/√400.
    assert np.mean(errors) / np.std(found) == pytest.approx(1, abs=4 / np.sqrt(400))
    assert monte_carlo_error(np.zeros((1, 3)), np.ones(1)) == 0
    impossible = np.array([[0.0, -np.inf], [0.0, -np.inf]])
    assert monte_carlo_error(impossible, np.full(2, 0.5)) == 0


def test_folds_are_even_and_the_same_for_a_seed():
    for n, folds in ((7, 7), (10, 3), (40, 10)):
        fold = membership(n, folds, 0)
        sizes = np.bincount(fold, minlength=folds)
        assert len(sizes) == folds
        assert sizes.max() - sizes.min() <= 1
        assert np.array_equal(fold, membership(n, folds, 0))
    assert not np.array_equal(membership(40, 10, 0), membership(40, 10, 1))


@pytest.mark.parametrize(("n", "folds"), [(7, 1), (7, 8), (7, 2.5), (7, True), (1, 2)])
def test_folds_that_are_none(n, folds):
    with pytest.raises(bb.BadInput, match="folds: found"):
        membership(n, folds, 0)


def test_a_difference_of_few_rows_or_of_little_in_sum_is_not_spoken_of():
    few = Difference(mean=1.0, se=0.4, mc_error=0.0, rows=5)  # 2.5 errors; t asks for 2.78
    assert not few.speaks
    assert Difference(mean=1.0, se=0.35, mc_error=0.0, rows=5).speaks
    around = np.linspace(-0.01, 0.01, 1000)
    assert not log_difference(0.003 + around, np.zeros(1000)).speaks  # 3 in sum
    assert log_difference(0.005 + around, np.zeros(1000)).speaks
    assert not Difference(mean=9.0, se=np.nan, mc_error=0.0, rows=1).speaks


def test_the_monte_carlo_errors_of_few_draws_are_those_of_many_repeats():
    rows = bind(Gaussian, {"y": np.array([-1.0, 0.3, 2.0])})
    generator, found = np.random.default_rng(0), []
    for _ in range(100):
        each = judge_of(Gaussian, rows, mean=generator.normal(0, 0.5, 200), sd=np.ones(200))
        scores = [getattr(each, name).mean() for name in COMPARED]
        found.append((scores, [each.mc_error[name] ** 2 for name in COMPARED]))
    means, squares = np.array(found).transpose(1, 2, 0)
    # The sd of 100 repeats is known to 1/√200 = 7%; four of these.
    assert np.sqrt(squares.mean(axis=1)) == pytest.approx(means.std(axis=1, ddof=1), rel=0.28)


def test_an_estimate_leaves_nothing_to_chance():
    rows = bind(Gaussian, {"y": np.array([-1.0, 0.3, 2.0])})
    each = judge_of(Gaussian, rows, mean=np.zeros(1), sd=np.ones(1))
    assert each.mc_error == dict.fromkeys(COMPARED, 0.0)


def test_the_monte_carlo_error_of_outcomes_that_are_drawn():
    generator, outcome, found = np.random.default_rng(1), np.array([-1.0, 0.3, 2.0]), []
    for _ in range(100):
        score, parts = crps_of_sample(generator.normal(size=(800, 3)), outcome, 8)
        found.append((score.mean(), standard_error(of_rows(parts)) ** 2))
    means, squares = np.array(found).T
    assert np.sqrt(squares.mean()) == pytest.approx(means.std(ddof=1), rel=0.28)


def judge_of(model, rows, **draws):
    """What these draws of a posterior, in one chain, predict of the rows."""
    drawn = model(**{name: values[None] for name, values in draws.items()})
    return judge(
        Fit("posterior", rows, "", "own", {}, Status("converged", ""), draws=drawn), rows, 0
    )
