"""The eight schools, held against quadrature, closed forms and published numbers."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import cubature
from scipy.optimize import minimize

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.results import results

SCHOOLS = bb.load("eight_schools")
DATA = {name: np.array(values) for name, values in SCHOOLS.example().items()}
Y, SE = DATA["y"], DATA["se"]
PRIORS = {
    None: lambda mean, spread: (
        stats.norm(0, 5).logpdf(mean) + stats.halfcauchy(0, 5).logpdf(spread)
    ),
    "flat": lambda mean, spread: 0.0,
    "gamma": lambda mean, spread: stats.gamma(2, scale=1e4).logpdf(spread),
}


def _log_density(variant, mean, spread):
    """The log-likelihood with the effects integrated out, plus the log-prior; of arrays."""
    wide = np.sqrt(SE**2 + np.expand_dims(spread, -1) ** 2)
    rows = stats.norm(np.expand_dims(mean, -1), wide).logpdf(Y)
    return rows.sum(-1) + PRIORS[variant](mean, spread)


def _integrals(variant, functions):
    """The log evidence, and posterior means of functions, over log spread and the mean.

    The mean is counted in units that grow with the spread, as its own spread does.
    """

    def integrand(at):
        spread = np.exp(at[:, 1])
        unit = np.hypot(5, spread)
        mean = 8 + unit * at[:, 0]
        weight = np.exp(_log_density(variant, mean, spread) + 35) * spread * unit
        return np.stack([weight, *(weight * f(mean, spread) for f in functions)], axis=-1)

    done = cubature(integrand, [-12, -18], [12, 10], points=[[0, 1]], rtol=1e-9, atol=1e-12)
    return np.log(done.estimate[0]) - 35, done.estimate[1:] / done.estimate[0]


@pytest.fixture(scope="module")
def made():
    return bb.contrast(SCHOOLS, DATA, seed=0, progress=False)


def test_maximum_likelihood_lies_on_the_boundary(made):
    mle = made.fits["mle"]
    weights = SE**-2.0  # the pooled estimate (Gelman et al. 2013, section 5.5: 7.7 ± 4.1)
    assert mle.status.name == "boundary"
    assert float(mle.estimate.spread) == 0.0
    assert abs(float(mle.estimate.mean) - (weights * Y).sum() / weights.sum()) < 1e-8
    assert abs(float(mle.standard_errors["mean"]) - weights.sum() ** -0.5) < 1e-8
    assert float(mle.estimate.mean) == pytest.approx(7.6856, abs=5e-5)
    assert float(mle.standard_errors["mean"]) == pytest.approx(4.0719, abs=5e-5)
    centre, sd = mle.effects["effect"]
    assert np.allclose(centre, mle.estimate.mean, atol=1e-12)
    assert (sd == 0).all()


@pytest.mark.parametrize("variant", PRIORS)
def test_modes_against_a_search_of_the_formula(variant):
    mode = bb.fit_map(bb.load("eight_schools", variant=variant), DATA)
    for fit, jacobian in ((mode, 0), (mode.beside["unconstrained"], 1)):

        def height(at, jacobian=jacobian):
            return -_log_density(variant, at[0], np.exp(at[1])) - jacobian * at[1]

        search = {"method": "Nelder-Mead", "options": {"xatol": 1e-9, "fatol": 1e-13}}
        best = minimize(height, [5.0, 1.0], **search)
        assert fit.converged
        spread = float(fit.estimate.spread)
        if fit.status.name == "boundary":
            assert spread == 0.0
            assert np.exp(best.x[1]) < 1e-3
        else:
            assert abs(spread - np.exp(best.x[1])) < 1e-5
        assert abs(float(fit.estimate.mean) - best.x[0]) < 1e-5
        # The effects given the mode (Gelman et al. 2013, equation 5.17).
        precision = SE**-2.0 + max(spread, 1e-150) ** -2.0
        centre, sd = fit.effects["effect"]
        pulled = (Y / SE**2 + fit.estimate.mean / max(spread, 1e-150) ** 2) / precision
        assert np.allclose(centre, pulled, atol=1e-10)
        assert np.allclose(sd, precision**-0.5, atol=1e-10)


@pytest.mark.parametrize("variant", PRIORS)
def test_what_the_model_knows_against_quadrature_in_two_dimensions(variant):
    model = bb.load("eight_schools", variant=variant)
    exact = model.exact(bind(model, DATA).columns)
    squares = (lambda m, s: m, lambda m, s: m**2, lambda m, s: s, lambda m, s: s**2)

    def ninth(mean, spread):
        return stats.norm.cdf(mean / spread)

    log_evidence, (mean, mean2, spread, spread2, chance) = _integrals(variant, [*squares, ninth])
    found = {name: each["posterior"] for name, each in exact["estimates"].items()}
    assert found["mean"]["mean"] == pytest.approx(mean, abs=1e-6)
    assert found["mean"]["sd"] == pytest.approx(np.sqrt(mean2 - mean**2), abs=1e-5)
    assert found["spread"]["mean"] == pytest.approx(spread, abs=1e-6)
    assert found["spread"]["sd"] == pytest.approx(np.sqrt(spread2 - spread**2), abs=1e-4)
    assert exact["predictive"]["ninth"]["posterior"] == pytest.approx(chance, abs=1e-6)
    assert ("log_evidence" in exact) == (variant is None)
    if variant is None:
        assert exact["log_evidence"] == pytest.approx(log_evidence, abs=1e-6)


def test_points_meet_what_the_model_knows(made):
    points, sampled = [f for f in made.findings if f.rule == "against_truth"]
    assert (points.severity, sampled.severity) == ("ok", "ok")
    assert max(points.evidence.values()) < 1e-8
    assert abs(sampled.evidence["off_in_mcse"]) < 4


def test_sampled_within_four_monte_carlo_errors(made):
    posterior, exact = made.fits["posterior"], made.exact
    assert posterior.status.name == "converged"
    assert posterior.diagnostics["divergences"] == 0
    for name, truth in exact["estimates"].items():
        draws, errors = posterior.draws.values[name], posterior.diagnostics["convergence"][name]
        assert abs(draws.mean() - truth["posterior"]["mean"]) < 4 * errors["mcse_mean"]
        assert abs(draws.std() - truth["posterior"]["sd"]) < 4 * errors["mcse_sd"]
    ninth = made.probabilities["posterior"]["ninth"]
    assert abs(ninth.value - exact["predictive"]["ninth"]["posterior"]) < 4 * ninth.mcse


# Means and their Monte Carlo errors in posteriordb (Magnusson et al. 2024), the reference
# posterior `eight_schools-eight_schools_noncentered`: schools A to H, mean, spread.
REFERENCE = (
    np.array([6.1505, 4.9396, 3.9059, 4.7960, 3.6144, 4.0511, 6.3172, 4.8840, 4.4105, 3.6021]),
    np.array([0.0557, 0.0462, 0.0542, 0.0475, 0.0461, 0.0485, 0.0499, 0.0543, 0.0330, 0.0319]),
)


def test_published_posterior_means(made):
    posterior = made.fits["posterior"]
    errors = posterior.diagnostics["convergence"]
    names = ("effect", "mean", "spread")
    found = np.concatenate([np.ravel(posterior.draws.values[n].mean((0, 1))) for n in names])
    own = np.concatenate([np.ravel(errors[n]["mcse_mean"]) for n in names])
    assert (np.abs(found - REFERENCE[0]) < 4 * np.hypot(own, REFERENCE[1])).all()
    exact = [made.exact["estimates"][n]["posterior"]["mean"] for n in names[1:]]
    assert (np.abs(exact - REFERENCE[0][8:]) < 4 * REFERENCE[1][8:]).all()


def test_published_quantiles_under_flat_priors():
    """Medians and quartiles of Gelman et al. (2013), table 5.3: of 200 draws, in whole points."""
    published = np.array(
        [
            *([7, 10, 16], [3, 8, 12], [2, 7, 11], [4, 8, 11]),
            *([1, 5, 10], [2, 6, 10], [7, 10, 15], [3, 8, 13]),
        ]
    )
    fit = bb.fit_posterior(bb.load("eight_schools", variant="flat"), DATA, seed=1, progress=False)
    assert fit.converged
    assert fit.diagnostics["divergences"] == 0
    draws = fit.draws.effect.reshape(-1, 8)
    found = np.quantile(draws, (0.25, 0.5, 0.75), axis=0).T
    # A quantile's standard error is √(p (1 - p) / n) over the density there (Normal, about).
    p = np.array([0.25, 0.5, 0.75])
    error = np.sqrt(p * (1 - p) / 200) / stats.norm.pdf(stats.norm.ppf(p)) * draws.std(0)[:, None]
    assert (np.abs(found - published) < 4 * error + 0.5).all()


def test_there_is_no_joint_mode_and_the_page_says_so(made):
    (finding,) = [f for f in made.findings if f.rule == "joint_mode"]
    assert finding.severity == "warning"
    assert "grows without limit" in finding.message
    mean = float(made.fits["map"].estimate.mean)
    for spread, found in zip(finding.evidence["at"], finding.evidence["log_density"], strict=True):
        best = (Y / SE**2 + mean / spread**2) / (SE**-2.0 + spread**-2.0)
        expected = stats.norm(best, SE).logpdf(Y).sum() + PRIORS[None](mean, spread)
        expected += stats.norm(mean, spread).logpdf(best).sum()
        assert abs(found - expected) < 1e-6


def test_every_fit_shows_the_effects(made, tmp_path):
    entries = ["mean", "spread", *(f"effect[{school}]" for school in "ABCDEFGH")]
    found = json.loads(json.dumps(results(made), allow_nan=False))
    schema = files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8")
    jsonschema.validate(found, json.loads(schema))
    assert list(found["estimates"]) == list(made.table().index) == entries
    fits = ["mle", "map", "map_unconstrained", "laplace", "pathfinder", "posterior"]
    for entry in entries:
        assert list(found["estimates"][entry]) == fits
    assert found["estimates"]["spread"]["mle"]["status"] == "boundary"
    assert found["estimates"]["effect[A]"]["mle"]["status"] == "converged"
    (shrinkage,) = [f for f in made.findings if f.rule == "shrinkage"]
    assert shrinkage.evidence["sd_given_the_mle"] == 0
    (coordinates,) = [f for f in made.findings if f.rule == "parameterisation"]
    assert coordinates.severity == "ok"
    assert coordinates.evidence["centred"] == {"effect": 0.0}
    page = made.report(tmp_path).read_text("utf-8")
    assert "effect[H]" in page
    assert "effect is sampled non-centred: along 2 trial chains of 300 steps the data" in page
    assert "No joint mode" in page
