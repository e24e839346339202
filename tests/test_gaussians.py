"""The conjugate models against SciPy's densities, optimisers and integrals, and Galton."""

from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

import bayesbench as bb
from bayesbench.normal_inverse_gamma import NormalInverseGamma

EXACT = 1e-8
SCALES = {"map": lambda v: 0.0, "map_sd": lambda v: 0.5 * np.log(v), "map_unconstrained": np.log}
GALTON = Path(__file__).parent.parent.parent / "shared" / "data" / "galton.csv"
SHORT = {"chains": 2, "draws": 600, "warmup": 400, "progress": False}


@pytest.fixture(scope="module")
def made():
    """The conjugate variants, each fitted once."""
    return {
        name: bb.contrast(model, model.example(), seed=1, **SHORT)
        for name in ("gaussian", "linear_gaussian")
        for model in [bb.load(name, variant="conjugate")]
    }


def _joint(design, y):
    """The log-density of (coefficients, variance) and y, from SciPy's distributions."""

    def log_density(coefficients, v):
        rows = stats.norm.logpdf(y, design @ coefficients, np.sqrt(v)).sum()
        prior = stats.norm.logpdf(coefficients, 0, np.sqrt(10 * v)).sum()
        return rows + prior + stats.invgamma.logpdf(v, 2, scale=2)

    return log_density


def _design(name, data):
    ones = np.ones(len(data["y"]))
    return np.column_stack([data["x"], ones]) if name == "linear_gaussian" else ones[:, None]


def _exact(model, data):
    bound = bb.bind(model, data)
    found = model.exact(bound.columns)
    return found | {"estimates": bound.layout.by_entry(found["estimates"])}


@pytest.mark.parametrize("name", ["gaussian", "linear_gaussian"])
@pytest.mark.parametrize("scale", SCALES)
def test_the_modes_against_a_numerical_maximum(made, name, scale):
    """The three scales, by Nelder and Mead's simplex on densities that SciPy computes."""
    data = bb.load(name).example()
    design = _design(name, data)
    log_density = _joint(design, np.asarray(data["y"]))

    def down(at):
        return -log_density(at[:-1], np.exp(at[-1])) - SCALES[scale](np.exp(at[-1]))

    start = np.zeros(design.shape[1] + 1)
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000, "maxfev": 8000}
    best = optimize.minimize(down, start, method="Nelder-Mead", options=options).x
    found = made[name].points[scale].estimate
    values = made[name].bound.layout.join(found.values)
    truth = [*best[:-1], np.exp(best[-1])]
    assert np.abs(values - truth).max() < 1e-6  # a simplex sees half of the digits
    closed = [row[scale]["value"] for row in made[name].exact["estimates"].values()]
    assert np.abs(values - closed).max() < EXACT


def test_the_three_modes_differ_and_one_sentence_tells_them():
    gaussian = bb.load("gaussian", variant="conjugate")
    contrast = bb.contrast(gaussian, gaussian.example(), methods=("mle", "map"))
    variances = [float(contrast.points[scale].estimate.variance) for scale in SCALES]
    # b/(a + 3/2), b/(a + 1) and b/(a + 1/2) with a = 2 + n/2 = 12
    ratios = np.array(variances) / variances[0]
    assert np.abs(ratios - [1, 13.5 / 13, 13.5 / 12.5]).max() < EXACT
    (said,) = [f for f in contrast.findings if f.rule == "scale_of_mode"]
    assert "variance = 2.6672, that of its sd at 2.7698 and that of its log at 2.8806" in (
        said.message
    )
    assert list(contrast.points) == ["mle", "map", "map_unconstrained", "map_sd"]


