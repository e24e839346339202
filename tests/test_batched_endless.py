"""Likelihoods without a maximum, in many data sets at once: told by theory, and quickly."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.batched.batch import batch_of as batch_of_tables
from bayesbench.batched.batch import stacked
from bayesbench.batched.modes import STATUSES, find_modes
from bayesbench.fit import search
from bayesbench.studies.design import designed
from bayesbench.studies.simulate import simulated
from small_models import Logistic

SETS = 64


@pytest.fixture
def side_by_side(monkeypatch):
    """No data set is handed to the search of a single fit."""

    def refuse(*asked):
        raise AssertionError("one by one")

    monkeypatch.setattr(search, "search", refuse)


def batch_of(model, n, **named):
    design = designed(model, n, SETS, **named)
    data = simulated(design, n, np.arange(SETS))
    return stacked(design.layout, data.seen.inputs, data.seen.outcome)


def names(found):
    return np.array(STATUSES)[found.status]


@pytest.mark.parametrize(("name", "n"), [("gaussian", 1), ("linear_gaussian", 1)])
def test_a_variance_closes_onto_rows_that_are_fitted_exactly(side_by_side, name, n):
    """As many coefficients as rows: the likelihood is (2 pi v)^(-n/2) at the best of them."""
    found = find_modes(batch_of(bb.load(name), n))
    assert (names(found) == "unbounded").all()
    assert np.isnan(found.values).all()
    assert np.isnan(found.standard_errors).all()
    assert np.isnan(found.covariance).all()
    assert sorted(found.sentences) == list(range(SETS))
    assert "grows without limit as variance goes to 0" in found.sentences[SETS - 1]


def test_a_line_through_two_points(side_by_side):
    """Rounding leaves some 1e-16 of the rows; but two rows may have the same x, and then a mean
    between them and a variance of their own.
    """
    batch = batch_of(bb.load("linear_gaussian"), 2)
    x = batch.inputs["x"][..., 0]
    apart = x[:, 0] != x[:, 1]
    assert apart.sum() > 50
    found = find_modes(batch.only(apart))
    assert (names(found) == "unbounded").all()


def test_logits_without_a_maximum_are_those_of_separated_rows(side_by_side):
    """There is an MLE if and only if rows overlap (Albert and Anderson 1984), whichever the x."""
    x = np.random.default_rng(0).normal(size=1000)
    batch = batch_of(Logistic, 8, inputs={"x": x, "y": np.zeros(1000)})
    rows = zip(batch.inputs["x"], batch.outcome, strict=True)
    separated = np.array(
        [
            len({*y}) == 1 or x[y == 0].max() < x[y == 1].min() or x[y == 1].max() < x[y == 0].min()
            for x, y in rows
        ]
    )
    assert 20 < separated.sum() < 60
    found = find_modes(batch)
    assert (names(found) == np.where(separated, "unbounded", "converged")).all()


def test_values_of_tiny_units_have_a_maximum():
    """Charges in coulombs: a variance of 1e-38 is small, and there all the same."""
    y = 1.6e-19 * np.array([1.0, 2, 3, 3.5, 5])
    found = find_modes(batch_of_tables(bb.load("gaussian"), [{"y": y}]))
    assert names(found) == ["converged"]
    assert found.values[0, 1] == pytest.approx(y.var(), rel=1e-6, abs=0)
