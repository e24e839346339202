"""Unnormalised densities: Z, the fits that rest on it, and what becomes of them without it."""

import jax
import numpy as np
import pytest
from scipy import optimize, special, stats

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.energy import EnergyBased, holds
from bayesbench.libraries import jax_library, torch_library
from bayesbench.partition import rule
from bayesbench.supports import at_most, box, interval, positive, real

EXACT = 1e-8


def _load(variant=None):
    model = bb.load("energy", variant=variant)
    return model, model.example()


def _quadratic(mean, sd):
    return lambda x: (x - mean) ** 2 / (2 * sd**2)


CASES = {
    "normal": (_quadratic(0.3, 1.2), real, np.log(1.2 * np.sqrt(2 * np.pi))),
    "far away": (_quadratic(1000.0, 5.0), real, np.log(5.0 * np.sqrt(2 * np.pi))),
    "narrow": (_quadratic(-3.0, 1e-3), real, np.log(1e-3 * np.sqrt(2 * np.pi))),
    "cauchy": (lambda x: bn.log(1 + x**2), real, np.log(np.pi)),
    "gumbel": (lambda x: x + bn.exp(-x), real, 0.0),
    "quartic": (lambda x: x**4, real, np.log(2 * special.gamma(1.25))),
    "exponential": (lambda x: 2 * x, positive, -np.log(2)),
    "gamma": (lambda x: 0.5 * bn.log(x) + x, positive, np.log(np.sqrt(np.pi))),
    "reversed": (lambda x: 2 * (1 - x), at_most(1.0), -np.log(2)),
    "truncated": (
        _quadratic(0.5, 1.0),
        interval(-2, 2),
        np.log(np.sqrt(2 * np.pi) * (stats.norm.cdf(1.5) - stats.norm.cdf(-2.5))),
    ),
    "von Mises": (
        lambda x: -2 * bn.cos(x),
        interval(-np.pi, np.pi),
        np.log(2 * np.pi * special.i0(2.0)),
    ),
    "normal on a box": (
        lambda p: 0.5 * (p[..., 0] ** 2 + p[..., 1] ** 2),
        box((-1, 2), (0, 1)),
        np.log(2 * np.pi)
        + np.log(stats.norm.cdf(2) - stats.norm.cdf(-1))
        + np.log(stats.norm.cdf(1) - 0.5),
    ),
}


def test_the_rule_is_that_of_gauss_and_kronrod():
    made = rule(interval(0, 1), 1)
    weights, x = np.exp(made.log_weights), made.points[:, 0]
    for power in range(23):
        whole = (1 + (-1) ** power) / (power + 1)
        assert abs(weights @ x**power - whole) < 1e-14
        if power < 14:
            assert abs(made.coarse @ x**power - whole) < 1e-14
    nodes, gauss = np.polynomial.legendre.leggauss(7)
    assert np.abs(x[made.coarse > 0] - nodes).max() < 1e-15
    assert np.abs(made.coarse[made.coarse > 0] - gauss).max() < 1e-15


@pytest.mark.parametrize("case", CASES)
def test_log_partition_in_closed_form(case):
    energy, support, truth = CASES[case]
    made = EnergyBased(energy, support)
    assert abs(made.over().log_partition - truth) < 1e-10
    with jax.enable_x64(True):
        for library in (torch_library(), jax_library()):
            assert abs(float(made.build(library).log_partition) - truth) < 1e-10


def test_density_moments_and_support():
    truth = stats.truncnorm(-2.5, 1.5, loc=0.5, scale=1.0)
    made = EnergyBased(_quadratic(0.5, 1.0), interval(-2, 2)).over()
    x = np.array([-2.0, 0.3, 1.9])
    assert np.abs(made.log_prob(x) - truth.logpdf(x)).max() < 1e-12
    assert (made.log_prob(np.array([-2.1, 2.1])) == -np.inf).all()
    assert abs(made.mean - truth.mean()) < 1e-12
    assert abs(made.variance - truth.var()) < 1e-12
    inside = holds(box((0, 1), (0, 1)), np.array([[0.5, 0.5], [0.5, 1.5]]))
    assert inside.tolist() == [True, False]