def test_fit_map_on_a_declared_scale():
    gaussian = bb.load("gaussian", variant="conjugate")
    fit = bb.fit_map(gaussian, gaussian.example(), scale="sd")
    truth = _exact(gaussian, gaussian.example())["estimates"]
    assert abs(float(fit.estimate.variance) - truth["variance"]["map_sd"]["value"]) < EXACT
    assert (fit.scale, list(fit.beside)) == ("sd", ["own", "unconstrained"])
    assert fit.objective == "the log-posterior on the sd scale"
    with pytest.raises(bb.BadInput, match=r"found 'sdd', expected one of own, unconstrained, sd"):
        bb.fit_map(gaussian, gaussian.example(), scale="sdd")
    # The curvature of log p(√v) in √v at its mode, carried to v by dv/d√v.
    log_density = _joint(np.ones((20, 1)), gaussian.example()["y"])
    mean, sd = float(fit.estimate.mean), float(np.sqrt(fit.estimate.variance))

    def on_sd(at):
        return log_density(np.array([mean]), at**2) + np.log(2 * at)

    step = 1e-3
    curvature = (on_sd(sd + step) - 2 * on_sd(sd) + on_sd(sd - step)) / step**2
    expected = 2 * sd / np.sqrt(-curvature)  # the mean is uncorrelated with it there
    assert float(fit.standard_errors["variance"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("scales", [{"own": np.sqrt}, {"SD": np.sqrt}, {"sd": 2.0}])
def test_scales_that_are_none(scales):
    with pytest.raises(TypeError, match="write a small word"):
        bb.parameter(bb.HalfNormal(1), scales=scales)


def test_a_decreasing_scale_has_a_mode_as_well():
    """The precision 1/v: p(1/v) = p(v) v², so the mode is that of v^-(a + 1 - 2) e^(-b/v)."""

    class Spread(bb.Model):
        """A variance, and its inverse."""

        outcome = "y"
        variance = bb.parameter(bb.InverseGamma(3, 2), scales={"precision": lambda v: 1 / v})

        def likelihood(self):
            return bb.Normal(0, self.variance**0.5)

    y = np.array([0.3, -1.2, 0.8, 0.5])
    a, b = 3 + 2, 2 + 0.5 * (y @ y)
    fit = bb.fit_map(Spread, {"y": y})
    for found, power in ((fit, 1), (fit.beside["unconstrained"], 0), (fit.beside["precision"], -1)):
        assert abs(float(found.estimate.variance) - b / (a + power)) < EXACT


def test_evidence_and_moments_of_the_gaussian_by_quadrature():
    """Twofold integrals over the mean and the log variance t, on five rows."""
    gaussian, y = bb.load("gaussian", variant="conjugate"), np.array([0.4, -0.3, 2.2, 1.1, 0.9])
    truth = _exact(gaussian, {"y": y})

    def weighted(at):
        mean, t = at.T
        v = np.exp(t)
        log_density = stats.norm.logpdf(y[:, None], mean, np.sqrt(v)).sum(axis=0) + t
        log_density += stats.norm.logpdf(mean, 0, np.sqrt(10 * v))
        log_density += stats.invgamma.logpdf(v, 2, scale=2)
        functions = [np.ones_like(v), mean, mean**2, v, v**2]
        return np.exp(log_density)[:, None] * np.stack(functions, axis=-1)

    low, high = [-400.0, -4.0], [400.0, 20.0]  # what lies beyond adds less than 1e-16
    found = integrate.cubature(weighted, low, high, points=[[0.8, 0.3]], rtol=1e-10)
    mass, *moments = found.estimate
    assert found.status == "converged"
    assert abs(np.log(mass) - truth["log_evidence"]) < EXACT
    for entry, (first, second) in (("mean", moments[:2]), ("variance", moments[2:])):
        posterior, mean = truth["estimates"][entry]["posterior"], first / mass
        assert abs(mean - posterior["mean"]) < EXACT
        assert abs(np.sqrt(second / mass - mean**2) - posterior["sd"]) < 1e-7


def test_evidence_of_the_line_by_a_multivariate_t():
    """With β and v integrated out y is multivariate Student t (Murphy 2007, eq. 178)."""
    line = bb.load("linear_gaussian", variant="conjugate")
    data = line.example()
    design = _design("linear_gaussian", data)
    shape = np.eye(len(design)) + 10 * design @ design.T  # times b/a = 1
    truth = stats.multivariate_t(np.zeros(len(design)), shape, df=4).logpdf(data["y"])
    assert abs(_exact(line, data)["log_evidence"] - truth) < EXACT


def test_the_closed_forms_hold_for_any_prior_of_the_family():
    """Evidence by Bayes' theorem at a point: prior times likelihood over posterior."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(7, 3)), generator.normal(size=7)
    root = generator.normal(size=(3, 3))
    prior = NormalInverseGamma(generator.normal(size=3), root @ root.T + np.eye(3), 1.7, 0.6)
    after = prior.given(x, y)
    beta, v = generator.normal(size=3), 0.8

    def log_density(at):
        normal = stats.multivariate_normal(at.m, v * np.linalg.inv(at.k)).logpdf(beta)
        return normal + stats.invgamma.logpdf(v, at.a, scale=at.b)

    rows = stats.norm.logpdf(y, x @ beta, np.sqrt(v)).sum()
    assert abs(log_density(prior) + rows - log_density(after) - prior.log_evidence(x, y)) < 1e-10


@pytest.mark.parametrize("name", ["gaussian", "linear_gaussian"])
def test_what_is_sampled_meets_the_closed_forms(made, name):
    judged = [f for f in made[name].findings if f.rule == "against_truth"]
    assert [f.severity for f in judged] == ["ok", "ok"]
    each = judged[1].evidence["of_each"]
    entries = made[name].bound.layout.entries
    assert {*each} == {f"{entry}.{what}" for entry in entries for what in ("mean", "sd")}
    assert max(abs(off) for off in each.values()) < 4
    assert max(judged[0].evidence.values()) < EXACT


@pytest.mark.parametrize("name", ["gaussian", "linear_gaussian"])
def test_every_scale_has_a_column_in_the_results_the_terminal_and_the_page(made, name, tmp_path):
    import io
    import json
    from importlib.resources import files

    import jsonschema
    from rich.console import Console

    from bayesbench.terminal import print_contrast

    page = made[name].report(tmp_path).read_text("utf-8")
    found = json.loads((tmp_path / "results.json").read_text("utf-8"))
    schema = files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8")
    jsonschema.validate(found, json.loads(schema))
    assert found["map_scales"] == ["own", "unconstrained", "sd"]
    truth = found["exact"]["estimates"]["variance"]
    shown = found["estimates"]["variance"]
    assert all(abs(shown[fit]["value"] - truth[fit]["value"]) < EXACT for fit in SCALES)
    assert shown["map_sd"]["scale"] == "sd"
    # A table for each single number, one for each vector, and that of the statuses.
    vectors = {name.partition("[")[0] for name in found["estimates"] if "[" in name}
    singles = [name for name in found["estimates"] if "[" not in name]
    assert page.count('<th scope="row">MAP, sd scale</th>') == len(singles) + 1
    assert page.count('<th scope="col">MAP,<br>sd scale</th>') >= len(vectors)
    assert f"<td>{made[name].exact['log_evidence']:.10f}</td>" in page
    out = io.StringIO()
    print_contrast(made[name], Console(file=out, width=100))
    said = out.getvalue()
    assert "sd scale" in said
    assert all(entry in said for entry in made[name].bound.layout.entries)


def test_draws_that_miss_a_closed_form_are_a_warning(made):
    from dataclasses import replace

    contrast = made["gaussian"]
    known = contrast.exact["estimates"]
    moved = known | {"mean": {"posterior": {"mean": known["mean"]["posterior"]["mean"] + 1.0}}}
    wrong = replace(contrast, exact=contrast.exact | {"estimates": moved})
    (said,) = [f for f in wrong.findings if f.rule == "against_truth" and "sampled" in f.message]
    assert said.severity == "warning"
    assert "do not trust the draws" in said.message
    assert (said.evidence["parameter"], said.evidence["quantity"]) == ("mean", "mean")


def test_the_predictive_is_student_t(made):
    """The Normal density averaged over the draws, and the event's probability."""
    from bayesbench.fit.chains import convergence

    contrast = made["gaussian"]
    draws = contrast.fits["posterior"].draws
    truth = stats.t(*contrast.bound.model.exact_predictive(contrast.bound.columns))
    for at in (-4.0, 0.0, 0.8, 3.0, 6.0):
        heights = stats.norm.pdf(at, draws.mean, np.sqrt(draws.variance))
        error = convergence({"height": heights})["height"]["mcse_mean"]
        assert abs(heights.mean() - truth.pdf(at)) < 4 * error
    found = contrast.probabilities["posterior"]["above_zero"]
    assert abs(found.value - truth.sf(0)) < 4 * found.mcse
    exact = contrast.exact["predictive"]["above_zero"]
    assert abs(exact["posterior"] - truth.sf(0)) < 1e-12
    for fit in ("mle", *SCALES):
        assert abs(contrast.probabilities[fit]["above_zero"].value - exact[fit]) < EXACT
    assert bb.load("gaussian").exact_predictive(contrast.bound.columns) is None


@pytest.mark.parametrize("y", [[2.0], [2.0, 2.0, 2.0]])
def test_a_gaussian_whose_likelihood_has_no_maximum(y):
    """The density grows without limit as the variance goes to zero; the priors hold it."""
    gaussian = bb.load("gaussian", variant="conjugate")
    truth = _exact(gaussian, {"y": y})["estimates"]["variance"]
    mle, mode = bb.fit_mle(gaussian, {"y": y}), bb.fit_map(gaussian, {"y": y})
    assert mle.status.name == "unbounded"
    assert mle.estimate is None
    assert "mle" not in truth
    assert mode.status.name == "converged"
    assert abs(float(mode.estimate.variance) - truth["map"]["value"]) < EXACT


def test_maximum_likelihood_and_its_standard_errors():
    gaussian, data = bb.load("gaussian"), bb.load("gaussian").example()
    fit, n = bb.fit_mle(gaussian, data), len(data["y"])
    variance = data["y"].var()
    assert abs(float(fit.estimate.mean) - data["y"].mean()) < EXACT
    assert abs(float(fit.estimate.variance) - variance) < EXACT
    # The inverse of the observed information: v/n and 2v²/n.
    assert abs(float(fit.standard_errors["mean"]) - np.sqrt(variance / n)) < EXACT
    assert abs(float(fit.standard_errors["variance"]) - variance * np.sqrt(2 / n)) < EXACT


def test_another_column():
    with pytest.raises(bb.BadInput, match=r"no column 'y', only 'height'.*outcome"):
        bb.fit_mle(bb.load("gaussian"), {"height": [1.0, 2.0]})
    renamed = bb.load("gaussian", variant="conjugate", outcome="height")
    assert renamed.exact({"height": np.array([1.0, 2.0])})["estimates"]["mean"]["mle"] == {
        "value": 1.5
    }
    assert abs(float(bb.fit_mle(renamed, {"height": [1.0, 2.0]}).estimate.mean) - 1.5) < EXACT
    with pytest.raises(bb.BadInput, match="found no column 'hight', only 'height'"):
        bb.fit_mle(bb.load("gaussian", outcome="hight"), {"height": [1.0]})


def test_the_mean_in_the_plane():
    """Points against NumPy, the posterior against Bayes' theorem with SciPy's densities."""
    model = bb.load("gaussian_mean")
    data = model.example()
    both = np.column_stack([data["x1"], data["x2"]])
    assert both.shape == (10_000, 2)
    fit, mode = bb.fit_mle(model, data), bb.fit_map(model, data)
    assert np.abs(fit.estimate.mu - both.mean(axis=0)).max() < EXACT
    assert np.abs(fit.standard_errors["mu"] - np.sqrt(5 / 10_000)).max() < EXACT
    truth = _exact(model, data)["estimates"]
    assert [*truth] == ["mu[x1]", "mu[x2]"]
    for k, entry in enumerate(truth):
        assert abs(mode.estimate.mu[k] - truth[entry]["map"]["value"]) < EXACT
    few = {name: values[:6] for name, values in data.items()}
    six = _exact(model, few)
    evidence = 0.0
    for name, posterior in zip(few, six["estimates"].values(), strict=True):
        covariance = 5 * np.eye(6) + 100
        evidence += stats.multivariate_normal(np.zeros(6), covariance).logpdf(few[name])
        weights = 100 * np.linalg.solve(covariance, np.ones(6))  # Normal, conditioned on six
        assert abs(posterior["posterior"]["mean"] - weights @ few[name]) < EXACT
        assert abs(posterior["posterior"]["sd"] ** 2 - 100 * (1 - weights.sum())) < EXACT
    assert abs(six["log_evidence"] - evidence) < EXACT


def test_the_mean_in_the_plane_sampled():
    model = bb.load("gaussian_mean")
    made = bb.contrast(model, model.example(), seed=2, **SHORT)
    assert [f.severity for f in made.findings if f.rule == "against_truth"] == ["ok", "ok"]
    integral = made.fits["laplace"].diagnostics["log_evidence"]
    # The posterior is Normal, so that Laplace's evidence is exact: to rounding of 44,000.
    assert abs(integral - made.exact["log_evidence"]) < 1e-7


def test_several_features_have_slopes_of_their_own():
    generator = np.random.default_rng(4)
    table = {"age": generator.normal(size=30), "weight": generator.normal(size=30)}
    table["y"] = 1.0 + 2 * table["age"] - table["weight"] + generator.normal(0, 0.5, size=30)
    design = np.column_stack([table["age"], table["weight"], np.ones(30)])
    line = bb.load("linear_gaussian", variant="conjugate")
    mle, mode = bb.fit_mle(line, table), bb.fit_map(line, table)
    best = np.linalg.solve(design.T @ design, design.T @ table["y"])  # the normal equations
    ridge = np.linalg.solve(design.T @ design + np.eye(3) / 10, design.T @ table["y"])
    assert list(mle.table().index) == ["slopes[age]", "slopes[weight]", "intercept", "variance"]
    assert np.abs([*mle.estimate.slopes, float(mle.estimate.intercept)] - best).max() < EXACT
    assert np.abs([*mode.estimate.slopes, float(mode.estimate.intercept)] - ridge).max() < EXACT
    residual = table["y"] - design @ best
    assert abs(float(mle.estimate.variance) - residual @ residual / 30) < EXACT
    truth = _exact(line, table)["estimates"]
    assert abs(truth["slopes[weight]"]["mle"]["value"] - best[1]) < EXACT
    found = mode.beside["sd"].table()["value"]
    assert all(abs(found[entry] - truth[entry]["map_sd"]["value"]) < EXACT for entry in truth)


def test_galton():
    """Child's height on the mid-parent's, by least squares (Galton 1886, in R's HistData)."""
    if not GALTON.is_file():
        pytest.skip("the table of Galton's families is not beside the project")
    line = bb.load("linear_gaussian", outcome="child")
    fit = bb.fit_mle(line, bb.read_data(GALTON, line))
    n, table = 928, fit.table()
    assert abs(table["value"]["intercept"] - 23.94153) < 5e-6
    assert abs(table["value"]["slopes[parent]"] - 0.64629) < 5e-6
    unbiased = np.sqrt(n / (n - 2))  # the published errors divide by n - 2
    assert abs(table["se"]["intercept"] * unbiased - 2.81088) < 5e-6
    assert abs(table["se"]["slopes[parent]"] * unbiased - 0.04114) < 5e-6
    assert abs(np.sqrt(table["value"]["variance"]) * unbiased - 2.239) < 5e-4


def test_a_named_likelihood_of_a_line():
    x, slopes = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([0.3, -0.2])
    made = bb.NormalLinear(x, slopes, 0.1, 1.5)
    assert made.batch_shape == (2,)
    y = np.array([0.2, 1.4])
    truth = stats.norm.logpdf(y, x @ slopes + 0.1, 1.5)
    import jax

    from bayesbench.libraries import jax_library, torch_library

    with jax.enable_x64(True):
        for library in (torch_library(), jax_library()):
            given = bb.NormalLinear(library.array(x), library.array(slopes), 0.1, 1.5)
            rows = given.log_prob_of_rows(library.array(y), library)
            assert np.abs(np.asarray(rows) - truth).max() < 1e-14
    from bayesbench.describe import formula

    (first, *_) = formula(bb.load("linear_gaussian"))
    assert first == "y ~ Normal(loc = x · slopes + intercept, scale = sqrt(variance))"
    with pytest.raises(ValueError, match="NormalLinear's scale is -1"):
        bb.NormalLinear(x, slopes, 0.1, -1.0)
