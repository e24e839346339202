"""Pathfinder: Normals along quasi-Newton paths, as an approximation and as starts of chains."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

import bayesbench as bb
from bayesbench.fit.local_normals import LocalNormal, Mixture
from bayesbench.fit.pathfinder import CHOSEN, _expected
from bayesbench.fit.quasi_newton import Curvature, Path, climb_side_by_side
from small_models import Difference, DifferenceWithPrior, Gaussian, Scale, Waiting

DRAWS = 10_000
ERRORS = 4.5  # Monte Carlo standard errors: one in 150,000 is off by more


def _normal(size, seed):
    """A Normal: its mean, its covariance, and its log-density with gradient."""
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(size, size)) + np.eye(size)
    mean, covariance = generator.normal(0, 2, size), root @ root.T
    precision = np.linalg.inv(covariance)

    def heights(z):
        away = z - mean
        return -0.5 * np.einsum("ni,ij,nj->n", away, precision, away), -away @ precision

    return mean, covariance, heights


def _divergence(normal, mean, covariance):
    """Kullback and Leibler's of a Normal to another: by hand."""
    precision, away = np.linalg.inv(covariance), normal.mean - mean
    own = normal.root @ normal.root.T
    log_det = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(own)[1]
    return 0.5 * (np.trace(precision @ own) + away @ precision @ away - len(mean) + log_det)


def test_climbs_end_at_the_top_and_know_the_curvature():
    mean, covariance, heights = _normal(4, 1)
    starts = np.random.default_rng(2).uniform(-2, 2, (5, 4))
    for path in climb_side_by_side(heights, starts, np.ones(5)):
        assert np.abs(path.z[-1] - mean).max() < 1e-4
        made = [*path.normals()]
        assert np.abs(made[-1].mean - mean).max() < 1e-4  # by Newton's step from the last point
        # What a handful of pairs knows is rough, and better than nothing by 10 nats.
        least = min(_divergence(normal, mean, covariance) for normal in made)
        assert least < 0.3
        assert _divergence(LocalNormal(starts[0], np.eye(4)), mean, covariance) > 10


def test_the_curvature_is_that_of_blackjax():
    from blackjax.optimizers import lbfgs

    generator = np.random.default_rng(3)
    _, covariance, _ = _normal(3, 3)
    precision = np.linalg.inv(covariance)
    steps = generator.normal(size=(5, 3))
    falls = steps @ precision
    own = Curvature(np.ones(3))
    with jax.enable_x64(True):
        diagonal = np.ones(3)
        for step, fall in zip(steps, falls, strict=True):
            own = own.after(step, fall)
            diagonal, _ = lbfgs.lbfgs_recover_alpha(diagonal, step, fall)
        beta, gamma = lbfgs.lbfgs_inverse_hessian_factors(steps.T, falls.T, diagonal)
        theirs = np.asarray(lbfgs.lbfgs_inverse_hessian_formula_1(diagonal, beta, gamma))
    assert np.abs(own.diagonal - np.asarray(diagonal)).max() < 1e-12 * own.diagonal.max()
    assert np.abs(own.inverse - theirs).max() < 1e-9 * np.abs(theirs).max()


def test_a_step_that_curves_upwards_teaches_nothing():
    before = Curvature(np.ones(2))
    assert before.after(np.array([1.0, 0.0]), np.array([-1.0, 0.5])) is before


def test_mixtures_have_the_density_of_their_draws():
    normals = [
        LocalNormal(np.array([m, 0.0]), np.array([[s, 0], [0.3, 1]]))
        for m, s in ((-3.0, 0.5), (2.0, 1.5))
    ]
    mixture = Mixture(tuple(normals), np.array([0.25, 0.75]))
    z = mixture.draw(np.random.default_rng(0), DRAWS)
    truth = [multivariate_normal(n.mean, n.root @ n.root.T).logpdf(z) for n in normals]
    expected = logsumexp(truth, axis=0, b=mixture.shares[:, None])
    assert np.abs(mixture.log_density(z) - expected).max() < 1e-10
    # Mean and second moment of a mixture: -3/4 + 3·2/4, and so on.
    assert abs(z[:, 0].mean() - 0.75) < ERRORS * z[:, 0].std() / DRAWS**0.5
    second = 0.25 * (9 + 0.25) + 0.75 * (4 + 2.25)
    assert abs((z[:, 0] ** 2).mean() - second) < ERRORS * (z[:, 0] ** 2).std() / DRAWS**0.5


class Pair(bb.Model):
    """Two numbers whose sum and whose first are observed: the posterior is Normal."""

    outcome = "y"
    a = bb.parameter(bb.Normal(1, 2))
    b = bb.parameter(bb.Normal(-1, 3))

    def likelihood(self, x):
        return bb.Normal(self.a + x * self.b, 0.5)


