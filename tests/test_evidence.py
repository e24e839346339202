"""The evidence by each way against closed forms, and the errors that are stated with it."""

import json
from dataclasses import replace
from importlib.resources import files
from unittest.mock import Mock

import jsonschema
import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

import bayesbench as bb
from bayesbench.cli import app
from bayesbench.commands.evidence import _others
from bayesbench.commands.options import INTERRUPTED, NOT_REACHED
from bayesbench.evidence.bridge import bridge
from bayesbench.evidence.marginal_likelihood import marginal_likelihood
from bayesbench.evidence.mirror import apart_images, sign_alone
from bayesbench.evidence.quadrature import by_quadrature
from bayesbench.evidence.record import Evidences
from bayesbench.evidence.sampled import by_bridge, by_laplace
from bayesbench.evidence.width import if_doubled
from bayesbench.fit.at_draws import log_densities
from bayesbench.fit.record import Fit, Status
from bayesbench.normal_inverse_gamma import NormalInverseGamma
from bayesbench.results import results
from small_models import Cosine, Difference

SEEDS = range(12)
# Of 12 errors in units of their own standard error: none beyond 4, and their mean square,
# a chi-squared over 12, between its quantiles of 1e-4 and 1 - 1e-4.
FAR, MEAN_SQUARE = 4.0, (0.10, 3.26)


CONVERGED = Status("converged", "converged.")
ROOM = "bayesbench.evidence.marginal_likelihood"


def _honest(apart):
    assert np.abs(apart).max() < FAR
    low, high = MEAN_SQUARE
    assert low < np.mean(np.square(apart)) < high


def test_a_normal_in_twelve_dimensions():
    apart = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        root = np.tril(rng.normal(size=(12, 12))) + 3 * np.eye(12)
        truth = 7 + np.log(np.abs(np.diag(root))).sum() + 6 * np.log(2 * np.pi)
        draws = 3 + rng.normal(size=(4, 400, 12)) @ root.T

        def log_density(z, root=root):
            return 7 - 0.5 * (np.linalg.solve(root, (z - 3).T) ** 2).sum(axis=0)

        found = bridge(log_density, draws, seed)
        assert found.error < 0.02
        apart.append((found.log - truth) / found.error)
    _honest(apart)


def test_skewed_and_autocorrelated_draws():
    """Products of log-Gamma densities, whose integral is Γ(1.5)^3, from chains that are slow."""
    apart = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        fresh = np.log(rng.gamma(1.5, size=(4, 1000, 3)))
        stays = rng.uniform(size=(4, 1000)) < 0.7  # a step that repeats the last draw
        last = np.maximum.accumulate(np.where(stays, 0, np.arange(1000)), axis=1)
        draws = np.take_along_axis(fresh, last[..., None], axis=1)
        found = bridge(lambda z: (1.5 * z - np.exp(z)).sum(axis=1), draws, seed)
        assert 150 < found.ess < 800  # of 2,000; a fraction 0.3 / 1.7 of them is expected
        apart.append((found.log - 3 * gammaln(1.5)) / found.error)
    _honest(apart)


