"""Quadrature against another integrator in higher precision."""

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import bayesbench as bb
from bayesbench.integration import held_to
from small_models import Gaussian, PositiveMean, Waiting


def test_coin_against_mpmath():
    def kernel(theta):
        return theta**3 * (1 - theta) ** 4 * mpmath.exp(-((theta - mpmath.mpf(1) / 2) ** 2) * 5)

    with mpmath.workdps(30):
        prior = mpmath.quad(lambda t: mpmath.exp(-((t - mpmath.mpf(1) / 2) ** 2) * 5), [0, 0.5, 1])
        moments = [
            mpmath.quad(lambda t, k=k: kernel(t) * t**k, [0, 0.25, 0.5, 0.75, 1]) for k in (0, 1, 2)
        ]
        mean = moments[1] / moments[0]
        sd = mpmath.sqrt(moments[2] / moments[0] - mean**2)
        log_evidence = mpmath.log(moments[0] / prior)
    coin = bb.load("coin")
    found = bb.quadrature(coin, coin.example())
    assert abs(found.mean - float(mean)) < 1e-12
    assert abs(found.sd - float(sd)) < 1e-12
    assert abs(found.log_evidence - float(log_evidence)) < 1e-12
    assert abs(found.log_evidence - -5.4077243640) < 1e-10


def test_curves_enclose_one():
    import numpy as np

    for model, data in ((bb.load("coin"), {"toss": [1, 0, 1]}), (PositiveMean, {"y": [0.3, 0.2]})):
        curves = bb.quadrature(model, data).curves
        for name in ("posterior", "likelihood"):
            assert np.trapezoid(curves[name], curves["value"]) == pytest.approx(1, abs=2e-3)


def test_only_one_parameter():
    assert bb.quadrature(Gaussian, {"y": [1.0, 2.0]}) is None


class Location(bb.Model):
    """A Cauchy location: the likelihood has a hill at each group of values."""

    outcome = "y"
    place = bb.parameter(bb.Normal(0, 100))

    def likelihood(self):
        return bb.Cauchy(self.place, 0.05)


def test_two_hills():
    import numpy as np
    from scipy.special import logsumexp

    rng = np.random.default_rng(0)
    y = np.concatenate([0.05 * rng.normal(size=20), 50 + 0.05 * rng.normal(size=21)])
    found = bb.quadrature(Location, {"y": y})
    # By brute force: the two hills are some hundredths wide, and nothing lies between.
    grid = np.concatenate([np.linspace(c - 1, c + 1, 40001) for c in (0.0, 50.0)])
    log_density = -((grid / 100) ** 2) / 2 - np.log(100 * np.sqrt(2 * np.pi))
    log_density += sum(-np.log(np.pi * 0.05 * (1 + ((v - grid) / 0.05) ** 2)) for v in y)
    step = grid[1] - grid[0]
    truth = logsumexp(log_density) + np.log(step)
    weights = np.exp(log_density - logsumexp(log_density))
    assert abs(found.log_evidence - truth) < 1e-6
    assert abs(found.mean - weights @ grid) < 1e-4
    made = bb.contrast(Location, {"y": y}, draws=100, warmup=100, chains=2)
    (warning,) = [f for f in made.findings if f.rule == "local_mode"]
    assert warning.severity == "warning"
    assert abs(made.integral.highest_at - 50) < 0.1


def test_scale_parameters_have_curves():
    import numpy as np

    from small_models import Scale

    curves = bb.quadrature(Scale, {"y": [-1.1, 0.3, 1.4]}).curves
    for name in ("prior", "likelihood", "posterior"):
        assert np.isfinite(curves[name]).all()
        assert curves[name].max() > 0


def test_a_narrow_posterior_has_its_curve():
    import numpy as np

    curves = bb.quadrature(bb.load("coin"), {"toss": np.ones(10000)}).curves
    assert np.trapezoid(curves["posterior"], curves["value"]) == pytest.approx(1, abs=0.02)


def test_where_the_density_is_no_number_there_is_no_mass():
    """A rate below zero gives NaN: SciPy's quad over where it is above."""
    y = [0.9, 1.2, 3.0]

    def density(t):
        return stats.norm(0, 5).pdf(t) * (3 + t) ** 3 * np.exp(-(3 + t) * sum(y))

    truth, _ = quad(density, -3, 20, epsabs=1e-14)
    found = bb.quadrature(Waiting, {"y": y})
    assert found.log_evidence == pytest.approx(np.log(truth), abs=1e-8)
    assert np.isfinite(found.curves["posterior"]).all()


def test_agreeing_chains_on_one_of_two_hills_have_not_converged():
    """Begun on one of two mirror images, they stay there; the integral knows of both."""

    class Squared(bb.Model):
        """Only the square of m is informed."""

        outcome = "y"
        m = bb.parameter(bb.Normal(0.0, 5.0))

        def likelihood(self):
            return bb.Normal(self.m**2, 0.2)

    data = {"y": [9.1, 8.9, 9.0]}
    integral = bb.quadrature(Squared, data)
    assert integral.mean == pytest.approx(0, abs=1e-6)
    assert integral.sd == pytest.approx(3, abs=0.02)
    fit = bb.fit_posterior(Squared, data, start={"m": 3.0}, warmup=300, progress=False)
    assert fit.converged
    held = held_to(integral, fit)
    assert held.status.name == "not converged"
    assert "on a part of the posterior only: theirs is a mean of 3" in held.status.sentence
