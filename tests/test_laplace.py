"""Laplace's approximation: its closed form, its weights, and what it refuses."""

import numpy as np
import pytest
from scipy import integrate, stats

import bayesbench as bb
from bayesbench.integration import quadrature
from small_models import DifferenceWithPrior, Scale

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


def test_blocks_of_draws_give_what_one_gives(monkeypatch):
    from bayesbench.fit import jax_objective

    whole = bb.fit_laplace(Scale, THREE, seed=0, draws=130)  # a block of 100, and the rest
    monkeypatch.setattr(jax_objective, "BLOCK", 7)
    parts = bb.fit_laplace(Scale, THREE, seed=0, draws=130)
    assert parts.importance.weights == pytest.approx(whole.importance.weights, rel=1e-12)