@pytest.mark.parametrize("features", [1, 10])
def test_bridge_of_the_linear_model(features):
    """From exact draws of its Normal-inverse-gamma posterior: three and twelve dimensions."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, features))
    table = {f"x{k}": x[:, k] for k in range(features)} | {"y": x.sum(1) + rng.normal(size=40)}
    bound = bb.bind(bb.load("linear_gaussian", variant="conjugate"), table)
    design = np.column_stack([x, np.ones(40)])
    prior = NormalInverseGamma(np.zeros(features + 1), np.eye(features + 1) / 10, 2.0, 2.0)
    after, truth = prior.given(design, table["y"]), prior.log_evidence(design, table["y"])
    root = np.linalg.cholesky(np.linalg.inv(after.k))
    apart = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        variance = after.b / rng.gamma(after.a, size=(2, 500))
        standard = rng.normal(size=(2, 500, features + 1)) @ root.T
        coefficients = after.m + np.sqrt(variance)[..., None] * standard
        z = np.concatenate([coefficients, np.log(variance)[..., None]], axis=-1)
        found = bridge(lambda at: log_densities(bound, at), z, seed)
        assert found.error < 0.1
        apart.append((found.log - truth) / found.error)
    _honest(apart)


def test_bridge_from_the_chains_of_the_linear_model():
    """Sampled by NUTS, against the multivariate t that the data are with all integrated out."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(12, 2))
    y = x.sum(axis=1) + rng.normal(size=12)
    model = bb.load("linear_gaussian", variant="conjugate")
    table = {"x0": x[:, 0], "x1": x[:, 1], "y": y}
    options = {"chains": 2, "warmup": 300, "draws": 800, "chain_method": "sequential"}
    centred = {"slopes": 1.0, "intercept": 1.0}  # no trial
    fit = bb.fit_posterior(model, table, **options, centred=centred, progress=False)
    design = np.column_stack([x, np.ones(12)])
    shape = np.eye(12) + 10 * design @ design.T  # in units of b / a = 1
    truth = stats.multivariate_t(np.zeros(12), shape, df=4).logpdf(y)
    bound = bb.bind(model, table)
    found = by_bridge(bound, fit)
    assert found.error < 0.1
    assert abs(found.log - truth) < FAR * found.error
    few = {name: values[:, :8] for name, values in fit.draws.values.items()}
    said = by_bridge(bound, Fit("posterior", bound, "", "", {}, CONVERGED, draws=model(**few)))
    assert "have 8 draws, and a Normal in 4 dimensions takes more than 8" in said


def test_an_iteration_that_does_not_settle_gives_no_number():
    """Chains that went from one hill to another, 100 widths away: the Normal is at the first."""
    draws = np.random.default_rng(0).normal(size=(2, 200, 1))
    draws[:, 100:] += 100

    def log_density(z):
        return np.logaddexp(-((z[:, 0]) ** 2) / 2, -((z[:, 0] - 100) ** 2) / 2)

    assert np.isnan(bridge(log_density, draws).log)


def test_the_plane_against_closed_forms():
    for name, variant in (("gaussian", "conjugate"), ("eight_schools", None)):
        model = bb.load(name, variant=variant)
        bound = bb.bind(model, model.example())
        found = by_quadrature(bound)
        assert found.error < 1e-6
        assert abs(found.log - model.exact(bound.columns)["log_evidence"]) < found.error


class Location(bb.Model):
    """A Cauchy location: the likelihood has a hill at each group of values."""

    outcome = "x"
    place = bb.parameter(bb.Normal(0, 100))

    def likelihood(self):
        return bb.Cauchy(self.place, 0.05)


class Locations(Location):
    """Two of them: a hill at each pair of groups."""

    outcome = ("x", "y")
    place = bb.parameter(bb.Normal(0, 100), dims="outcome")


def test_no_hill_is_missed():
    rng = np.random.default_rng(0)
    x = np.concatenate([0.05 * rng.normal(size=10), 50 + 0.05 * rng.normal(size=11)])
    found = by_quadrature(bb.bind(Locations, {"x": x, "y": x}))
    single = bb.quadrature(Location, {"x": x}).log_evidence
    assert found.words == "over 4 hills"
    assert abs(found.log - 2 * single) < 1e-6


@pytest.fixture(scope="module")
def cosine():
    """Data of a cosine, whose argument has two signs."""
    x = np.linspace(0, 6, 60)
    return {"x": x, "y": np.cos(1.2 * x) + 0.3 * np.sin(7 * x)}


