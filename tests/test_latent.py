"""Latents: integrated out by maximum likelihood, MAP and Laplace, sampled by NUTS."""

import subprocess
import sys

import jax
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad_vec
from scipy.special import gammaln

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.density import Pins, columns_in
from bayesbench.libraries import jax_library, torch_library
from bayesbench.marginal import effects_given, log_marginal

EXACT = 1e-9


class Grouped(bb.Model):
    """A mean for each group."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 5))
    spread = bb.parameter(bb.HalfNormal(2))
    noise = bb.parameter(bb.HalfNormal(2))
    effect = bb.latent(lambda m: bb.Normal(m.mean, m.spread), dims="g")

    def likelihood(self, g=bb.levels()):
        return bb.Normal(self.effect[g], self.noise)


class Counts(bb.Model):
    """A rate for each group."""

    outcome = "y"
    mean = bb.parameter(bb.Flat())
    spread = bb.parameter(bb.Flat(), support=bb.positive)
    effect = bb.latent(lambda m: bb.Normal(m.mean, m.spread), dims="g")

    def likelihood(self, g=bb.levels()):
        return bb.Poisson(bn.exp(self.effect[g]))


class Chances(Counts):
    """A probability for each group."""

    def likelihood(self, g=bb.levels()):
        return bb.Bernoulli(bn.sigmoid(self.effect[g]))


GROUPS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3])
NORMAL = {"g": GROUPS, "y": [1.2, 0.4, 2.0, -1.5, -0.7, 3.1, 2.2, 2.9, 4.0, 0.3]}
COUNTS = {"g": GROUPS, "y": [3, 5, 1, 0, 0, 11, 14, 9, 20, 2]}
CHANCES = {"g": GROUPS, "y": [1, 1, 0, 0, 0, 1, 1, 1, 1, 0]}
BOTH = {"torch": torch_library, "jax": jax_library}


def _computed(library, model, data, values, function):
    """A function of marginal.py at values of the parameters, as NumPy's."""
    lib, bound = BOTH[library](), bind(model, data)
    with jax.enable_x64(True):
        given = {name: lib.array(value) for name, value in values.items()}
        return function(bound.layout, given, *columns_in(bound, lib), lib)


@pytest.mark.parametrize("library", BOTH)
@pytest.mark.parametrize("spread", [0.0, 1e-9, 0.3, 2.0, 1e4])
def test_normal_groups_against_the_multivariate_normal(library, spread):
    values = {"mean": 0.7, "spread": spread, "noise": 0.8}
    found = np.asarray(_computed(library, Grouped, NORMAL, values, log_marginal))
    # A Normal's log-density, by the rows' mean and their squares around it: the covariance
    # noise² + spread² at all places has the eigenvalues noise² and noise² + n spread².
    for group in range(4):
        rows = np.array(NORMAL["y"])[group == GROUPS]
        n, noise, wide = len(rows), 0.8**2, 0.8**2 + len(rows) * spread**2
        squares = ((rows - rows.mean()) ** 2).sum() / noise + n * (rows.mean() - 0.7) ** 2 / wide
        log_det = (n - 1) * np.log(noise) + np.log(wide)
        expected = -0.5 * (n * np.log(2 * np.pi) + log_det + squares)
        assert abs(found[group] - expected) < EXACT * max(1, abs(expected))


@pytest.mark.parametrize("library", BOTH)
def test_normal_effects_given_the_parameters(library):
    values = {"mean": 0.7, "spread": 1.3, "noise": 0.8}
    found = _computed(library, Grouped, NORMAL, values, effects_given)
    y = np.array(NORMAL["y"])
    for group in range(4):
        rows = y[group == GROUPS]
        precision = len(rows) / 0.8**2 + 1 / 1.3**2
        mean = (rows.sum() / 0.8**2 + 0.7 / 1.3**2) / precision
        assert abs(float(found.mean[group]) - mean) < EXACT
        assert abs(float(found.sd[group]) - precision**-0.5) < EXACT


def _poisson(rows, effect):
    return (rows * effect - np.exp(effect) - gammaln(rows + 1)).sum()


def _bernoulli(rows, effect):
    return -np.logaddexp(0, np.where(rows == 1, -effect, effect)).sum()


def _integrated(log_likelihood, rows, mean, spread):
    """The marginal likelihood, the effect's mean and its sd, by SciPy's quadrature."""

    def integrand(u):
        height = np.exp(log_likelihood(rows, mean + spread * u) - u**2 / 2)
        return height * np.array([1.0, u, u**2]) / np.sqrt(2 * np.pi)

    (mass, first, second), _ = quad_vec(integrand, -12, 12, epsabs=0, epsrel=1e-11)
    u, variance = first / mass, second / mass - (first / mass) ** 2
    return np.log(mass), mean + spread * u, spread * np.sqrt(variance)


CASES = [(Counts, COUNTS, _poisson), (Chances, CHANCES, _bernoulli)]


