"""The record of a prediction, against closed forms and SciPy's distributions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from test_predictive import made

import bayesbench as bb
from bayesbench.joint import joint
from bayesbench.predict import mixture
from small_models import Counts, Gaussian, Linear, Logistic

DRAWS = 4000
SHARES = [0.001, 0.025, 0.5, 0.8, 0.975]


def outcome_of(family, **arguments):
    """A model whose outcome has this distribution, whatever its parameter."""

    def likelihood(self):
        return family(**arguments)

    body = {"outcome": "y", "idle": bb.parameter(bb.Normal(0, 1)), "likelihood": likelihood}
    return type(family.name, (bb.Model,), body)


FAMILIES = [
    (bb.Normal, {"loc": 1e3, "scale": 0.2}, stats.norm(1e3, 0.2)),
    (bb.StudentT, {"df": 2.5, "loc": 1.0, "scale": 2.0}, stats.t(2.5, 1, 2)),
    (bb.Laplace, {"loc": -1.0, "scale": 2.0}, stats.laplace(-1, 2)),
    (bb.Gumbel, {"loc": -1.0, "scale": 2.0}, stats.gumbel_r(-1, 2)),
    (bb.HalfNormal, {"scale": 2.0}, stats.halfnorm(scale=2)),
    (bb.LogNormal, {"loc": 0.5, "scale": 1.0}, stats.lognorm(1.0, scale=np.exp(0.5))),
    (bb.Exponential, {"rate": 2.0}, stats.expon(scale=0.5)),
    (bb.Gamma, {"concentration": 0.7, "rate": 2.0}, stats.gamma(0.7, scale=0.5)),
    (bb.InverseGamma, {"concentration": 3.0, "rate": 2.0}, stats.invgamma(3, scale=2)),
    (bb.Weibull, {"scale": 2.0, "concentration": 0.8}, stats.weibull_min(0.8, scale=2)),
    (bb.Beta, {"concentration1": 0.5, "concentration0": 2.0}, stats.beta(0.5, 2)),
    (bb.Uniform, {"low": -1.0, "high": 3.0}, stats.uniform(-1, 4)),
    (bb.Bernoulli, {"probs": 0.3}, stats.bernoulli(0.3)),
    (bb.Binomial, {"total_count": 9, "probs": 0.3}, stats.binom(9, 0.3)),
    (bb.Poisson, {"rate": 30.0}, stats.poisson(30)),
    (bb.Geometric, {"probs": 0.05}, stats.geom(0.05, loc=-1)),
]


@pytest.mark.parametrize(("family", "arguments", "truth"), FAMILIES, ids=lambda v: str(v)[:12])
def test_each_family_plugged_in(family, arguments, truth):
    fit = made(outcome_of(family, **arguments), {"y": [1.0]}, estimate={"idle": 0.0})
    found = fit.predict()
    assert found.mean == pytest.approx(truth.mean(), rel=1e-12)
    assert found.sd == pytest.approx(truth.std(), rel=1e-12)
    assert found.noise_sd == found.sd
    assert found.parameter_sd == 0
    assert found.quantile(SHARES)[:, 0] == pytest.approx(truth.ppf(SHARES), rel=1e-9, abs=1e-9)
    low, high = truth.support()
    at = np.unique(np.clip(np.r_[-2.0, 0.0, 1.0, 3.0, truth.ppf([0.1, 0.9])], low - 1, high + 1))
    assert found.cdf(at[:, None])[:, 0] == pytest.approx(truth.cdf(at), abs=1e-12)
    below = truth.cdf(np.ceil(at) - 1) if hasattr(truth, "pmf") else truth.cdf(at)
    assert found.cdf(at[:, None], strict=True)[:, 0] == pytest.approx(below, abs=1e-12)
    # A Kolmogorov distance of 10,000 draws is above 1.95/100 once in a thousand times (Smirnov).
    drawn, points = found.draws[:, 0], truth.ppf(np.linspace(0.01, 0.99, 99))
    shares = (drawn <= points[:, None]).mean(axis=1)
    assert np.abs(shares - truth.cdf(points)).max() < 1.95 / 100


@pytest.mark.parametrize(
    ("family", "arguments", "sd"),
    [
        (bb.Cauchy, {"loc": 3.0, "scale": 2.0}, np.nan),
        (bb.HalfCauchy, {"scale": 2.0}, np.inf),
        (bb.StudentT, {"df": 1.5, "loc": 3.0}, np.inf),
        (bb.StudentT, {"df": 1.0, "loc": 3.0}, np.nan),
    ],
)
def test_a_family_without_a_variance_says_so(family, arguments, sd):
    """SciPy has the same for each."""
    model = outcome_of(family, **arguments)
    for found in (
        made(model, {"y": [1.0]}, estimate={"idle": 0.0}).predict(),
        made(model, {"y": [1.0]}, draws={"idle": np.zeros((2, 50))}).predict(),
    ):
        assert found.sd == pytest.approx(sd, nan_ok=True)
        assert found.why_no_sd.startswith("of no row is the standard deviation a finite number")
        assert found.high > found.low
        assert "nan" in repr(found) or "inf" in repr(found)
        assert "no finite variance" in found._repr_html_()
    frozen = stats.cauchy(3, 2) if family is bb.Cauchy else None
    if frozen:
        assert found.quantile(SHARES)[:, 0] == pytest.approx(frozen.ppf(SHARES), rel=1e-9)


def test_a_mean_and_a_variance_unknown():
    """The conjugate Gaussian: the next value is Student t (Gelman et al. 2013, section 3.3)."""
    gaussian = bb.load("gaussian", variant="conjugate")
    y = gaussian.example()
    df, loc, scale = gaussian.exact_predictive(bb.bind(gaussian, y).columns)
    truth = stats.t(df, loc, scale)
    found = bb.fit_posterior(gaussian, y, seed=1, progress=False).predict()
    # The draws' own error: 4 of it at an effective size of at least 400.
    assert found.mean == pytest.approx(loc, abs=4 * found.parameter_sd[0] / 20)
    assert found.sd == pytest.approx(truth.std(), rel=4 / np.sqrt(2 * 400))
    for share in (0.025, 0.5, 0.975):
        at = truth.ppf(share)
        assert found.cdf([at]) == pytest.approx(share, abs=4 * 0.15 / 20)
        assert found.quantile(share) == pytest.approx(at, abs=0.03 / truth.pdf(at))
    rows = {"y": [loc - 3 * scale, loc, loc + 2 * scale]}
    assert found.log_density(rows) == pytest.approx(truth.logpdf(rows["y"]), abs=0.1)
    # Of the variance the part that stays is the posterior mean of σ², b/(a - 1).
    a, b = df / 2, scale**2 * df / 2 / (1 + 1 / (len(y["y"]) + 0.1))
    assert found.noise_sd**2 == pytest.approx(b / (a - 1), rel=4 * 0.35 / 20)


def test_a_line_splits_its_variance():
    """Known Σ of the coefficients: the sd of E[y | θ] at x is √(x'Σx), and the noise stays."""
    mean, cov = np.array([0.5, -0.25]), np.array([[0.04, 0.01], [0.01, 0.09]])
    slopes = np.random.default_rng(0).multivariate_normal(mean, cov, (4, DRAWS // 4))
    noise = np.full((4, DRAWS // 4), 0.3)
    table = {"age": [0.0, 1.0, 3.0], "height": [2.0, 1.0, 0.0], "y": [1.0, 2.0, 2.5]}
    fit = made(Linear, table, draws={"slopes": slopes, "noise": noise})
    x = np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 0.0]])
    found = fit.predict({"age": x[:, 0], "height": x[:, 1]})
    seen = np.cov(slopes.reshape(-1, 2).T, ddof=0)
    assert found.parameter_sd**2 == pytest.approx(np.einsum("ni,ij,nj->n", x, seen, x), abs=1e-14)
    closed = np.sqrt(np.einsum("ni,ij,nj->n", x, cov, x))
    assert found.parameter_sd == pytest.approx(closed, rel=4 / np.sqrt(2 * DRAWS), abs=1e-14)
    assert found.noise_sd == pytest.approx([0.3] * 3, abs=1e-14)
    assert found.sd**2 == pytest.approx(found.noise_sd**2 + found.parameter_sd**2, abs=1e-15)
    normal = stats.norm(x @ mean, np.hypot(closed, 0.3))
    # A quantile's error: √(p(1 - p)/S) / density, at most, with independent draws.
    for share, ends in zip((0.05, 0.95), found.interval(0.9), strict=True):
        at = normal.ppf(share)
        error = np.sqrt(share * (1 - share) / DRAWS) / normal.pdf(at)
        assert np.abs(ends - at).max() < 4 * error.max()


def test_counts_of_an_unknown_rate():
    """With a Gamma(a, b) posterior the next count is negative binomial (Gelman et al., 2.6)."""
    a, b = 11.0, 3.5
    rate = np.random.default_rng(0).gamma(a, 1 / b, (4, DRAWS // 4))
    found = made(Counts, {"y": [2, 3, 4]}, draws={"rate": rate}).predict()
    truth = stats.nbinom(a, b / (1 + b))
    assert found.sd == pytest.approx(truth.std(), rel=4 / np.sqrt(DRAWS))
    assert found.parameter_sd == pytest.approx(np.sqrt(a) / b, rel=4 / np.sqrt(DRAWS))
    assert found.noise_sd == pytest.approx(np.sqrt(a / b), rel=4 / np.sqrt(DRAWS))
    at = np.arange(15.0)
    each = stats.poisson(rate.reshape(-1, 1)).cdf(at)
    assert found.cdf(at[:, None])[:, 0] == pytest.approx(each.mean(axis=0), abs=1e-12)
    error = 4 * each.std(axis=0) / np.sqrt(DRAWS)
    assert (np.abs(found.cdf(at[:, None])[:, 0] - truth.cdf(at)) < error).all()
    strict = found.cdf(at[:, None], strict=True)[:, 0]
    assert found.cdf(at[:, None])[:, 0] - strict == pytest.approx(
        np.exp(found.log_density({"y": at})), abs=1e-12
    )
    assert found.quantile([0.1, 0.9])[:, 0].tolist() == truth.ppf([0.1, 0.9]).tolist()


def test_the_coin_is_four_ninths(contrasts):
    fits = contrasts["uniform"].points
    for name in ("laplace", "pathfinder", "posterior"):
        found = fits[name].predict()
        heads = fits[name].events().loc["next is heads", "probability"]
        assert found.mean == pytest.approx(heads, abs=1e-12)
        assert found.sd**2 == pytest.approx(heads * (1 - heads), abs=1e-12)  # a Bernoulli again
        assert np.exp(found.log_density({"toss": [1]})) == pytest.approx(heads, abs=1e-12)
    theta = fits["posterior"].draws.theta
    assert heads == pytest.approx(4 / 9, abs=4 * theta.std() / np.sqrt(400))
    assert found.parameter_sd == pytest.approx(theta.std(), abs=1e-12)
    plugged = fits["mle"].predict()
    assert plugged.mean == pytest.approx(3 / 7, abs=1e-9)
    assert plugged.noise_sd**2 == pytest.approx(12 / 49, abs=1e-9)
    assert (plugged.low, plugged.high) == (0, 1)


def test_probabilities_by_row():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 2, 50))
    fit = made(Logistic, {"x": [0.0, 1.0], "y": [0, 1]}, draws={"intercept": a, "slope": b})
    found = fit.predict({"x": [-1.0, 0.0, 2.0]})
    p = 1 / (1 + np.exp(-(a.ravel() + np.multiply.outer([-1.0, 0.0, 2.0], b.ravel()))))
    assert found.mean == pytest.approx(p.mean(axis=1), abs=1e-12)
    assert found.parameter_sd == pytest.approx(p.std(axis=1), abs=1e-12)
    assert found.cdf([0, 0, 1]) == pytest.approx([*(1 - p.mean(axis=1))[:2], 1], abs=1e-12)


def test_counts_out_of_fewer_than_were_seen():
    class Hits(bb.Model):
        """Hits in a given number of trials."""

        outcome = "hits"
        p = bb.parameter(bb.Uniform(0, 1))

        def likelihood(self, trials):
            return bb.Binomial(trials, self.p)

    fit = made(Hits, {"trials": [10, 8], "hits": [5, 4]}, estimate={"p": 0.3})
    found = fit.predict({"trials": [2, 20]})
    assert found.high.tolist() == stats.binom([2, 20], 0.3).ppf(0.975).tolist()
    assert found.log_density({"hits": [1, 7]}) == pytest.approx(
        stats.binom([2, 20], 0.3).logpmf([1, 7]), abs=1e-12
    )
    with pytest.raises(bb.BadInput, match="column 'hits': found 3"):
        found.log_density({"hits": [3, 7]})


def test_a_vector_outcome_is_described_by_component():
    plane = bb.load("gaussian_mean")
    mu = np.random.default_rng(0).normal([1.0, -1.0], 0.1, (1, 500, 2))
    found = made(plane, {"x1": [0.0, 1.0], "x2": [1.0, 2.0]}, draws={"mu": mu}).predict()
    assert found.mean == pytest.approx(mu.mean(axis=(0, 1))[None], abs=1e-12)
    assert found.noise_sd == pytest.approx(np.full((1, 2), np.sqrt(5)), abs=1e-12)
    assert found.parameter_sd == pytest.approx(mu.std(axis=(0, 1))[None], abs=1e-12)
    assert found.draws.shape == (500, 1, 2)
    each = stats.norm(mu[0], np.sqrt(5))
    assert found.cdf([[0.3, 0.4]]) == pytest.approx(
        each.cdf([0.3, 0.4]).mean(axis=0)[None], abs=1e-12
    )
    joint = np.exp(each.logpdf([0.3, 0.4]).sum(axis=1)).mean()
    assert found.log_density({"x1": [0.3], "x2": [0.4]}) == pytest.approx(np.log(joint), abs=1e-12)
    assert {"mean[x1]", "sd[x2]", "high[x2]"} <= {*found.table().columns}
    drawn = found.plot()  # one row of two components: a density over the plane
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("x1", "x2")


def test_a_level_already_seen():
    schools = bb.load("eight_schools")
    draws = {
        "mean": np.zeros((1, 40)),
        "spread": np.ones((1, 40)),
        "effect": np.random.default_rng(0).normal(size=(1, 40, 8)),
    }
    fit = replace(made(schools, schools.example()), draws=joint(schools)(**draws))
    found = fit.predict({"school": ["C", "A"], "se": [3.0, 4.0]})
    assert found.mean == pytest.approx(draws["effect"][0].mean(axis=0)[[2, 0]], abs=1e-12)
    assert found.parameter_sd == pytest.approx(draws["effect"][0].std(axis=0)[[2, 0]], abs=1e-12)
    assert found.noise_sd == pytest.approx([3, 4], abs=1e-12)
    assert found.table()["school"].tolist() == ["C", "A"]
    with pytest.raises(bb.BadInput, match="the level 'J'"):
        fit.predict({"school": ["J"], "se": [3.0]})


def test_an_unnormalised_density_has_draws_in_place_of_a_distribution_function():
    class Hill(bb.Model):
        """A Normal without its constant."""

        outcome = "y"
        scale = bb.parameter(bb.HalfNormal(1))

        def likelihood(self):
            return bb.EnergyBased(lambda y: 0.5 * (y / self.scale) ** 2, bb.real)

    found = made(Hill, {"y": [1.0, -1.0]}, estimate={"scale": 2.0}).predict()
    assert found.mean == pytest.approx(0, abs=1e-9)
    assert found.sd == pytest.approx(2, rel=1e-9)
    # √(p(1 - p)/10,000) / density at the 97.5% point, where a Normal's density is 0.0584.
    assert found.high == pytest.approx(
        2 * 1.959964, abs=4 * 2 * np.sqrt(0.025 * 0.975) / 100 / 0.0584
    )
    without = r"a known distribution function.*compare with the draws"
    with pytest.raises(bb.BadInput, match=without):
        found.cdf([0.0])


def test_outcomes_belong_to_the_rows_that_are_predicted():
    table = {"age": [0.0, 1.0, 3.0], "height": [2.0, 1.0, 0.0], "y": [1.0, 2.0, 2.5]}
    found = made(Linear, table, estimate={"slopes": [0.5, 0.1], "noise": 0.3}).predict(table)
    whole = found.log_density(table)
    assert np.array_equal(found.log_density({"y": table["y"]}), whole)
    with pytest.raises(bb.BadInput, match=r"other values of age.*fit\.predict\(table\)"):
        found.log_density(table | {"age": [0.0, 1.0, 2.0]})
    with pytest.raises(bb.BadInput, match="found 2 rows, expected outcomes of the 3 rows"):
        found.log_density({"y": [1.0, 2.0]})
    with pytest.raises(bb.BadInput, match="no column 'y'"):
        found.log_density({"age": table["age"]})
    with pytest.raises(bb.BadInput, match=r"prob: found 0\.0"):
        found.quantile([0.5, 0.0])


def test_the_table_and_the_record_in_a_line():
    fit = made(Gaussian, {"y": [1.0, 2.0]}, draws={"mean": [[1.0, 3.0]], "sd": [[2.0, 2.0]]})
    found = fit.predict()
    row = found.table().loc[1]
    assert row[["mean", "sd", "noise_sd", "parameter_sd"]].tolist() == [2, 5**0.5, 2, 1]
    assert repr(found).startswith(
        "<the prediction of Gaussian by posterior, averaged over 2 draws: mean 2, sd 2.2361 "
        "(noise 2, parameters 1), 95% from"
    )
    lines = fit.predict({"rows": [1, 2]})
    assert repr(lines) == "<the prediction of Gaussian by posterior: 2 rows, averaged over 2 draws>"
    assert "<table" in lines._repr_html_()


def test_nothing_is_compiled_again():
    table = {"age": [0.0, 1.0, 3.0], "height": [2.0, 1.0, 0.0], "y": [1.0, 2.0, 2.5]}

    class Own(Linear):
        """A layout of its own, so that no other test has compiled it."""

    def predicted(offset):
        slopes = np.full((1, 30, 2), offset)
        fit = made(Own, table, draws={"slopes": slopes, "noise": np.ones((1, 30))})
        found = fit.predict({"age": [offset, 2.0], "height": [1.0, offset]}, prob=0.5 + offset)
        return found.sd, found.high, found.draws, found.cdf([offset, 1.0])

    predicted(0.1)
    before = mixture._each._cache_size(), mixture._draw._cache_size()
    predicted(0.2)
    assert (mixture._each._cache_size(), mixture._draw._cache_size()) == before


def test_the_figure_of_a_prediction(contrasts):
    from bayesbench.figures.prediction import plot_predicted
    from bayesbench.predict.shown import predicted

    fits = contrasts["uniform"].points
    kept = predicted({name: fits[name].predict() for name in ("mle", "posterior")})
    assert kept.attrs["kind"] == "probabilities"
    assert kept["x"].to_numpy().tolist() == [0, 1]
    assert kept["density"].to_numpy()[0] == pytest.approx([4 / 7, 3 / 7], abs=1e-9)
    assert plot_predicted(kept).get_xlabel() == "toss"
    density = predicted(
        {"mle": made(Gaussian, {"y": [1.0]}, estimate={"mean": 1.0, "sd": 2.0}).predict()}
    )
    x, line = density["x"].to_numpy(), density["density"].to_numpy()[0]
    assert line == pytest.approx(stats.norm(1, 2).pdf(x), abs=1e-12)
    table = {"age": [0.0, 1.0, 3.0], "height": [2.0, 1.0, 0.0], "y": [1.0, 2.0, 2.5]}
    fit = made(Linear, table, estimate={"slopes": [0.5, 0.1], "noise": 0.3})
    bands = fit.predict({"age": [3.0, 1.0, 2.0], "height": [0.0] * 3})
    ax = bands.plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "y")
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert ax.lines[0].get_ydata() == pytest.approx([0.5, 1.0, 1.5], abs=1e-12)
    assert bands.plot(ax) is ax
    assert fit.predict(table).plot().get_xlabel() == "row"  # two inputs differ
    schools = bb.load("eight_schools")
    alike = {"mean": 1.0, "spread": 1.0, "effect": np.ones(8)}
    level = replace(made(schools, schools.example()), estimate=joint(schools)(**alike))
    ax = level.predict(schools.example()).plot()
    assert ax.get_xlabel() == "school"
    assert [each.get_text() for each in ax.get_xticklabels()] == [*"ABCDEFGH"]
