"""Ranks and their bands, held against ArviZ and against draws that are right or wrong by design."""

import numpy as np
import pytest
from scipy.stats import beta, binom, norm

from bayesbench.studies.calibration import DRAWS, calibration, ranks_of

N = 1000


def coin(draw, seed=0, n=7):
    """Ranks of a coin's rate among draws, which are a function of heads and tails."""
    generator = np.random.default_rng(seed)
    theta = generator.beta(2, 2, N)
    heads = generator.binomial(n, theta)
    draws = draw(heads[:, None], n - heads[:, None], generator)
    return calibration(ranks_of(theta[:, None], draws[..., None])[:, 0])


def right(heads, tails, generator):
    return generator.beta(heads + 2, tails + 2, (N, DRAWS))


def test_ranks_count_the_draws_below_the_truth():
    draws = np.array([[[1.0], [2.0], [3.0]], [[1.0], [2.0], [3.0]]])
    assert ranks_of(np.array([[2.5], [0.0]]), draws).tolist() == [[2], [0]]


def test_a_conjugate_posterior_is_uniform():
    """The smallest p of fifty is above 0.0002 in 99 of 100 such tests."""
    found = [coin(right, seed) for seed in range(50)]
    assert min(each.p for each in found) > 0.0002
    assert np.mean([each.inside for each in found]) > 0.85  # 0.95, less three standard errors


def test_a_dropped_jacobian_is_caught():
    """Draws of the density on the logit scale without θ (1 - θ): Beta(h + 1, t + 1)."""
    found = coin(lambda h, t, g: g.beta(h + 1, t + 1, (N, DRAWS)), n=1)
    assert found.p < 1e-3
    assert not found.inside


def test_an_overconfident_posterior_is_caught():
    """Draws at 0.8 of their distance from the posterior's mean: too narrow by a fifth."""

    def shrunk(heads, tails, generator):
        draws = right(heads, tails, generator)
        centre = (heads + 2) / (heads + tails + 4)
        return centre + 0.8 * (draws - centre)

    found = coin(shrunk)
    assert found.p < 1e-3
    assert not found.inside
    assert found.shape == "narrow"


@pytest.mark.parametrize(
    ("shift", "scale", "shape"), [(0.3, 1, "high"), (-0.3, 1, "low"), (0, 1.4, "wide")]
)
def test_the_ranks_tell_in_which_way_draws_are_wrong(shift, scale, shape):
    generator = np.random.default_rng(0)
    draws = norm(shift, scale).rvs((N, DRAWS), random_state=generator)
    ranks = (draws < generator.normal(size=(N, 1))).sum(axis=1)
    assert calibration(ranks).shape == shape


def test_the_band_holds_95_percent_of_uniform_ranks():
    """Of 2,000 studies: three standard errors are 1.5 percent, and p is uniform or above."""
    generator = np.random.default_rng(1)
    found = [calibration(r) for r in generator.integers(0, DRAWS + 1, (2000, 200))]
    assert np.mean([each.inside for each in found]) == pytest.approx(0.95, abs=0.015)
    p = np.array([each.p for each in found])
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() == pytest.approx(
            level, abs=3 * np.sqrt(level * (1 - level) / 2000)
        )


def test_the_band_is_that_of_arviz():
    """Which looks at the points k / n, so n is taken as large as the number of ranks.

    Both are simulated: the pointwise level of ArviZ's, from 10,000 curves, has a standard
    error of some 4%, which moves an edge by less than 1 in 100.
    """
    from arviz_stats.ecdf_utils import ecdf_pit

    n = DRAWS + 1
    found = calibration(np.arange(n))
    at, _, low, high = ecdf_pit(np.linspace(0, 1, n), 0.95, 10_000, rng=np.random.default_rng(2))
    assert found.at == pytest.approx(at)
    assert np.abs(n * (found.low + found.at - low)).max() <= 1 + 1e-9
    assert np.abs(n * (found.high + found.at - high)).max() <= 1 + 1e-9


def test_the_band_is_wider_than_that_of_a_point():
    found = calibration(np.zeros(N, dtype=int))
    low, high = (binom.ppf(p, N, found.at) / N - found.at for p in (0.025, 0.975))
    middle = DRAWS // 2
    assert found.low[middle] < 1.3 * low[middle]
    assert found.high[middle] > 1.3 * high[middle]
    assert found.p == 0
    assert beta(1, 1).cdf(found.at) == pytest.approx(found.at)
