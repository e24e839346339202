"""Hierarchies as the sampler meets them: no divergences, and the moments of the integrals."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import bayesbench as bb
from bayesbench import numpy as bn

SCHOOLS = bb.load("eight_schools")


class Funnel(bb.Model):
    """Neal's (2003), with a weakly informative datum for each member."""

    outcome = "y"
    v = bb.parameter(bb.Normal(0, 3))
    x = bb.parameter(lambda m: bb.Normal(0, bn.exp(m.v / 2)), dims="k")

    def likelihood(self, k=bb.levels()):
        return bb.Normal(self.x[k], 5.0)


class Mild(Funnel):
    """A scale that is nearly known: no funnel to speak of, and every coordinate serves."""

    v = bb.parameter(bb.Normal(0, 0.5))

    def likelihood(self, k=bb.levels()):
        return bb.Normal(self.x[k], 1.0)


POINTS = {"k": ["a", "b", "c"], "y": [1.0, -2.0, 4.0]}


def _moments(wide, noise):
    """Mean and sd of v ~ Normal(0, wide) and of the three members, by SciPy's quadrature over v.

    Given v the members are independent Normals: the datum y ± noise, the prior 0 ± exp(v / 2).
    """
    y, prior = np.array(POINTS["y"]), stats.norm(0, wide)

    def integral(function):
        def integrand(v):
            rows = stats.norm(0, np.sqrt(np.exp(v) + noise**2)).logpdf(y)
            return function(v) * np.exp(rows.sum()) * prior.pdf(v)

        return quad(integrand, -7 * wide, 7 * wide, points=[0, wide], epsabs=0, epsrel=1e-10)[0]

    def share(v):
        return 1 / (1 + noise**2 * np.exp(-v))

    mass = integral(lambda v: 1.0)
    mean, square = (integral(lambda v, p=p: v**p) / mass for p in (1, 2))
    first = np.array([integral(lambda v, y=y: share(v) * y) for y in y]) / mass
    second = [integral(lambda v, y=y: share(v) * noise**2 + (share(v) * y) ** 2) for y in y]
    sds = np.sqrt(np.array(second) / mass - first**2)
    return {"v": (mean, np.sqrt(square - mean**2)), "x": (first, sds)}


def _meets(fit, moments):
    for name, (mean, sd) in moments.items():
        draws, errors = fit.draws.values[name], fit.diagnostics["convergence"][name]
        assert (np.abs(draws.mean((0, 1)) - mean) < 4 * errors["mcse_mean"]).all()
        assert (np.abs(draws.std((0, 1)) - sd) < 4 * errors["mcse_sd"]).all()


def test_a_funnel_of_parameters_is_reparameterised():
    fit = bb.fit_posterior(Funnel, POINTS, seed=0, progress=False)
    assert fit.settings["centred"] == {"x": 0.0}
    assert "x is sampled non-centred: along 2 trial chains" in fit.diagnostics["parameterisation"]
    assert fit.converged
    assert fit.diagnostics["divergences"] == 0
    _meets(fit, _moments(3, 5))


@pytest.mark.parametrize("c", [0.5, 1.0])
def test_draws_mean_the_same_in_other_coordinates(c):
    fit = bb.fit_posterior(Mild, POINTS, draws=500, warmup=300, centred={"x": c}, progress=False)
    assert fit.settings["centred"] == {"x": c}
    _meets(fit, _moments(0.5, 1))


def test_eight_schools_without_divergences():
    """Where the prior favours wide spreads; test_eight_schools.py looks at the other variants."""
    model = bb.load("eight_schools", variant="gamma")
    for seed in (1, 2):
        fit = bb.fit_posterior(model, model.example(), seed=seed, progress=False)
        assert fit.settings["centred"] == {"effect": 0.0}
        assert fit.converged
        assert fit.diagnostics["divergences"] == 0


def test_a_hierarchy_that_the_data_know_is_sampled_centred():
    generator = np.random.default_rng(5)
    school = np.repeat(np.arange(50), 20)
    y = generator.normal(0, 1, 50)[school] + 0.1 * generator.normal(size=1000)
    data = {"school": school, "y": y, "se": np.full(1000, 0.1)}
    short = {"seed": 1, "draws": 500, "warmup": 300, "progress": False}
    fit = bb.fit_posterior(SCHOOLS, data, **short)
    assert fit.settings["centred"] == {"effect": 1.0}
    assert fit.diagnostics["divergences"] == 0
    other = bb.fit_posterior(SCHOOLS, data, centred={"effect": 0}, **short)
    assert fit.diagnostics["r_hat"] < 1.01 < 1.05 < other.diagnostics["r_hat"]
    # The same steps, with fewer gradients.
    assert fit.statistics["num_steps"].sum() < other.statistics["num_steps"].sum() / 2
    again = bb.fit_posterior(SCHOOLS, data, centred=fit.settings["centred"], **short)
    assert np.array_equal(again.draws.effect, fit.draws.effect)
    assert again.diagnostics["parameterisation"] == "effect is sampled centred, as asked."
