"""Predictions where the data leave some of the parameters open, and those that they do not."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.predict.side_by_side import predictions

Y = [1.0, 2.0, 0.5]


class Difference(bb.Model):
    """Only b - c is informed."""

    outcome = "y"
    b = bb.parameter(bb.Normal(0, 10))
    c = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.Normal(self.b - self.c, 1.0)


class Product(bb.Model):
    """Only a·b is informed: the values that fit as well lie on a curve."""

    outcome = "y"
    a = bb.parameter(bb.Normal(1, 1))
    b = bb.parameter(bb.Normal(1, 1))

    def likelihood(self):
        return bb.Normal(self.a * self.b, 1.0)


class Plane(bb.Model):
    """A plane over columns that may be multiples of each other."""

    outcome = "y"
    slopes = bb.parameter(bb.Normal(0, 10), dims="feature")
    noise = bb.parameter(bb.HalfNormal(5), support=bb.positive)

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.Normal(x @ self.slopes, self.noise)


@pytest.mark.parametrize("model", [Difference, Product])
def test_what_all_that_fit_as_well_predict_alike(model):
    """The MLE of the mean is the data's, whatever the parameters are one by one."""
    fit = bb.fit_mle(model, {"y": Y})
    assert fit.estimate is None
    found = fit.predict()
    assert found.mean[0] == pytest.approx(np.mean(Y), abs=1e-7)
    low, high = found.interval(0.8)
    np.testing.assert_allclose([low[0], high[0]], stats.norm(np.mean(Y)).interval(0.8), atol=1e-6)
    assert "do not depend on it" in repr(found)


def _collinear():
    generator = np.random.default_rng(3)
    a = generator.normal(size=20)
    return {"a": a, "b": 2 * a, "y": 3 * a + generator.normal(size=20)}


def test_rows_on_the_line_that_the_columns_lie_on_and_others():
    """With b = 2a in the data, rows with b = 2a are predicted by least squares, and no others."""
    data = _collinear()
    fit = bb.fit_mle(Plane, data)
    assert fit.null_directions == ("slopes[a] - 0.5·slopes[b]",)
    slope = (data["a"] @ data["y"]) / (data["a"] @ data["a"])
    on = fit.predict({"a": [0.0, 1.0, -2.0], "b": [0.0, 2.0, -4.0]})
    np.testing.assert_allclose(on.mean, slope * np.array([0.0, 1.0, -2.0]), atol=1e-6)
    with pytest.raises(bb.BadInput, match=r"row 2, whose prediction changes with slopes\[a\]"):
        fit.predict({"a": [1.0, 1.0], "b": [2.0, 1.0]})
    off = fit.predict({"a": [1.0], "b": [1.0]}, last=True)  # asked for, it is not an answer
    assert not off.known_by


def test_a_contrast_has_them_beside_the_others():
    data = _collinear()
    made = bb.contrast(Plane, data, methods=("mle", "map"))
    on = predictions(made, {"a": [1.0], "b": [2.0]})
    assert [*on.by_fit] == ["mle", "map", "map_unconstrained"]
    assert [*on.results()["known_by"]] == ["mle"]
    off = predictions(made, {"a": [1.0], "b": [1.0]})
    assert "mle" not in off.by_fit
    assert "changes with slopes[a] - 0.5·slopes[b]" in off.why_not["mle"]


class Offsets(bb.Model):
    """A level and an offset of each group: together there is one too many."""

    outcome = "y"
    level = bb.parameter(bb.Normal(0, 10))
    offset = bb.parameter(bb.Normal(0, 10), dims="group")

    def likelihood(self, group=bb.levels()):
        return bb.Normal(self.level + self.offset[group], 1.0)


def test_a_level_too_many():
    """Each group is predicted by its mean, although no offset is known."""
    data = {"group": ["a", "a", "b", "b", "b"], "y": [1.0, 2.0, 5.0, 6.0, 8.5]}
    fit = bb.fit_mle(Offsets, data)
    assert fit.status.name == "not identified"
    found = fit.predict({"group": ["b", "a"]})
    np.testing.assert_allclose(found.mean, [6.5, 1.5], atol=1e-7)