@pytest.mark.parametrize(
    ("energy", "support", "cdf"),
    [
        (_quadratic(1000.0, 5.0), real, stats.norm(1000, 5).cdf),
        (lambda x: 2 * x, positive, stats.expon(scale=0.5).cdf),
        (_quadratic(0.5, 1.0), interval(-2, 2), stats.truncnorm(-2.5, 1.5, 0.5, 1.0).cdf),
    ],
)
def test_draws(energy, support, cdf):
    with jax.enable_x64(True):
        made = EnergyBased(energy, support).build(jax_library())
        draws = np.asarray(made.sample(jax.random.PRNGKey(0), (10, 1000)))
    assert draws.shape == (10, 1000)
    assert stats.kstest(draws.ravel(), cdf).pvalue > 0.001


def test_draws_in_two_dimensions():
    with jax.enable_x64(True):
        made = EnergyBased(lambda p: p[..., 0] ** 2 - p[..., 1], box((-1, 2), (0, 1)))
        draws = np.asarray(made.build(jax_library()).sample(jax.random.PRNGKey(0), (5000,)))
    assert draws.shape == (5000, 2)
    sd = np.sqrt(0.5)
    first = stats.truncnorm(-1 / sd, 2 / sd, scale=sd)
    assert stats.kstest(draws[:, 0], first.cdf).pvalue > 0.001
    second = stats.kstest(draws[:, 1], lambda y: np.expm1(y) / np.expm1(1))
    assert second.pvalue > 0.001
    assert abs(stats.spearmanr(draws)[0]) < 4 / np.sqrt(5000)


def test_the_quadratic_energy_is_a_gaussian():
    model, data = _load("quadratic")
    x, exact = data["x"], model.exact(data)
    mle = bb.fit_mle(model, data)
    assert mle.status.name == "converged"
    for name, by_fit in exact["estimates"].items():
        assert abs(float(mle.estimate.values[name]) - by_fit["mle"]["value"]) < EXACT
    assert abs(mle.diagnostics["value"] - stats.norm.logpdf(x, x.mean(), x.std()).sum()) < EXACT
    assert abs(mle.diagnostics["value"] - exact["log_likelihood"]["mle"]) < EXACT
    assert abs(mle.diagnostics["log_partition"] - exact["log_partition"]["mle"]) < EXACT
    assert mle.diagnostics["log_partition_error"] < EXACT
    assert abs(float(mle.standard_errors["mean"]) - x.std() / np.sqrt(len(x))) < EXACT


class Rate(bb.Model):
    """An exponential distribution in disguise, on a half-line."""

    outcome = "y"
    rate = bb.parameter(bb.Gamma(2, 1))

    def likelihood(self):
        return EnergyBased(lambda y: self.rate * y, positive)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_data_in_other_units_and_places(unit):
    """The nodes on an unbounded support go to where the data are."""
    y = np.random.default_rng(0).exponential(unit, size=40)
    fit = bb.fit_mle(Rate, {"y": y})
    assert abs(float(fit.estimate.rate) * y.mean() - 1) < EXACT
    assert abs(fit.diagnostics["log_partition"] - np.log(y.mean())) < EXACT
    model, data = _load("quadratic")
    x = 100 * unit + unit * data["x"]
    fit = bb.fit_mle(model, {"x": x}, start={"mean": x.mean() + unit, "sd": 2 * unit})
    assert abs(float(fit.estimate.mean) - x.mean()) < EXACT * unit
    assert abs(float(fit.estimate.sd) - x.std()) < EXACT * unit
    assert abs(fit.diagnostics["log_partition"] - np.log(x.std() * np.sqrt(2 * np.pi))) < EXACT


def _log_posterior(variant, x):
    """The log-posterior of mean and sd by SciPy's own distributions."""
    low, high = (-np.inf, np.inf) if variant == "quadratic" else (-2.0, 2.0)

    def density(mean, sd):
        rows = stats.truncnorm.logpdf(x, (low - mean) / sd, (high - mean) / sd, mean, sd)
        return rows.sum() + stats.norm.logpdf(mean, 0, 10) + stats.halfnorm.logpdf(sd, scale=5)

    return density