@pytest.mark.parametrize(
    ("library", "mean", "spread"), [("torch", 0.5, 0.2), ("torch", 1.0, 1.5), ("jax", 1.0, 1.5)]
)
@pytest.mark.parametrize(("model", "data", "density"), CASES, ids=["poisson", "bernoulli"])
def test_other_groups_against_quadrature(model, data, density, library, mean, spread):
    values = {"mean": mean, "spread": spread}
    found = np.asarray(_computed(library, model, data, values, log_marginal))
    given = _computed(library, model, data, values, effects_given)
    for group in range(4):
        rows = np.array(data["y"])[group == GROUPS]
        log_mass, centre, sd = _integrated(density, rows, mean, spread)
        assert abs(found[group] - log_mass) < 1e-7
        assert abs(float(given.mean[group]) - centre) < 1e-6
        assert abs(float(given.sd[group]) - sd) < 1e-6


def test_the_maximum_for_counts_by_both_libraries_and_by_quadrature():
    mle, mode = bb.fit_mle(Counts, COUNTS), bb.fit_map(Counts, COUNTS)  # with flat priors
    assert mle.status.name == mode.status.name == "converged"
    for name in ("mean", "spread"):
        assert abs(mle.estimate.values[name] - mode.estimate.values[name]) < 1e-7
        assert abs(mle.standard_errors[name] - mode.standard_errors[name]) < 1e-6
    assert mle.diagnostics["integration_error"] < 1e-7
    at = float(mle.estimate.mean), float(mle.estimate.spread)

    def total(mean, spread):
        rows = (np.array(COUNTS["y"])[group == GROUPS] for group in range(4))
        return sum(_integrated(_poisson, each, mean, spread)[0] for each in rows)

    top = total(*at)
    assert abs(mle.diagnostics["value"] - top) < 1e-7
    for step in (0.01, -0.01):
        assert total(at[0] + step, at[1]) < top
        assert total(at[0], at[1] + step) < top
    rows = np.array(COUNTS["y"])[GROUPS == 1]
    mean, sd = mle.effects["effect"]
    assert (mean[1], sd[1]) == pytest.approx(_integrated(_poisson, rows, *at)[1:], abs=1e-6)
    assert float(mle.estimate.effect[1]) == mean[1]


class Heavy(Grouped):
    """A population with heavy tails."""

    effect = bb.latent(lambda m: bb.StudentT(4, m.mean, m.spread), dims="g")


class Frail(Grouped):
    """Effects above zero."""

    effect = bb.latent(lambda m: bb.Gamma(2, m.spread), dims="g", support=bb.positive)


POPULATIONS = {
    Grouped: lambda at: stats.norm(at["mean"], at["spread"]),
    Heavy: lambda at: stats.t(4, at["mean"], at["spread"]),
    Frail: lambda at: stats.gamma(2, scale=1 / at["spread"]),
}


@pytest.mark.parametrize("model", POPULATIONS)
def test_the_density_that_is_sampled(model):
    """Of parameters and effects, at given z: non-centred on the line, by logarithms above zero."""
    from bayesbench.fit.jax_objective import log_posterior

    bound = bind(model, NORMAL).joint
    target, z = log_posterior(bound, "unconstrained"), np.array([0.4, -0.3, 0.2, 1.0, -0.5, 0.1, 2])
    at = target.constrain(z, Pins.none(7))
    spread, noise = np.exp(z[1:3])
    effect = np.exp(z[3:]) if model is Frail else 0.4 + spread * z[3:]
    assert np.allclose(at["effect"], effect, rtol=1e-14)
    expected = stats.norm(effect[GROUPS], noise).logpdf(NORMAL["y"]).sum()
    expected += stats.norm(0, 5).logpdf(z[0]) + stats.halfnorm(0, 2).logpdf([spread, noise]).sum()
    expected += POPULATIONS[model](at).logpdf(effect).sum()
    expected += z[1] + z[2] + (z[3:].sum() if model is Frail else 4 * z[1])
    assert abs(target.value(z, Pins.none(7)) - expected) < EXACT
    assert np.allclose(target.unconstrain(at), z, atol=1e-12)


def test_laplace_draws_effects_given_the_parameters():
    laplace = bb.fit_laplace(Grouped, NORMAL, seed=1, draws=4000)
    draws = {name: values[0] for name, values in laplace.draws.values.items()}
    y = np.array(NORMAL["y"])
    for group in range(4):
        rows = y[group == GROUPS]
        precision = len(rows) / draws["noise"] ** 2 + 1 / draws["spread"] ** 2
        mean = (rows.sum() / draws["noise"] ** 2 + draws["mean"] / draws["spread"] ** 2) / precision
        standard = (draws["effect"][:, group] - mean) * np.sqrt(precision)
        assert abs(standard.mean()) < 4 / np.sqrt(4000)
        assert abs(standard.std() - 1) < 4 / np.sqrt(2 * 4000)


class Two(Grouped):
    """Two populations."""

    other = bb.latent(lambda m: bb.Normal(0, m.spread), dims="g")