def test_mirror_images_are_counted(cosine):
    """Draws of one image, or of both: the evidence is that of the whole line."""
    truth = bb.quadrature(Cosine, cosine)
    bound = bb.bind(Cosine, cosine)
    highest = bb.fit_laplace(Cosine, cosine, start={"a": 1.2})
    sd = float(np.std(highest.draws.a))
    rng = np.random.default_rng(1)
    # Independent draws of one hill, by rejection from a Normal that is wider.
    tries = float(highest.estimate.a) + 1.5 * sd * rng.normal(size=20_000)
    log_ratio = (
        log_densities(bound, tries[:, None]) + ((tries - highest.estimate.a) / sd / 1.5) ** 2 / 2
    )
    log_ratio -= log_ratio.max()
    one = tries[np.log(rng.uniform(size=len(tries))) < log_ratio][:4000].reshape(4, 1000)
    both = np.array([1.0, 1.0, -1.0, -1.0])[:, None] * one
    for draws in (one, both):
        fit = Fit("posterior", bound, "", "unconstrained", {}, CONVERGED, draws=Cosine(a=draws))
        (image,) = apart_images(bound, {"a": draws}, ("a",))
        assert (image.entries, sign_alone(image)) == (("a",), True)
        found = by_bridge(bound, fit)
        assert "2 mirror images" in found.words
        assert found.error < 0.01
        assert abs(found.log - truth.log_evidence) < 4 * found.error
    stuck = Fit("posterior", bound, "", "", {}, Status("not converged", ""), draws=Cosine(a=one))
    assert "not converged" in by_bridge(bound, stuck)


class Product(bb.Model):
    """Only the product of a and b is informed: both signs may change together."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    b = bb.parameter(bb.Normal(0, 1))
    s = bb.parameter(bb.HalfNormal(1))

    def likelihood(self, x):
        return bb.Normal(self.a * self.b * x, self.s)


def test_images_that_no_single_sign_leads_to_are_told():
    """Log 2 would be missing from chains in one of the two; the images of a ↔ b are one."""
    x = np.linspace(-2, 2, 30)
    table = {"x": x, "y": 2.25 * x + 0.5 * np.sin(9 * x)}
    bound = bb.bind(Product, table)
    laplace = bb.fit_laplace(Product, table, start={"a": 1.5, "b": 1.5, "s": 0.5})
    one = {name: values.reshape(4, -1) for name, values in laplace.draws.values.items()}
    fit = Fit("posterior", bound, "", "", {}, CONVERGED, draws=Product(**one))
    for said in (by_bridge(bound, fit), by_laplace(bound, laplace)):
        assert "the posterior stays as it is under a ↔ -a, b ↔ -b, and" in said
    assert apart_images(bound, one, ("s",)) == ()


def test_the_two_priors_of_the_coin(contrasts):
    """1.2549: by the moments of a cut Normal and the Beta function, and by each other way."""
    made = contrasts["normal"]
    ways = made.evidence.ways
    assert list(ways) == ["closed_form", "quadrature", "bridge_sampling", "laplace"]
    truth = made.exact["log_evidence"]
    assert abs(truth - -5.4077243640) < 1e-10
    for method, errors in (("quadrature", 1), ("bridge_sampling", 4)):
        assert abs(ways[method].log - truth) < errors * ways[method].error
    assert ways["bridge_sampling"].error < 0.01
    assert np.isnan(ways["laplace"].error)
    (page,) = made.bayes_factors
    whole = bb.bayes_factor(*contrasts.values())
    log = truth - contrasts["uniform"].exact["log_evidence"]
    for factor in (page.factor, page.exact, whole):
        assert abs(factor.value - 1.2549) < 5e-5
        assert abs(factor.log - log) <= factor.error
    assert page.factor.methods == ("quadrature", "quadrature")
    assert "1.2549 times as probable under normal as under uniform" in whole.sentence
    assert "not worth more than a bare mention" in whole.sentence
    back = bb.bayes_factor(contrasts["uniform"], made)
    assert back.sentence.startswith("The data are 1.2549 times as probable under normal")
    assert back.value == pytest.approx(1 / whole.value)
    said = {f.rule: f for f in made.findings}
    assert said["evidence"].severity == "ok"
    assert "evidence_laplace" not in said  # 0.04 off


def test_bayes_factors_of_other_data_and_of_none_are_refused(contrasts):
    coin = bb.load("coin")
    with pytest.raises(bb.BadInput, match="found columns 'toss' that differ"):
        bb.bayes_factor(contrasts["normal"], (coin, {"toss": [0, 0, 1, 1, 0, 0, 0]}))
    with pytest.raises(bb.BadInput, match="found the outcome toss and the outcome y"):
        bb.bayes_factor(contrasts["normal"], bb.marginal_likelihood(Difference, {"y": [1.0]}))
    flat = bb.marginal_likelihood(Difference, {"y": [1.0, 2.0]})
    assert flat.best is None
    assert "no evidence under the flat prior of b and c" in flat.missing[0]
    with pytest.raises(bb.BadInput, match=r"the evidence of .*flat prior"):
        bb.bayes_factor(flat, flat)
    networks = bb.load("three_points")
    (why,) = bb.marginal_likelihood(networks, networks.example()).missing
    assert "hidden units can be swapped" in why


def test_ways_that_disagree_and_a_laplace_that_is_off(contrasts):
    made = contrasts["uniform"]
    moved = replace(made, exact=made.exact | {"log_evidence": made.exact["log_evidence"] - 0.5})
    said = {f.rule: f for f in moved.findings if f.rule.startswith("evidence")}
    assert said["evidence"].severity == "warning"
    assert "closed form" in said["evidence"].message
    assert said["evidence_laplace"].evidence["best"] == moved.exact["log_evidence"]
    assert "too high" in said["evidence_laplace"].message


class WideMean(bb.Model):
    """A mean of which the prior says almost nothing."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 100))
    variants = {"narrow": bb.variant(priors={"mean": bb.Normal(0, 1)})}

    def likelihood(self):
        return bb.Normal(self.mean, 1)


