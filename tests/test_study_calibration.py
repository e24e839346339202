"""Ranks in studies of the zoo's models are uniform; a posterior that is none is caught."""

from pathlib import Path

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.batched import many, nuts
from bayesbench.fit.jax_objective import log_density
from bayesbench.studies.calibration import BAND, DRAWS
from bayesbench.studies.sampling import sampling_of

SETS, FEWER = 1000, 512
GAUSSIAN = bb.load("gaussian")


@pytest.mark.parametrize(("name", "n"), [("coin", 7), ("linear_gaussian", 10)])
def test_ranks_in_the_zoo_are_uniform(name, n):
    """Of several curves one may leave the band of 95% by chance.

    Each is asked for a p above 5% divided by their number: one correct sampler in twenty, or
    fewer, would fail. The Gaussian's are in `test_study.py`.
    """
    found = bb.study(bb.load(name), n, SETS, methods=("posterior",)).calibration
    assert all(len(each.ranks) > 0.99 * SETS for each in found.values())
    assert min(each.p for each in found.values()) > (1 - BAND) / len(found)


def test_ranks_are_among_draws_that_are_nearly_independent(monkeypatch):
    """If correlations fade as ρ^k, N draws are worth N (1 - ρ) / (1 + ρ) independent ones.

    The chains of the coin are the worst of the zoo: some are worth 112 of 1,000 at first.
    """
    made = []
    sample = many.sample_many
    monkeypatch.setattr(many, "sample_many", lambda *asked: made.append(sample(*asked)) or made[-1])
    bb.study(bb.load("coin"), 7, FEWER, methods=("posterior",))
    for found in made:
        total = found.draws.shape[1] * found.draws.shape[2]
        worth = found.ess[found.converged]
        assert len(worth) > 0.99 * len(found.ess)
        rho = (total - worth) / (total + worth)
        assert (rho ** (total / DRAWS)).max() < 0.02
    text = (Path(__file__).parent.parent / "docs" / "studies.md").read_text("utf-8")
    usual = sampling_of()
    assert usual.chains == 2
    assert f"Chains are two of {usual.draws} draws" in text
    assert f"every effective sample size at least {usual.ess:.0f};" in text


def test_a_posterior_without_its_log_jacobian_is_caught(monkeypatch):
    """The density on the parameters' own scale, sampled as if it were that of z = log σ²."""

    class Broken(GAUSSIAN):
        """Of its own, so that its programs are compiled anew."""

    def without(layout, scale, *arguments, **named):
        return log_density(layout, "own", *arguments, **named)

    monkeypatch.setattr(nuts, "log_density", without)
    found = bb.study(Broken, 5, FEWER, methods=("posterior",))
    each = found.calibration[5, "posterior", "variance"]
    assert each.p < 1e-3
    assert not each.inside
    assert each.shape == "low"
    assert "the draws lie too low" in found.sentences[-1]
    assert np.mean(each.ranks) > 55