class Neighbours(Grouped):
    """Rows that read their neighbour's effect."""

    def likelihood(self, g=bb.levels()):
        return bb.Normal(self.effect[g] + 0.1 * self.effect[(g + 1) % 4], self.noise)


class Columns(Grouped):
    """Effects of columns, which all rows read."""

    effect = bb.latent(lambda m: bb.Normal(m.mean, m.spread), dims="feature")

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.Normal((x * self.effect).sum(-1), self.noise)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (Two, r"Two\.effect, other.*found 2 latents, expected one; use fit_posterior"),
        (Heavy, r"Heavy\.effect.*found a StudentT population, expected a Normal one"),
        (Neighbours, r"found row 4, which reads the effects of other groups.*self\.effect\[g\]"),
        (Columns, r"found the dimensions \(feature\), expected that of one input declared by lev"),
    ],
)
def test_what_cannot_be_integrated_out_is_refused(model, sentence):
    data = {"x": GROUPS, "y": NORMAL["y"]} if model is Columns else NORMAL
    for fit in (bb.fit_mle, bb.fit_map):
        with pytest.raises(bb.BadInput, match=sentence):
            fit(model, data)


def test_what_is_refused_is_sampled():
    fit = bb.fit_posterior(Neighbours, NORMAL, chains=1, draws=50, warmup=100, progress=False)
    assert fit.draws.effect.shape == (1, 50, 4)
    assert np.isfinite(fit.draws.effect).all()


def test_an_integral_that_is_too_rough_is_no_estimate():
    class Steep(bb.Model):
        """A population so wide that the likelihood is a step in it."""

        outcome = "y"
        mean = bb.parameter(bb.Flat())
        effect = bb.latent(lambda m: bb.Normal(m.mean, 20.0), dims="g")

        def likelihood(self, g=bb.levels()):
            return bb.Bernoulli(bn.sigmoid(self.effect[g]))

    fit = bb.fit_mle(Steep, {"g": np.arange(6), "y": [0, 1, 1, 0, 1, 1]})
    assert fit.status.name == "stopped early"
    assert "the integrals over the effects are known to" in fit.status.sentence
    assert fit.estimate is None
    assert fit.effects == {}


def test_one_effect_that_all_rows_share():
    class Shared(bb.Model):
        """A batch with an offset of its own."""

        outcome = "y"
        mean = bb.parameter(bb.Flat())
        offset = bb.latent(lambda m: bb.Normal(0, 2.0))

        def likelihood(self):
            return bb.Normal(self.mean + self.offset, 1)

        @bb.event("the batch is off to above")
        def above(self):
            return bn.ndtr(self.offset)

    y = np.array([0.3, 1.1, 2.5])
    mle = bb.fit_mle(Shared, {"y": y})
    assert abs(float(mle.estimate.mean) - y.mean()) < EXACT
    assert abs(float(mle.standard_errors["mean"]) - np.sqrt(1 / 3 + 4)) < EXACT
    assert list(mle.table().index) == ["mean", "offset"]
    # Given that the mean is ȳ, the offset is as likely above zero as below.
    assert abs(mle.events().loc["the batch is off to above", "probability"] - 0.5) < EXACT
    laplace = bb.fit_laplace(Shared, {"y": y}, seed=2, draws=4000)
    mean, offset = laplace.draws.mean[0], laplace.draws.offset[0]
    # A posteriori under the flat prior the offset is what it was, and the sum is ȳ ± 1/√3.
    assert abs(offset.std() - 2) < 4 * 2 / np.sqrt(2 * 4000)
    assert abs((mean + offset).std() - 3**-0.5) < 4 * 3**-0.5 / np.sqrt(2 * 4000)
    chance = laplace.events().loc["the batch is off to above"]
    assert abs(chance["probability"] - 0.5) < 4 * chance["mcse"]


def test_declarations_that_cannot_be_used():
    with pytest.raises(TypeError, match=r"latent\(\): give a function"):
        bb.latent(bb.Normal(0, 1), dims="g")

    class Above(Grouped):
        """Effects above zero, not declared so."""

        effect = bb.latent(lambda m: bb.Gamma(2, m.spread), dims="g")

    class Elsewhere(Grouped):
        """Effects over a dimension that no input has."""

        effect = bb.latent(lambda m: bb.Normal(m.mean, m.spread), dims="h")

    with pytest.raises(bb.BadInput, match=r"Elsewhere.effect: found the dimension 'h'"):
        bind(Elsewhere, NORMAL)
    with pytest.raises(bb.BadInput, match=r"Above.effect: found a Gamma.*give latent\(\) the supp"):
        bind(Above, NORMAL)


def test_the_mle_of_a_hierarchy_never_imports_jax():
    code = """
import sys, bayesbench as bb
model = bb.load("eight_schools")
bb.fit_mle(model, model.example()).table()
assert "torch" in sys.modules and not {"jax", "numpyro"} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
