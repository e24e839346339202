"""Ranks in studies of the zoo's models are uniform; a posterior that is none is caught."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.batched import nuts
from bayesbench.fit.jax_objective import log_density
from bayesbench.studies.calibration import BAND

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
