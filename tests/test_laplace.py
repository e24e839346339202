"""Laplace's approximation: its closed form, its weights, and what it refuses."""

import json

import numpy as np
import pytest
from scipy import integrate, stats

import bayesbench as bb
from bayesbench.integration import quadrature
from small_models import DifferenceWithPrior, Scale, Waiting

THREE = {"y": [-1.1, 0.3, 1.4]}
SQUARES = float(np.sum(np.square(THREE["y"])))


@pytest.fixture(scope="module")
def scale():
    return bb.fit_laplace(Scale, THREE, seed=0)


def _moment(power):
    """Of σ under the posterior, up to a constant: by quadrature."""

    def density(s):
        return s**power * np.exp(-SQUARES / (2 * s**2) - s**2 / 8) / s**3

    return integrate.quad(density, 0, np.inf, epsabs=0, epsrel=1e-10)[0]


def test_the_numbers_of_three_points(scale):
    mean = _moment(1) / _moment(0)
    sd = np.sqrt(_moment(2) / _moment(0) - mean**2)
    assert (mean, sd) == pytest.approx((1.425, 0.651), abs=1e-3)
    integral = quadrature(Scale, THREE)
    assert (integral.mean, integral.sd) == pytest.approx((mean, sd), rel=1e-8)
    mode = bb.fit_map(Scale, THREE)
    assert float(bb.fit_mle(Scale, THREE).estimate.sd) == pytest.approx(1.0424, abs=1e-4)
    assert float(mode.estimate.sd) == pytest.approx(1.0014, abs=1e-4)
    assert float(mode.beside["unconstrained"].estimate.sd) == pytest.approx(1.1785, abs=1e-4)
    assert float(scale.estimate.sd) == pytest.approx(1.1785, abs=1e-4)
    # Weighted, the Normal's mean is the posterior's; as it is, it is 9% too small.
    assert scale.importance.word == "good"
    assert float(scale.importance.mean["sd"]) == pytest.approx(mean, rel=0.02)
    assert float(scale.importance.sd["sd"]) == pytest.approx(sd, rel=0.05)
    assert scale.draws.sd.mean() < 0.93 * mean


def test_the_curvature_is_in_float64_and_has_the_jacobian(scale):
    # Of z = log σ the log-posterior is -2z - Σy²/2σ² - σ²/8, which bends by 2Σy²/σ² + σ²/2.
    mode = np.sqrt(2 * (-2 + np.sqrt(4 + SQUARES)))
    curvature = 2 * SQUARES / mode**2 + mode**2 / 2
    height = stats.norm.logpdf(THREE["y"], 0, mode).sum() + stats.halfnorm.logpdf(mode, 0, 2)
    evidence = height + np.log(mode) + 0.5 * np.log(2 * np.pi / curvature)
    # Single precision would be off by 1e-7.
    assert scale.diagnostics["log_evidence"] == pytest.approx(evidence, abs=1e-12)
    z = np.log(scale.draws.sd[0])
    assert z.mean() == pytest.approx(np.log(mode), abs=4 / np.sqrt(curvature * z.size))
    assert z.std() == pytest.approx(1 / np.sqrt(curvature), rel=4 / np.sqrt(2 * z.size))


def test_k_and_the_corrected_moments_stand_in_the_record_and_the_table(scale):
    assert scale.diagnostics["pareto_k"] == scale.importance.pareto_k
    assert 0 < scale.diagnostics["importance_ess"] < scale.settings["draws"]
    row = scale.table().loc["sd"]
    assert row["mean"] == scale.draws.sd.mean()
    assert row["corrected_mean"] == scale.importance.mean["sd"]
    assert row["corrected_sd"] == scale.importance.sd["sd"]


def test_of_a_normal_posterior_it_is_exact():
    # Precision of (b, c): X'X + I/100, of three rows (1, -1) with unit noise.
    y = np.array([1.0, 2.0, 0.5])
    fit = bb.fit_laplace(DifferenceWithPrior, {"y": y}, seed=1)
    design = np.array([[1.0, -1.0]] * 3)
    covariance = np.linalg.inv(design.T @ design + np.eye(2) / 100)
    mean = covariance @ design.T @ y
    assert fit.importance.word == "exact"
    assert fit.diagnostics["importance_ess"] == pytest.approx(10_000)
    assert [float(fit.estimate.b), float(fit.estimate.c)] == pytest.approx(mean, abs=1e-8)
    evidence = stats.multivariate_normal.logpdf(y, np.zeros(3), np.eye(3) + 100 * design @ design.T)
    assert fit.diagnostics["log_evidence"] == pytest.approx(evidence, abs=1e-9)
    draws = np.stack([fit.draws.b[0], fit.draws.c[0]])
    errors = np.sqrt(np.diag(covariance) / 10_000)
    assert (np.abs(draws.mean(axis=1) - mean) < 4 * errors).all()
    # An entry of a sample covariance has the variance (C_ij² + C_ii C_jj) / draws.
    spread = np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2
    assert (np.abs(np.cov(draws) - covariance) < 4 * np.sqrt(spread / 10_000)).all()


@pytest.mark.parametrize("fit", [bb.fit_map, bb.fit_laplace])
def test_climbs_past_where_there_is_no_density(fit):
    """At the mode 3/(3 + t) - Σy - t/25 = 0, a quadratic equation; a warning would be an error."""
    y = np.array([0.9, 1.2, 3.0])
    total = y.sum() - 3 / 25  # with r = 3 + t: 3/r - Σy - (r - 3)/25
    mode = 12.5 * (np.sqrt(total**2 + 12 / 25) - total) - 3
    found = fit(Waiting, {"y": y})
    assert found.converged
    assert float(found.estimate.t) == pytest.approx(mode, abs=1e-6)


