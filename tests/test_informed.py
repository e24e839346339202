"""What the data inform where the MLE is not identified, and what nothing does."""

import numpy as np
import pytest

import bayesbench as bb
from small_models import Difference, DifferenceWithPrior, Gaussian, Linear, Unread

Y = [1.0, 2.0, 0.5]
X = np.random.default_rng(0).normal(size=20)
NOISY = X + np.random.default_rng(3).normal(size=20)


def said(model, data, **variant):
    made = bb.contrast(model, data, methods=("mle",), **variant)
    return [found for found in made.findings if found.rule == "informed"]


def test_the_difference_of_two_means():
    (found,) = said(DifferenceWithPrior, {"y": Y})
    assert found.severity == "info"
    assert found.message.startswith("Of b and c the data inform only b - c: ")
    assert "of b + c comes from the prior" in found.message
    assert found.evidence == {"informed": ("b - c",), "not_informed": ("b + c",)}


def test_flat_priors_have_nothing_to_add():
    (found,) = said(Difference, {"y": Y})
    assert found.message == "Of b and c the data inform only b - c."


def test_a_parameter_that_nothing_reads():
    (found,) = said(Unread, {"y": Y})
    assert found.message.startswith("The data do not inform idle: ")
    assert found.evidence["informed"] == ()


@pytest.mark.parametrize(("factor", "word"), [(2, "0.5·slopes[a] + slopes[b]"), (1e6, "1e-06·")])
def test_collinear_columns(factor, word):
    # x·a + fx·b = x (a + f b): whatever the units, this and no more.
    (found,) = said(Linear, {"a": X, "b": factor * X, "y": NOISY})
    (combination,) = found.evidence["informed"]
    assert combination.startswith(word)
    assert found.message.startswith("Of slopes[a] and slopes[b] the data inform only")


def test_three_columns_of_which_two_make_the_third():
    # a x + b w + c (x + w) = (a + c) x + (b + c) w.
    w = np.random.default_rng(4).normal(size=20)
    (found,) = said(Linear, {"a": X, "b": w, "c": X + w, "y": NOISY})
    assert found.evidence["not_informed"] == ("slopes[a] + slopes[b] - slopes[c]",)
    # Two combinations, each blind to (1, 1, -1), span what the data inform.
    first, second = found.evidence["informed"]
    assert {first, second} <= {
        "slopes[a] + slopes[c]",
        "slopes[b] + slopes[c]",
        "slopes[a] - slopes[b]",
    }


def test_a_curved_ridge_is_told_at_one_point_only():
    class Product(bb.Model):
        """Two numbers of which only the product is informed."""

        outcome = "y"
        a = bb.parameter(bb.Normal(0, 1))
        b = bb.parameter(bb.Normal(0, 1))

        def likelihood(self):
            return bb.Normal(self.a * self.b, 1)

    (found,) = said(Product, {"y": [1.9, 2.1]})
    assert "to first order, of a and b the data inform only" in found.message


def test_nothing_is_said_where_all_is_identified():
    assert said(Gaussian, {"y": Y}) == []


def test_nothing_is_said_of_weights():
    network = bb.load("three_points")
    made = bb.contrast(network, network.example(), methods=("mle",), starts=1)
    assert made.fits["mle"].status.name == "not identified"
    assert not [found for found in made.findings if found.rule == "informed"]