def test_a_normal_posterior():
    y, x = np.array([0.3, 1.1, -0.4]), np.array([0.0, 1.0, 2.0])
    design = np.stack([np.ones(3), x], axis=1)
    precision = design.T @ design / 0.25 + np.diag([1 / 4, 1 / 9])
    covariance = np.linalg.inv(precision)
    mean = covariance @ (design.T @ y / 0.25 + [1 / 4, -1 / 9])
    fit = bb.fit_pathfinder(Pair, {"x": x, "y": y}, seed=0)
    assert fit.converged
    assert fit.importance.word in ("good", "exact")
    error = np.sqrt(np.diag(covariance)) / np.sqrt(fit.importance.ess)
    table = fit.table()
    assert (np.abs(table["corrected_mean"] - mean) < ERRORS * error).all()
    # The sd of a Normal's sd is sd/√(2n).
    assert (np.abs(table["corrected_sd"] - np.sqrt(np.diag(covariance))) < ERRORS * error).all()
    # What a path learns of the curvature is rough: within a tenth.
    assert (np.abs(table["sd"] / np.sqrt(np.diag(covariance)) - 1) < 0.1).all()
    assert (np.abs(table["mean"] - mean) < 0.1 * np.sqrt(np.diag(covariance))).all()
    # The ELBO is at most the log evidence: y is Normal, with its prior's covariance.
    spread = design @ np.diag([4, 9]) @ design.T + 0.25 * np.eye(3)
    evidence = multivariate_normal(design @ [1, -1], spread).logpdf(y)
    elbo = fit.diagnostics["elbo_by_path"]
    assert len(elbo) == 8
    assert evidence - 0.1 < max(elbo) < evidence + 0.02


def test_the_coin_against_quadrature(contrasts):
    for made in contrasts.values():
        fit, truth = made.fits["pathfinder"], made.integral
        light = fit.importance
        assert light.word in ("good", "rough")
        error = truth.sd / np.sqrt(light.ess)
        assert abs(float(light.mean["theta"]) - truth.mean) < ERRORS * error
        assert abs(float(light.sd["theta"]) / truth.sd - 1) < 0.05
        assert fit.diagnostics["elbo"] < truth.log_evidence + 0.02
        assert np.isclose(sum(fit.diagnostics["shares"]), 1)


def test_only_the_difference_is_informed():
    data = {"y": [1.0, 2.0, 0.5]}
    refused = bb.fit_pathfinder(Difference, data)
    assert refused.status.name == "not identified"
    assert "b + c" in refused.status.sentence
    assert refused.draws is None
    fit = bb.fit_pathfinder(DifferenceWithPrior, data, seed=1)
    # b - c has prior variance 200 and data variance 1/3.
    difference = (fit.draws.b - fit.draws.c)[0]
    weights, ess = fit.importance.weights, fit.importance.ess
    mean, variance = np.mean(data["y"]) * 200 / (200 + 1 / 3), 1 / (3 + 1 / 200)
    assert fit.importance.word in ("good", "exact")
    assert abs(weights @ difference - mean) < ERRORS * np.sqrt(variance / ess)


