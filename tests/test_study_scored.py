"""Log scores and PIT values of a study's new rows, held against SciPy's distributions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import poisson

import bayesbench as bb
from bayesbench.batched import many
from bayesbench.layout import Layout
from bayesbench.studies.scored import predicted
from bayesbench.studies.simulate import Rows, keys_of


class Counts(bb.Model):
    outcome = "y"
    rate = bb.parameter(bb.Gamma(2, 1))

    def likelihood(self):
        return bb.Poisson(self.rate)


def scored(model, values, outcome):
    """Each estimate's prediction of one new outcome."""
    estimates, new = (np.array(each, dtype=float) for each in (values, outcome))
    keys = keys_of(0, 1, np.arange(len(new)), 3)
    return predicted(Layout(model, ()), estimates[:, None, None], Rows({}, new[:, None]), keys)


def test_rare_counts_have_the_score_of_their_probability():
    """P(Y = 20) at a rate of 1 is 1.5e-19: the distribution function no longer rises there."""
    score, pit = scored(Counts, [1, 1, 1, 4], [0, 20, 100, 3])
    wanted = poisson.logpmf([0, 20, 100, 3], [1, 1, 1, 4])
    # At 100 the log-probability is -364.7, less than what is told from a cut-off.
    assert score == pytest.approx(np.where(wanted < -300, -np.inf, wanted), rel=1e-12)
    assert np.isneginf(score).tolist() == [False, False, True, False]
    below, upto = poisson.cdf([-1, 2], [1, 4]), poisson.cdf([0, 3], [1, 4])
    assert (pit[[0, 3], 0] >= below).all()
    assert (pit[[0, 3], 0] <= upto).all()


def test_what_a_plugged_in_edge_rules_out_is_impossible():
    """The library has -36.0 for tails where the probability of heads is one."""
    assert np.isneginf(scored(bb.load("coin"), [1, 0], [0, 1])[0]).all()
    assert np.isneginf(scored(Counts, [0], [1])[0]).all()


def test_a_posterior_that_did_not_converge_counts_in_nothing(monkeypatch):
    sample = many.sample_many

    def stuck(*asked):
        made = sample(*asked)
        return replace(made, converged=np.arange(len(made.converged)) % 2 == 0)

    monkeypatch.setattr(many, "sample_many", stuck)
    found = bb.study(bb.load("coin"), 7, 10, methods=("posterior",), progress=False)
    columns = found.columns[7]
    fine = columns["posterior/status"] == "converged"
    assert fine.sum() == 5
    for name in ("estimate", "log_score"):
        values = columns[f"posterior/{name}"].reshape(10, -1)
        assert (np.isfinite(values).all(axis=1) == fine).all(), name