@pytest.mark.parametrize("variant", ["quadratic", "truncated"])
def test_mle_map_and_posterior_against_scipy(variant):
    """SciPy's density is the same function of the parameters, so its posterior is the same."""
    from bayesbench.fit.at_draws import likelihood_and_prior

    model, data = _load(variant)
    theirs = _log_posterior(variant, data["x"])
    prior = stats.norm(0, 10), stats.halfnorm(scale=5)
    bound = bb.bind(model, data)
    mean, sd = np.meshgrid(np.linspace(-0.5, 1.5, 6), np.linspace(0.7, 2.5, 6))
    ours = sum(likelihood_and_prior(bound, {"mean": mean.ravel(), "sd": sd.ravel()}))
    truth = [theirs(*at) for at in zip(mean.ravel(), sd.ravel(), strict=True)]
    assert np.abs(ours - truth).max() < EXACT
    for fit, least in (
        (bb.fit_mle(model, data), lambda m, s: theirs(m, s) - _prior(prior, m, s)),
        (bb.fit_map(model, data), theirs),
    ):
        assert fit.status.name == "converged"
        found = np.array([float(fit.estimate.mean), float(fit.estimate.sd)])
        # A root of the numerical gradient, by central differences of the fourth order.
        root = optimize.root(lambda at, f=least: _gradient(f, at), found + 0.01, tol=1e-12).x
        assert np.abs(found - root).max() < EXACT
        low, high = (-np.inf, np.inf) if variant == "quadratic" else (-2.0, 2.0)
        mass = stats.norm(*found).cdf(high) - stats.norm(*found).cdf(low)
        exact = np.log(found[1] * np.sqrt(2 * np.pi) * mass)
        assert abs(fit.diagnostics["log_partition"] - exact) < EXACT
        assert fit.diagnostics["log_partition_error"] < EXACT


def _prior(prior, mean, sd):
    return prior[0].logpdf(mean) + prior[1].logpdf(sd)


def _gradient(function, at, h=2e-3):
    def slope(k):
        step = h * np.eye(2)[k]
        values = [function(*(at + m * step)) for m in (-3, -2, -1, 1, 2, 3)]
        return np.dot([-1, 9, -45, 45, -9, 1], values) / (60 * h)

    return [slope(0), slope(1)]


@pytest.mark.parametrize("variant", ["quadratic", "truncated"])
def test_the_posterior_by_nuts_is_that_of_an_independent_quadrature(variant):
    model, data = _load(variant)
    density = _log_posterior(variant, data["x"])
    posterior = bb.fit_posterior(model, data, draws=600, warmup=400, chains=2, progress=False)
    assert posterior.diagnostics["divergences"] == 0
    assert posterior.diagnostics["log_partition_error"] < EXACT
    # The trapezoidal rule over ten standard deviations: exact to rounding for such a density.
    draws = posterior.draws
    grids = [
        np.linspace(max(0.05, v.mean() - 10 * v.std()), v.mean() + 10 * v.std(), 60)
        if name == "sd"
        else np.linspace(v.mean() - 10 * v.std(), v.mean() + 10 * v.std(), 60)
        for name, v in draws.values.items()
    ]
    heights = np.array([[density(m, s) for s in grids[1]] for m in grids[0]])
    weights = np.exp(heights - heights.max())
    weights /= weights.sum()
    for axis, name in enumerate(("mean", "sd")):
        truth = weights.sum(1 - axis) @ grids[axis]
        error = posterior.diagnostics["convergence"][name]["mcse_mean"]
        assert abs(draws.values[name].mean() - truth) < 4 * error


def test_a_row_is_scored_alike_whatever_stands_beside_it():
    """The nodes stay where the fit has placed them, however narrow or scattered the rows."""
    model = bb.load("energy", variant="quadratic")
    x = np.random.default_rng(3).normal(5, 0.01, size=100)
    fit = bb.fit_mle(model, {"x": x})
    truth = stats.norm(fit.estimate.mean, fit.estimate.sd)
    for rows in ([5.0], [5.0, 0.0, 9.0], [5.0, 5.0, 5.0], x):
        found = fit.predict({"x": rows}).log_density({"x": rows})
        assert np.abs(found - truth.logpdf(rows)).max() < EXACT
