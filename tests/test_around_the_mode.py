"""Where the rows are many, chains begin around the mode, in units of the posterior's widths."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.fit.around_the_mode import MANY
from bayesbench.fit.chain_starts import beginning
from bayesbench.fit.jax_objective import log_posterior

CHAINS = 4


class Gaussian(bb.Model):
    """Mean and sd."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 10))
    sd = bb.parameter(bb.HalfNormal(5))

    def likelihood(self):
        return bb.Normal(self.mean, self.sd)


class Tails(bb.Model):
    """No sums tell this likelihood."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.StudentT(4, self.mean, 2.0)


class EitherSign(bb.Model):
    """The side of 0.5 on which the root of a rate lies is anyone's guess."""

    outcome = "y"
    root = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.Poisson((self.root - 0.5) ** 2)


def gaussian(rows):
    return {"y": np.random.default_rng(0).normal(1.5, 2.0, rows)}


def began(model, data, seed=0):
    bound = bind(model, data).joint
    return beginning(bound, log_posterior(bound, "unconstrained"), None, seed, CHAINS)


def test_units_and_starts_are_those_of_the_normal_that_many_rows_lead_to():
    data = gaussian(1_000_000)
    n, mean, sd = len(data["y"]), data["y"].mean(), data["y"].std()
    found = began(Gaussian, data)
    assert found.words.startswith("around the mode")
    # Fisher's information of mean and log sd is n / σ² and 2n; the priors add 1e-6 of it.
    widths = np.array([sd / n**0.5, (2 * n) ** -0.5])
    np.testing.assert_allclose(found.unit, widths, rtol=1e-4)
    away = (found.z - [mean, np.log(sd)]) / widths
    # Eight draws of Normal(0, 2): chi-squared with 8 degrees, from its 1e-4 to its 1 - 1e-4 point.
    assert 0.46 < (away**2).sum() / 4 < 31.8
    assert (np.ptp(away, axis=0) > 0.5).all()  # the chains begin apart


def test_trajectories_do_not_grow_with_the_rows():
    steps = {}
    for rows in (1_000, 1_000_000):
        fit = bb.fit_posterior(Gaussian, gaussian(rows), draws=1000, progress=False)
        assert fit.converged
        steps[rows] = fit.statistics["num_steps"].mean()
    # 3.9 for both; in units of one it was 5.2 with the more rows: the warm-up could not tell
    # the mean's width from that of log sd. The step sizes of four chains vary by a tenth.
    assert steps[1_000_000] < 1.15 * steps[1_000]


def test_the_posterior_is_the_known_one():
    data = gaussian(100_000)
    fit = bb.fit_posterior(Gaussian, data, progress=False)
    n, mean, sd = len(data["y"]), data["y"].mean(), data["y"].std(ddof=1)
    # With so many rows Student's t is a Normal, and the prior moves the mean by 1e-6 sds.
    worth = fit.diagnostics["convergence"]["mean"]["ess_bulk"]
    draws = fit.draws.mean
    assert abs(draws.mean() - mean) < 4 * sd / n**0.5 / worth**0.5
    assert draws.std() == pytest.approx(sd / n**0.5, rel=4 / (2 * worth) ** 0.5)
    assert fit.diagnostics["chains_began"].startswith("around the mode")


def test_a_model_without_one_mode_begins_at_random_points():
    counts = {"y": np.random.default_rng(1).poisson(4.0, 20_000)}
    # Of four random starts not all lie on one side: that happens in one of eight seeds.
    found = [began(EitherSign, counts, seed) for seed in range(8)]
    apart = [each for each in found if each.words == "at random points"]
    assert len(apart) >= 4
    for each in apart:
        assert (each.z > 0.5).any()
        assert (each.z < 0.5).any()
        np.testing.assert_array_equal(each.unit, 1.0)


@pytest.mark.parametrize(("model", "rows"), [(Gaussian, MANY - 1), (Tails, MANY)])
def test_fewer_rows_and_rows_without_sums_begin_at_random_points(model, rows):
    found = began(model, gaussian(rows))
    assert found.words == "at random points"
    assert (np.abs(found.z) <= 2).all()
    np.testing.assert_array_equal(found.unit, 1.0)


def test_a_run_that_goes_on_says_where_it_began(tmp_path):
    data, kept = gaussian(MANY), tmp_path / "kept"
    whole = bb.fit_posterior(Gaussian, data, draws=500, progress=False)
    options = {"checkpoint": kept, "progress": False}
    bb.fit_posterior(Gaussian, data, draws=250, **options)
    again = bb.fit_posterior(Gaussian, data, draws=500, **options)
    np.testing.assert_array_equal(again.draws.mean, whole.draws.mean)
    assert again.diagnostics["chains_began"] == whole.diagnostics["chains_began"]