class Even(bb.Model):
    """Two hills, equally high, at a = ±2."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 3))

    def likelihood(self):
        return bb.Normal(self.a**2, 1)


def test_two_hills_weigh_the_same_however_many_paths_lead_to_each():
    fit = bb.fit_pathfinder(Even, {"y": [4.0, 4.3, 3.8]}, seed=0)
    above = fit.draws.a[0] > 0
    # Shares come from 200 draws of each path's Normal, so they are rough; weights mend that.
    assert 0.4 < above.mean() < 0.6
    share = fit.importance.weights @ above
    assert abs(share - 0.5) < ERRORS * 0.5 / np.sqrt(fit.importance.ess)
    assert fit.importance.word == "good"


def test_one_path_sees_one_hill_and_its_light_does_not_know():
    fit = bb.fit_pathfinder(Even, {"y": [4.0, 4.3, 3.8]}, seed=0, paths=1)
    assert np.ptp(np.sign(fit.draws.a)) == 0
    assert fit.importance.word == "good"


def test_starts_may_be_optima_themselves():
    data = {"y": [4.0, 4.3, 3.8]}
    start = [bb.fit_map(Even, data, start={"a": sign}).estimate for sign in (-1.0, 1.0)]
    fit = bb.fit_pathfinder(Even, data, start=start, paths=2)
    assert fit.diagnostics["failed"] == 0
    assert 0.4 < (fit.draws.a > 0).mean() < 0.6
    one = bb.fit_pathfinder(Even, data, start={"a": -2.0}, paths=2)
    assert (one.draws.a < 0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_draws_where_there_is_no_density_weigh_nothing(seed):
    y = np.array([0.9, 1.2, 3.0])
    fit = bb.fit_pathfinder(Waiting, {"y": y}, seed=seed)

    def density(t, power):
        return t**power * norm(0, 5).pdf(t) * (3 + t) ** 3 * np.exp(-(3 + t) * y.sum())

    evidence, first, second = (quad(density, -3, 20, args=(k,))[0] for k in range(3))
    mean, sd = first / evidence, np.sqrt(second / evidence - (first / evidence) ** 2)
    assert fit.converged
    assert fit.importance.word == "good"
    assert 0 < (fit.draws.t < -3).mean() < 0.5
    assert (fit.importance.weights[fit.draws.t[0] < -3] == 0).all()
    error = sd / np.sqrt(fit.importance.ess)
    assert abs(float(fit.importance.mean["t"]) - mean) < ERRORS * error
    assert abs(float(fit.importance.sd["t"]) / sd - 1) < 0.1
    # The ELBO is that of the Normals cut off at -3: at most the log evidence.
    assert np.log(evidence) - 0.5 < fit.diagnostics["elbo"] < np.log(evidence) + 0.02


def test_paths_without_a_density_around_give_no_draws(monkeypatch):
    """The Normals are chosen by some draws; those that compare them have no density at all."""
    from bayesbench.fit.at_draws import log_densities

    def none_later(bound, z):
        found = log_densities(bound, z)
        return found if len(z) % CHOSEN else np.full(len(z), np.nan)

    monkeypatch.setattr("bayesbench.fit.pathfinder.log_densities", none_later)
    fit = bb.fit_pathfinder(Scale, {"y": [-1.1, 0.3, 1.4]}, paths=2, draws=50)
    assert fit.draws is None
    assert fit.status.name == "stopped early"
    assert "none of 2 paths led to where" in fit.status.sentence


def test_the_elbo_of_a_normal_that_is_cut_off():
    """Of a standard Normal cut off below 0, to itself: log Z is log 1/2."""
    ratios = np.where(np.arange(1000) % 2, 0.0, -np.inf)
    assert _expected(ratios) == pytest.approx(np.log(0.5))
    assert _expected(np.full((2, 3), np.nan)).tolist() == [-np.inf, -np.inf]
    assert _expected(np.array([1.0, 2.0, 6.0])) == 3.0


def test_equal_seeds_give_equal_draws():
    data = {"y": [-1.1, 0.3, 1.4]}
    first, again, other = (bb.fit_pathfinder(Scale, data, seed=s, draws=50) for s in (3, 3, 4))
    assert (first.draws.sd == again.draws.sd).all()
    assert not (first.draws.sd == other.draws.sd).any()


@pytest.mark.parametrize("left", [0, 1])
def test_paths_that_lead_nowhere_are_counted(monkeypatch, left):
    """All but so many paths never leave their start, and so learn of no curvature."""

    def stuck(*given):
        found = climb_side_by_side(*given)
        return [*found[:left], *(Path(p.z[:1], p.gradient[:1]) for p in found[left:])]

    monkeypatch.setattr("bayesbench.fit.pathfinder.climb_side_by_side", stuck)
    fit = bb.fit_pathfinder(Scale, {"y": [-1.1, 0.3, 1.4]}, paths=2, draws=50)
    assert fit.diagnostics["failed"] == 2 - left
    assert fit.converged == bool(left)
    assert (fit.draws is None) == (not left)
    assert ("1 of 2 paths gave none" if left else "none of 2 paths") in fit.status.sentence


def test_bad_input():
    data = {"y": [1.0, 2.0]}
    with pytest.raises(bb.BadInput, match="paths: found 0"):
        bb.fit_pathfinder(Gaussian, data, paths=0)
    with pytest.raises(bb.BadInput, match="draws: found 1"):
        bb.fit_pathfinder(Gaussian, data, draws=1)
    for fit in (bb.fit_pathfinder, bb.fit_laplace):
        with pytest.raises(bb.BadInput, match=r"draws: found 100\.5, expected a whole number"):
            fit(Gaussian, data, draws=100.5)
    with pytest.raises(bb.BadInput, match="start=: found an empty list"):
        bb.fit_pathfinder(Gaussian, data, start=[])
    with pytest.raises(bb.BadInput, match=r"start: found 'pathfindr'.*did you mean 'pathfinder'"):
        bb.fit_posterior(Gaussian, data, start="pathfindr")


def test_chains_that_begin_where_pathfinder_leads():
    coin = bb.load("coin", prior="uniform")
    short = {"draws": 500, "warmup": 300, "progress": False}
    fit = bb.fit_posterior(coin, coin.example(), seed=0, start="pathfinder", **short)
    assert fit.converged
    # The posterior is Beta(4, 5).
    error = fit.diagnostics["convergence"]["theta"]["mcse_mean"]
    assert abs(fit.draws.theta.mean() - 4 / 9) < ERRORS * float(error)
