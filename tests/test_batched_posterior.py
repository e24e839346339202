"""Draws from many posteriors at once, against closed forms and another library."""

import pickle

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import stats

from bayesbench.batched.many import fit_many, joined
from bayesbench.batched.modes import find_modes
from bayesbench.batched.posterior import Sampling, sample_many
from many_data_sets import simulated


@pytest.fixture(scope="module")
def coins():
    """64 coins of seven tosses under a uniform prior, whose posteriors are Beta."""
    _, tables, batch = simulated("coin", 64, 7, variant="uniform")
    heads = np.array([table["toss"].sum() for table in tables])
    return batch, stats.beta(heads + 1, 7 - heads + 1), fit_many(batch, seed=1)


def test_the_posteriors_of_coins_are_beta(coins):
    _, exact, many = coins
    posterior = many["posterior"]
    assert posterior.counts == {"converged": 64}
    # Of 64 means each is off by its Monte Carlo error, so the mean of the squares of the ratios
    # is 1 with the standard error sqrt(2 / 64) = 0.18; 1.7 is four of these away.
    errors = exact.std() / np.sqrt(posterior.numbers["ess"])
    ratios = (posterior.estimate[:, 0] - exact.mean()) / errors
    assert np.mean(ratios**2) < 1.7
    assert abs(ratios.mean()) < 4 / 8
    # Every draw's place in its Beta is uniform: by the tenths of all draws, each of which holds
    # 1/10 of some 64 times 300 effective ones, with a standard error of 0.002.
    places = exact.cdf(np.moveaxis(posterior.draws[..., 0], 0, 1))
    shares = np.histogram(places, 10, (0, 1))[0] / places.size
    np.testing.assert_allclose(shares, 0.1, atol=0.008)


def test_laplace_draws_are_normal_in_the_logit(coins):
    batch, _, many = coins
    draws = many["laplace"].draws[..., 0]
    modes = find_modes(batch, "unconstrained")
    logits = np.log(draws / (1 - draws))
    unit = (logits - modes.z) / np.sqrt(modes.covariance[:, 0])
    # 64,000 independent standard Normals.
    assert abs(unit.mean()) < 4 / np.sqrt(unit.size)
    assert abs(unit.var() - 1) < 4 * np.sqrt(2 / unit.size)


def test_equal_numbers_however_the_study_is_cut(coins):
    batch, _, whole = coins
    order = np.random.default_rng(0).permutation(64)
    cuts = [order[:5], order[5:13], order[13:]]
    parts = joined([fit_many(batch.only(cut), seed=1, index=cut) for cut in cuts])
    assert (parts.index == order).all()
    for method in ("mle", "map", "laplace", "posterior"):
        np.testing.assert_array_equal(parts[method].estimate, whole[method].estimate[order])
        np.testing.assert_array_equal(parts[method].se, whole[method].se[order])
    np.testing.assert_array_equal(parts["posterior"].draws, whole["posterior"].draws[order])


def test_records_can_be_pickled():
    _, _, batch = simulated("coin", 4, 7)  # a variant has no name to be found by
    many = fit_many(batch, ("map",))
    again = pickle.loads(pickle.dumps(many))
    np.testing.assert_array_equal(again["map"].estimate, many["map"].estimate)


def test_r_hat_and_ess_are_arviz_s(coins):
    _, _, many = coins
    draws = many["posterior"].draws.reshape(64, 2, -1)
    axes = {"chain_axis": 1, "draw_axis": 2}
    numbers = many["posterior"].numbers
    np.testing.assert_allclose(numbers["r_hat"], array_stats.rhat(draws, **axes), rtol=1e-10)
    bulk = array_stats.ess(draws, method="bulk", **axes)
    tail = array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)
    np.testing.assert_allclose(numbers["ess"], np.minimum(bulk, tail), rtol=1e-10)


def test_what_is_not_there_yet_goes_on(coins):
    batch, exact, _ = coins
    some = batch.only(np.arange(16))
    modes = find_modes(some, "unconstrained")
    asked = Sampling(chains=4, ess=700, rounds=3)
    found = sample_many(some, modes, 1, np.arange(16), asked)
    assert found.draws.shape == (16, 4, 500, 1)
    assert found.converged.all()
    assert (found.ess >= 700).all()
    assert set(found.thinned) >= {1, 2}
    # A draw kept is one of the chain's, and the posterior is the same.
    means = found.draws.mean(axis=(1, 2))[:, 0]
    ratios = (means - exact.mean()[:16]) / (exact.std()[:16] / np.sqrt(found.ess))
    assert np.mean(ratios**2) < 1 + 4 * np.sqrt(2 / 16)


def test_posteriors_of_gaussians_against_the_closed_form():
    _, tables, batch = simulated("gaussian", 64, 5, variant="conjugate")
    many = fit_many(batch, ["posterior"], seed=2)
    posterior = many["posterior"]
    assert posterior.counts == {"converged": 64}
    exact = [batch.model.exact(table)["estimates"] for table in tables]
    for entry, name in enumerate(("mean", "variance")):
        mean = np.array([np.ravel(each[name]["posterior"]["mean"])[0] for each in exact])
        sd = np.array([np.ravel(each[name]["posterior"]["sd"])[0] for each in exact])
        # Tails of a t with few degrees of freedom: in standard errors, with room for these.
        ratios = (posterior.estimate[:, entry] - mean) / (sd / np.sqrt(posterior.numbers["ess"]))
        assert abs(np.median(ratios)) < 4 * 1.25 / 8
        assert np.mean(ratios**2) < 1.7