@pytest.fixture(scope="module")
def wide():
    """Its contrast."""
    options = {"chains": 2, "draws": 1000, "chain_method": "sequential", "progress": False}
    options["methods"] = ("map", "laplace", "posterior")
    return bb.contrast(WideMean, {"y": [0.3, -0.8, 1.1]}, **options)


def _normal_evidence(sd):
    """The log-density of 0.3, -0.8, 1.1 as a Normal vector with covariance 1 + sd²."""
    return stats.multivariate_normal(np.zeros(3), np.eye(3) + sd**2).logpdf([0.3, -0.8, 1.1])


def test_a_wide_prior_costs_evidence(wide):
    found = results(wide)
    assert abs(found["log_evidence"]["quadrature"] - _normal_evidence(100)) < 1e-9
    factor = found["bayes_factors"]["narrow"]
    assert abs(factor["log"] - (_normal_evidence(100) - _normal_evidence(1))) < 1e-7
    assert "strong evidence" in factor["sentence"]
    (note,) = [each for each in found["evidence_notes"] if "twice as wide" in each]
    change = _normal_evidence(100) - _normal_evidence(200)
    assert f"would be {change:.2f} lower" in note
    schema = files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8")
    jsonschema.validate(found, json.loads(schema))


def test_the_page_has_a_section(contrasts, tmp_path):
    html = contrasts["normal"].report(tmp_path).read_text("utf-8")
    section = html.partition('<section id="evidence">')[2].partition("</section>")[0]
    for said in ("closed form", "bridge sampling", "-5.4077243640", "1.2549 times", "0.22706523"):
        assert said in section
    assert '<a href="#evidence">' in html