def test_entries_in_very_different_units():
    class Units(bb.Model):
        """Two slopes, ten thousand million million apart in scale."""

        outcome = "y"
        a = bb.parameter(bb.Normal(0, 1e8))
        b = bb.parameter(bb.Normal(0, 1e-8))

        def likelihood(self, small, large):
            return bb.Normal(self.a * small + self.b * large, 1)

    table = {"small": [1e-8, -1e-8], "large": [1e8, 2e8], "y": [0.5, -0.3]}
    fit = bb.fit_laplace(Units, table, draws=1000)
    assert fit.importance.word == "exact"
    # In units of the priors the precision is X'X + I = ((3, -1), (-1, 6)).
    assert fit.draws.a.std() == pytest.approx(1e8 * np.sqrt(6 / 17), rel=4 / np.sqrt(2000))
    assert fit.draws.b.std() == pytest.approx(1e-8 * np.sqrt(3 / 17), rel=4 / np.sqrt(2000))


def test_of_a_large_table_the_first_draws_are_weighed(monkeypatch, scale):
    monkeypatch.setattr("bayesbench.fit.importance.WORK", 3 * 2000)
    some = bb.fit_laplace(Scale, THREE, seed=0)
    assert len(some.importance.weights) == 2000
    ratio = some.importance.weights[:2] / scale.importance.weights[:2]
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-9)  # two draws in the bulk
    mean = float(scale.importance.mean["sd"])
    assert some.importance.mean["sd"] == pytest.approx(mean, abs=4 * 0.65 / np.sqrt(2000))
    assert some.draws.sd.shape == (1, 10_000)


def test_blocks_of_draws_give_what_one_gives(monkeypatch):
    from bayesbench.fit import at_draws

    whole = bb.fit_laplace(Scale, THREE, seed=0, draws=130)  # a block of 100, and the rest
    monkeypatch.setattr(at_draws, "BLOCK", 7)
    parts = bb.fit_laplace(Scale, THREE, seed=0, draws=130)
    assert parts.importance.weights == pytest.approx(whole.importance.weights, rel=1e-12)


FLAT = """
from bayesbench import *

class Difference(Model):
    '''Only b - c is informed.'''
    outcome = 'y'
    b = parameter(Flat())
    c = parameter(Flat())
    def likelihood(self):
        return Normal(self.b - self.c, 1)
"""


def test_without_a_prior_every_way_refuses_and_names_the_direction(run, tmp_path):
    (tmp_path / "flat.py").write_text(FLAT)
    (tmp_path / "y.csv").write_text("y\n1\n2\n0.5\n")
    done = run("fit", "flat.py", "--data", "y.csv", "--json", "found.json")
    assert done.returncode == 3
    assert "the data inform only b - c." in " ".join(done.stdout.split())
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    for fit in ("mle", "laplace", "posterior"):
        assert found["status"][fit]["name"] == "not identified"
        assert "changing b + c leaves the log-" in found["status"][fit]["sentence"]
        for entry in ("b", "c"):
            numbers = found["estimates"][entry][fit]
            assert numbers.get("value") is None
            assert numbers.get("mean") is None
    assert found["importance"]["laplace"] is None


def _told(model, data, **settings):
    made = bb.contrast(model, data, methods=("laplace",), **settings)
    (found,) = (each for each in made.findings if each.rule == "laplace_shape")
    return found


def test_a_warning_where_k_is_too_large():
    class Heavy(bb.Model):
        """Eight slopes with the tails of a Student t, which data of no weight leave as they are."""

        outcome = "y"
        slopes = bb.parameter(bb.StudentT(1, 0, 1), dims="feature")

        def likelihood(self, x=bb.columns(dims="feature")):
            return bb.Normal((x * self.slopes).sum(-1), 1e4)

    table = {f"x{k}": [1.0, -1.0] for k in range(8)} | {"y": [0.0, 0.0]}
    found = _told(Heavy, table)
    assert found.severity == "warning"
    assert "can't be relied on" in found.message
    assert found.evidence["pareto_k"] > 0.7


def test_no_warning_where_k_is_small():
    found = _told(Scale, THREE)
    assert found.severity == "ok"
    assert "can be relied on" in found.message
    exact = _told(DifferenceWithPrior, {"y": [1.0, 2.0, 0.5]})
    assert exact.message.endswith("is the posterior: all of its 10,000 draws weigh the same.")


def test_the_page_and_results_json_show_the_light(contrasts):
    from bayesbench.archive import archive
    from bayesbench.report.page import page

    kept = archive(contrasts["normal"])
    light, weighed = kept.results["importance"]["laplace"], contrasts["normal"].fits["laplace"]
    assert light["pareto_k"] == weighed.diagnostics["pareto_k"]
    assert light["ess"] == weighed.diagnostics["importance_ess"]
    assert light["word"] == "good"
    theta = kept.results["estimates"]["theta"]["laplace"]
    # The posterior's mean by integration; what is left is the Monte Carlo error.
    truth, error = contrasts["normal"].integral.mean, theta["sd"] / np.sqrt(light["ess"])
    assert abs(theta["corrected_mean"] - truth) < 4 * error < abs(theta["mean"] - truth)
    section = page(kept).partition('id="approximations"')[2].partition("</section>")[0]
    for number in (theta["mean"], theta["corrected_mean"], theta["corrected_sd"]):
        assert f"{number:.4f}" in section
    assert f"{light['pareto_k']:.3g}, good" in section
    assert f"{light['ess']:,.0f}" in section
