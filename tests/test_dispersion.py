"""Counts that vary more, or less, than their family allows are told of; others are not."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.diagnose.dispersion import look

RATE, N = 20.0, 200


class Counts(bb.Model):
    """Counts with one rate."""

    outcome = "y"
    rate = bb.parameter(bb.Gamma(2, 0.1))

    def likelihood(self):
        return bb.Poisson(self.rate)


def _found(y, **asked):
    made = bb.contrast(Counts, {"y": y}, methods=("mle", "map"), **asked)
    return made, look(made)


@pytest.mark.parametrize("dispersion", [3.0, 10.0])
def test_negative_binomial_counts(dispersion):
    # Var = mean + mean²/r is dispersion times the mean.
    size = RATE / (dispersion - 1)
    y = stats.nbinom(size, size / (size + RATE)).rvs(N, random_state=0)
    made, (finding,) = _found(y)
    assert finding.severity == "warning"
    mean = y.mean()
    pearson = ((y - mean) ** 2 / mean).sum()  # at the MLE; the MAP is as good as there
    assert finding.evidence["share"] == 0
    # The simulated sums have the mean N and the variance N (2 + 1/mean) in each of 1,000 draws.
    error = np.sqrt(N * (2 + 1 / mean) / 1000)
    assert finding.evidence["dispersion"] == pytest.approx(pearson / N, rel=4 * error / N + 0.01)
    wide = np.sqrt(finding.evidence["dispersion"])
    assert f"too narrow by a factor of about {wide:.2g}" in made.verdict.in_short[-1]
    assert f"too narrow, by a factor of about {wide:.2g}" in finding.message


def test_counts_of_the_family_are_not_remarked():
    rare = [bool(_found(np.random.default_rng(k).poisson(RATE, N))[1]) for k in range(6)]
    # Each is beyond the 1% of either side with probability 0.02: two of six with 0.006.
    assert sum(rare) <= 1


def test_counts_that_vary_less():
    _, (finding,) = _found(np.random.default_rng(0).binomial(25, 0.8, N))  # variance 4, mean 20
    assert finding.severity == "info"
    assert finding.evidence["dispersion"] == pytest.approx(0.2, abs=4 * 0.2 * np.sqrt(2 / N))
    assert not finding.remedy


def test_a_family_with_a_scale_of_its_own_is_not_looked_at():
    gaussian = bb.load("gaussian")
    assert look(bb.contrast(gaussian, gaussian.example(), methods=("mle",))) == []
