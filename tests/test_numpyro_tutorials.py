"""The usual models of tutorials: NumPyro's own densities, closed forms, and what is refused."""

import jax
import numpy as np
import numpyro_tutorials as written
import pytest
from numpyro.infer.util import log_density
from scipy import stats

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.errors import BadInput
from bayesbench.fit.at_draws import likelihood_and_prior

N = 12
GENERATOR = np.random.default_rng(8)
X, Z, NOISE = GENERATOR.normal(size=(3, N))
GROUP = np.arange(N) % 3
Y = 1 + 2 * X + 0.5 * NOISE
COUNT = GENERATOR.poisson(2, N)
FOUR, THREE, TWO = np.arange(N) % 4, np.arange(N) % 3, np.arange(N) % 2
BLOCK = np.column_stack([X, Z])

CASES = {
    "divorce": {"marriage": X, "age": Z, "divorce": Y},
    "noncentred": {"group": GROUP, "groups": 3, "y": Y},
    "logistic": {"X": BLOCK, "y": TWO},
    "mixture": {"y": Y},
    "ordered": {"x": X, "y": FOUR},
    "ordered_by_shares": {"x": X, "y": FOUR},
    "varying_slopes": {"group": GROUP, "x": X, "groups": 3, "y": Y},
    "softmax": {"X": BLOCK, "y": THREE},
    "shares": {"y": THREE},
    "inflated": {"x": X, "exposure": np.full(N, 2.0), "count": COUNT},
    "two_outcomes": {"x": X, "y": Y, "w": COUNT},
    "points": {"Y": BLOCK},
    "process": {"x": np.sort(X), "y": Y},
    "walk": {"y": Y},
    "long_tailed": {"group": GROUP, "groups": 3, "y": Y},
}