def test_a_mean_that_a_few_draws_would_rule_is_not_told():
    """E[p(x | 2s) / p(x | s)] for ten x ~ Normal(0, v): of v = s² it has no variance."""
    prior = bb.parameter(bb.Normal(0, 1))
    standard = np.random.default_rng(2).normal(size=(4, 1000, 10))
    assert if_doubled(prior, standard) is None
    mean = 0.5 / np.sqrt(1 - 0.75 / 4)  # of exp(3/8 x²) / 2, with v = 1/4
    square = 0.25 / np.sqrt(1 - 1.5 / 4)
    error = np.sqrt(((square / mean**2) ** 10 - 1) / 4000)
    assert abs(if_doubled(prior, standard / 2) - 10 * np.log(mean)) < FAR * error


def test_an_integral_that_fails_takes_a_sampler_and_no_second_search(wide, monkeypatch):
    search = Mock(side_effect=bb.fit_map)
    monkeypatch.setattr(f"{ROOM}.fit_map", search)
    monkeypatch.setattr(f"{ROOM}.fit_posterior", lambda *_, **__: wide.fits["posterior"])
    monkeypatch.setattr("bayesbench.evidence.ways.by_quadrature", lambda *_: "No quadrature.")
    found = marginal_likelihood(WideMean, {"y": [0.3, -0.8, 1.1]}, progress=False)
    assert search.call_count == 1
    assert list(found.ways) == ["bridge_sampling", "laplace"]
    assert found.missing == ("No quadrature.",)
    assert abs(found.best.log - _normal_evidence(100)) < FAR * found.best.error


def command(*words):
    """Run the command in this process; its exit code."""
    return app(["evidence", *words], standalone_mode=False)


def test_the_command(capfd):
    assert not command("coin", "--against", "uniform", "--json", "-")
    found, said = capfd.readouterr()
    factor = json.loads(found)["bayes_factors"]["uniform"]
    assert np.exp(factor["log"]) == pytest.approx(1.2549, abs=5e-5)
    assert "quadrature" in said


def test_a_factor_that_was_asked_for_and_is_none_has_an_exit_code(contrasts, monkeypatch, capfd):
    own = contrasts["normal"].evidence
    both = iter([own, Evidences(own.bound, missing=("None at all.",))])
    monkeypatch.setattr(f"{ROOM}.marginal_likelihood", lambda *_, **__: next(both))
    assert command("coin", "--against", "uniform") == NOT_REACHED
    assert "- None at all." in capfd.readouterr().out


def test_other_data_are_refused_before_anyone_waits(monkeypatch, tmp_path):
    monkeypatch.setattr(f"{ROOM}.marginal_likelihood", None)  # which can't be called
    (tmp_path / "both.csv").write_text("toss,y\n0,1.5\n1,2\n", encoding="utf-8")
    with pytest.raises(bb.BadInput, match="found the outcome toss and the outcome y"):
        command("coin", "--data", str(tmp_path / "both.csv"), "--against", "gaussian")


def test_an_interrupted_command_says_where_its_draws_are(monkeypatch, tmp_path, capfd):
    def interrupted(*_, **__):
        (tmp_path / "chunk-00000.npy").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(f"{ROOM}.marginal_likelihood", interrupted)
    assert command("coin", "--checkpoint", str(tmp_path)) == INTERRUPTED
    assert f"The draws so far are in {tmp_path}" in capfd.readouterr().err


def test_what_a_model_is_compared_with():
    coin, line = bb.load("coin"), bb.load("linear_gaussian", variant="conjugate")
    assert list(_others(coin, None)) == ["uniform"]
    assert list(_others(bb.load("coin", prior="uniform"), None)) == ["normal"]
    assert list(_others(line, None)) == ["default"]
    assert _others(line, None)["default"].variant_name is None
    assert _others(bb.load("cosine_exponential"), None) == {}
    assert list(_others(line, "gaussian")) == ["Gaussian"]
    with pytest.raises(bb.BadInput, match=r"did you mean 'uniform'\?"):
        _others(coin, "unifrom")
