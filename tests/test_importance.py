"""Importance sampling with Pareto smoothing, where target and approximation are known."""

import numpy as np
import pytest
from scipy import stats

from bayesbench.fit.importance import how_many, importance

S = 10_000
DRAWS = np.random.default_rng(0).normal(size=S)


def _of(log_ratios, draws=DRAWS):
    return importance(log_ratios, {"x": draws[None]})


def test_a_wider_target_against_its_closed_form():
    # Of Normal draws for Normal(m, s): E w² is known, and with it the effective sample size.
    m, s = 0.3, 1.1
    made = _of(stats.norm.logpdf(DRAWS, m, s) - stats.norm.logpdf(DRAWS))
    second = np.exp(m**2 / (2 - s**2)) / (s * np.sqrt(2 - s**2))  # E w², w with mean one
    assert made.ess / S == pytest.approx(1 / second, rel=0.02)
    error = s / np.sqrt(made.ess)
    assert abs(made.mean["x"] - m) < 4 * error
    assert abs(made.sd["x"] - s) < 4 * error
    assert made.word == "good"
    assert made.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("k", "word"), [(0.1, "good"), (0.3, "good"), (0.5, "good"), (0.85, "rough"), (1.4, "unusable")]
)
def test_weights_whose_tail_is_a_pareto_distribution(k, word):
    # Of uniform u the weights u^-k are Pareto with the shape k; for k below one they turn the
    # draws into those of Beta(1 - k, 1), whose mean is (1 - k) / (2 - k).
    u = stats.norm.cdf(DRAWS)
    made = _of(-k * np.log(u), u)
    assert made.reliable_below == pytest.approx(0.7)
    assert made.word == word
    # The shape is estimated from 300 draws, and drawn a little to 0.5 by the prior on it.
    assert made.pareto_k == pytest.approx(k, abs=3 * (1 + k) / np.sqrt(300))
    if word == "good":
        mean, variance = (1 - k) / (2 - k), (1 - k) / ((2 - k) ** 2 * (3 - k))
        assert made.mean["x"] == pytest.approx(mean, abs=4 * np.sqrt(variance / made.ess))


def test_fewer_draws_ask_for_a_smaller_k():
    # 1 - 1/log10(100) = 0.5 (Vehtari et al. 2024).
    assert _of(-0.3 * np.log(stats.norm.cdf(DRAWS[:100])), DRAWS[:100]).reliable_below == 0.5


def test_smoothing_is_arviz_own():
    from arviz_stats.base import array_stats

    ratios = stats.norm.logpdf(DRAWS, 0, 1.3) - stats.norm.logpdf(DRAWS)
    smooth, k = array_stats.psislw(-ratios)
    made = _of(ratios)
    assert made.pareto_k == pytest.approx(float(k), abs=1e-9)
    weights = np.exp(smooth - smooth.max())
    assert made.weights == pytest.approx(weights / weights.sum(), rel=1e-9)


@pytest.mark.parametrize("rounding", [0.0, 1e-11])
def test_an_exact_approximation_is_said_to_be_exact(rounding):
    ratios = -1234.5 + rounding * np.random.default_rng(1).normal(size=S)
    made = _of(ratios)
    assert made.word == "exact"
    assert made.pareto_k == -np.inf
    assert made.ess == pytest.approx(S)
    assert made.mean["x"] == pytest.approx(DRAWS.mean())
    assert made.sd["x"] == pytest.approx(DRAWS.std(ddof=1))


def test_draws_outside_of_the_target_have_no_weight():
    ratios = np.where(DRAWS > 0, 0.0, -np.inf)  # a half-normal target
    ratios[3] = np.nan
    made = _of(ratios, np.where(np.isnan(ratios), np.inf, DRAWS))
    inside = np.isfinite(ratios)
    assert (made.weights[~inside] == 0).all()
    assert made.ess == pytest.approx(inside.sum())
    assert made.mean["x"] == pytest.approx(np.sqrt(2 / np.pi), abs=4 / np.sqrt(S / 2))
    assert made.word == "good"  # the weights are bounded, and not all the same


def test_what_no_weights_can_repair():
    nowhere = _of(np.full(S, -np.inf))
    assert nowhere.word == "unusable"
    assert nowhere.ess == 0
    assert np.isnan(nowhere.mean["x"])
    infinite = np.zeros(S)
    infinite[0] = np.inf
    assert _of(infinite).word == "unusable"
    one = np.full(S, -np.inf)
    one[0] = 0.0
    alone = _of(one)
    assert alone.word == "unusable"
    assert (alone.ess, alone.mean["x"]) == (pytest.approx(1), pytest.approx(DRAWS[0]))
    assert np.isnan(alone.sd["x"])


def test_few_draws_have_no_k():
    made = _of(DRAWS[:20] / 10, DRAWS[:20])
    assert made.word == "unknown"
    assert np.isnan(made.pareto_k)


def test_vectors_keep_their_shape():
    draws = {"x": DRAWS[None], "v": np.stack([DRAWS, 2 * DRAWS], axis=-1)[None]}
    made = importance(DRAWS / 5, draws)
    assert made.mean["x"].shape == ()
    assert made.mean["v"] == pytest.approx(made.mean["x"] * np.array([1, 2]))
    assert made.sd["v"] == pytest.approx(made.sd["x"] * np.array([1, 2]))


def test_of_a_large_table_fewer_draws_are_weighed():
    assert how_many(10_000, 7) == 10_000
    assert how_many(10_000, 50_000) == 2_000
    assert how_many(10_000, 10**7) == 1_000
    assert how_many(500, 10**7) == 500
