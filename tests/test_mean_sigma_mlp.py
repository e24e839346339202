"""The networks for mean and noise at full size: what MAP recovers of the truth."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb

GRID = np.linspace(-2, 2, 201)


@pytest.fixture(scope="module")
def mode():
    model = bb.load("mean_sigma_mlp")
    return bb.fit_map(model, model.example(), starts=1)


def test_the_mode_recovers_mean_and_noise(mode):
    """Within what 300 rows allow: a running mean of ten neighbours has an error of sd/√10."""
    model = bb.load("mean_sigma_mlp")
    assert mode.status.name == "converged"
    found = model(**mode.estimate.values).likelihood(GRID).arguments
    mean, sd = model.truth(GRID)
    assert np.sqrt(np.mean(((found["loc"] - mean) / sd) ** 2)) < 1 / np.sqrt(10)
    # The logarithm of a standard deviation from ten rows is off by about 1/√20.
    assert np.sqrt(np.mean(np.log(found["scale"] / sd) ** 2)) < 1 / np.sqrt(20)


def test_the_mode_predicts_new_rows_nearly_as_the_truth_does(mode):
    """SciPy's log score of the truth on the rows held out, and a constant σ's, bracket it."""
    model = bb.load("mean_sigma_mlp")
    held_out = model.held_out()
    truth = stats.norm(*model.truth(held_out["x"])).logpdf(held_out["y"])
    score = mode.predict(held_out).log_density(held_out)
    short = truth - score
    assert -3 * stats.sem(short) < short.mean() < 0.1
    mean, sd = model.truth(held_out["x"])
    level = stats.norm(mean, np.sqrt(np.mean(sd**2))).logpdf(held_out["y"])
    assert score.mean() > level.mean() + 0.1


def test_one_sigma_is_the_average_noise():
    model = bb.load("mean_sigma_mlp", variant="constant_sigma")
    fit = bb.fit_mle(model, model.example(), steps=2000, starts=2)
    assert fit.status.name == "stopped early"
    _, sd = model.truth(model.example()["x"])
    sigma = np.logaddexp(0, float(fit.last.noise))
    # Of 300 rows, and a mean that follows some of the noise: SciPy's interval for a variance.
    low, high = np.sqrt(300 * np.mean(sd**2) / stats.chi2.ppf([0.999, 1e-4], 300))
    assert low * 0.95 < sigma < high