@pytest.fixture(scope="module")
def wrapped():
    made = {}

    def get(name):
        if name not in made:
            made[name] = bb.from_numpyro(getattr(written, name), data=CASES[name])
        return made[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_the_density_is_that_of_numpyro(name, wrapped):
    """Log-likelihood plus log-prior, against NumPyro's own density of the sites.

    Of coordinates it is that of the values that they stand for, times the volume of a unit.
    """
    model = wrapped(name)
    bound = bind(model, model.example()).joint
    z = np.random.default_rng(0).normal(0, 0.5, (2, bound.layout.size))
    declared = bound.model.parameters
    bounded = {"none": lambda v: 1 / (1 + np.exp(-v))}
    points = {
        key: bounded[key](v) if key in bounded else np.exp(v) if lower == 0 else v
        for key, v in bound.layout.split(z).items()
        for lower in [declared[key].support.lower]
    }
    likelihood, prior = likelihood_and_prior(bound, points)
    wrapper = model._numpyro
    arguments = {k: np.asarray(v) if np.ndim(v) else v for k, v in CASES[name].items()}
    for k in range(2):
        with jax.enable_x64(True):
            at = {key: v[k] for key, v in points.items()}
            sites = {wrapper.names[key]: wrapper._own(key, v) for key, v in at.items()}
            theirs, _ = log_density(getattr(written, name), (), arguments, sites)
            stretch = sum(
                float(each.log_volume(at[key])) for key, each in declared.items() if each.log_volume
            )
        assert likelihood[k] + prior[k] == pytest.approx(float(theirs) + stretch, rel=1e-10)


def test_what_is_observed_tells_the_outcome(wrapped):
    assert wrapped("divorce").outcome == "divorce"
    assert wrapped("logistic").outcome == "y"  # its site is called otherwise
    assert wrapped("two_outcomes").outcome == ("y", "w")
    assert wrapped("points").outcome == ("Y_1", "Y_2")
    only = bb.from_numpyro(written.divorce, data={"age": Z, "divorce": Y})
    assert [*only.parameters] == ["a", "bA", "sigma"]


def test_effects_as_distances_by_hand(wrapped):
    """Integrated out they are those of the centred model: its MLE in closed form.

    A balanced one-way layout (Searle, Casella and McCulloch 1992, section 3.7).
    """
    model = wrapped("noncentred")
    assert [*model.latents] == ["raw"]
    data = model.example() | {"y": np.repeat([0.0, 3.0, 5.0], 4)[np.argsort(np.argsort(GROUP))]}
    y = (data["y"] + 0.3 * NOISE).astype(float)
    means = np.array([y[g == GROUP].mean() for g in range(3)])
    within = ((y - means[GROUP]) ** 2).sum() / (N - 3)
    between = 4 * ((means - means.mean()) ** 2).sum() / 3
    fit = bb.fit_mle(model, data | {"y": y})
    assert fit.estimate.mu == pytest.approx(means.mean(), rel=1e-6)
    assert fit.estimate.sigma == pytest.approx(np.sqrt(within), rel=1e-5)
    assert fit.estimate.tau == pytest.approx(np.sqrt((between - within) / 4), rel=1e-5)
    sites = bb.numpyro_sites(fit)["value"]
    raw = fit.effects["raw"][0]
    assert sites["effect[2]"] == pytest.approx(float(fit.estimate.mu + fit.estimate.tau * raw[1]))


COUNTED = np.repeat([0, 1, 2], [5, 1, 4])


def test_shares_and_their_dirichlet(wrapped):
    """Counts n and a prior Dirichlet(a): n/N, (n + a - 1)/(N + A - 3), and the mean (n+a)/(N+A)."""
    n, a = np.array([5, 1, 4]), np.array([2.0, 3.0, 4.0])
    model, data = wrapped("shares"), {"y": COUNTED}
    names = ["p[1]", "p[2]", "p[3]"]
    mle = bb.numpyro_sites(bb.fit_mle(model, data))["value"]
    np.testing.assert_allclose(mle[names], n / 10, rtol=1e-7)
    mode = bb.numpyro_sites(bb.fit_map(model, data))["value"]
    np.testing.assert_allclose(mode[names], (n + a - 1) / (10 + 9 - 3), rtol=1e-7)
    fit = bb.fit_posterior(model, data, chains=2, warmup=300, draws=1000, seed=2)
    exact = [stats.beta(k, 19 - k) for k in n + a]
    found = bb.numpyro_sites(fit).loc[names]
    ess = float(fit.diagnostics["ess"])
    for each, row in zip(exact, found.itertuples(), strict=True):
        # Four Monte Carlo errors of a mean, and of a sd: about sd/√(2 ess), a little more here.
        assert abs(row.mean - each.mean()) < 4 * each.std() / np.sqrt(ess)
        assert abs(row.sd - each.std()) < 4 * each.std() / np.sqrt(ess)
    prior = bb.prior_draws(model, data, draws=2000)
    ways = model._numpyro.transforms["p_unconstrained"]
    with jax.enable_x64(True):
        shares = np.asarray(ways(prior.p_unconstrained))
    # The prior's means are a/9, with sds √(a (9 - a) / 810); four errors of 2,000 draws.
    assert (np.abs(shares.mean(0) - a / 9) < 4 * np.sqrt(a * (9 - a) / 810 / 2000)).all()


def test_predictions_of_categories(wrapped):
    """Their numbers' mean, and what lies at or below each of them."""
    fit = bb.fit_mle(wrapped("shares"), {"y": COUNTED})
    row = fit.predict()
    assert row.mean[0] == pytest.approx(0.9, rel=1e-7)
    assert row.sd[0] == pytest.approx(np.sqrt(0.1 + 4 * 0.4 - 0.81), rel=1e-7)
    np.testing.assert_allclose(row.cdf([[-1], [0], [1], [2]])[:, 0], [0, 0.5, 0.6, 1], rtol=1e-7)
    assert [float(row.quantile(p)[0]) for p in (0.3, 0.55, 0.99)] == [0, 1, 2]
    assert {*np.unique(row.draws)} == {0, 1, 2}


def test_two_outcomes_of_families_of_their_own(wrapped):
    """Each has the MLE that it has alone, and is predicted by its own family."""
    model = wrapped("two_outcomes")
    fit = bb.fit_mle(model, model.example())
    slope = (X @ Y) / (X @ X)
    sigma = np.sqrt(((Y - slope * X) ** 2).mean())
    assert fit.estimate.a == pytest.approx(slope, rel=1e-6)
    assert fit.estimate.b == pytest.approx(np.log(COUNT.mean()), rel=1e-6)
    found = fit.predict({"x": [0.5, -1.0]})
    np.testing.assert_allclose(found.mean[:, 0], slope * np.array([0.5, -1]), rtol=1e-6)
    np.testing.assert_allclose(found.mean[:, 1], COUNT.mean(), rtol=1e-6)
    np.testing.assert_allclose(found.sd[:, 0], sigma, rtol=1e-5)
    # Numbers and whole numbers together: quantiles are those of the draws, with the errors
    # √(p (1 - p) / n) / f of 10,000 of them, taken four times.
    error = np.sqrt(0.09 / 1e4) / stats.norm(0, sigma).pdf(sigma * stats.norm.ppf(0.9))
    ninth = stats.norm(0.5 * slope, sigma).ppf(0.9)
    assert abs(found.quantile(0.9)[0, 0] - ninth) < 4 * error
    assert found.quantile(0.9)[0, 1] == stats.poisson(COUNT.mean()).ppf(0.9)
    assert found.draws.shape == (10_000, 2, 2)
    # Four Monte Carlo errors of 10,000 draws.
    assert abs(found.draws[:, 0, 1].mean() - COUNT.mean()) < 4 * np.sqrt(COUNT.mean() / 1e4)
    alone = (
        stats.norm(slope * X, sigma).logpdf(Y).sum()
        + stats.poisson(COUNT.mean()).logpmf(COUNT).sum()
    )
    assert fit.llf == pytest.approx(alone, rel=1e-9)


def test_a_vector_for_each_row(wrapped):
    """Its marginals are those of a bivariate Normal, by SciPy."""
    fit = bb.fit_map(wrapped("points"), wrapped("points").example())
    corr = bb.numpyro_sites(fit)["value"][["corr[1, 1]", "corr[2, 1]", "corr[2, 2]"]].to_numpy()
    tril = np.array([[corr[0], 0], corr[1:]])
    whole = stats.multivariate_normal(fit.estimate.mean, tril @ tril.T)
    assert fit.llf == pytest.approx(whole.logpdf(BLOCK).sum(), rel=1e-9)
    row = fit.predict()
    np.testing.assert_allclose(row.cdf([[0.2, 0.2]])[0], stats.norm(fit.estimate.mean).cdf(0.2))
    bands = row.interval(0.9)
    np.testing.assert_allclose(bands[1][0], fit.estimate.mean + stats.norm.ppf(0.95), rtol=1e-6)


def test_inflated_counts(wrapped):
    """P(Y <= k) = none + (1 - none) times that of the Poisson."""
    fit = bb.fit_map(wrapped("inflated"), wrapped("inflated").example())
    row = fit.predict({"x": [0.5], "exposure": [2.0]})
    rate, none = 2 * np.exp(float(fit.estimate.level) + 0.15), float(fit.estimate.none)
    expected = none + (1 - none) * stats.poisson(rate).cdf(3)
    assert row.cdf([3.0])[0] == pytest.approx(expected, rel=1e-7)
    assert row.mean[0] == pytest.approx((1 - none) * rate, rel=1e-7)


REFUSED = {
    "marginal_process": ({"x": X, "y": Y}, "one density of all rows together.*sample what joins"),
    "lagged": ({"y": Y}, "none of the arguments.*'before': y"),
    "lagged_in_place": ({"y": Y}, "reads the outcome, y"),
    "prior_of_the_mean": ({"y": Y}, "site 'level': found a distribution that reads the outcome"),
    "scanned": ({"y": Y}, "reads the outcome"),
    "local_level": ({"y": Y}, "site's own value, as in a scan.*cumsum"),
    "improper_cuts": ({"x": X, "y": FOUR}, "an improper prior with the support OrderedVector"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_how_it_is_mended(name):
    data, words = REFUSED[name]
    with pytest.raises(BadInput, match=words):
        bb.from_numpyro(getattr(written, name), data=data)


def test_sites_of_a_class_of_ones_own():
    coin = bb.load("coin")
    with pytest.raises(BadInput, match="a class of bayesbench"):
        bb.numpyro_sites(bb.fit_mle(coin))
