"""The declaration: what it collects, and what it refuses at once."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.describe import formula
from small_models import Difference, DifferenceWithPrior, Linear, Logistic, PositiveMean


def test_an_instance_has_values_and_events():
    coin = bb.load("coin")(theta=0.25)
    assert coin.theta == 0.25
    assert coin.theta.dtype == np.float64
    assert coin.two_tails == 0.5625
    assert repr(coin) == "Coin(theta=0.25)"
    with pytest.raises(AttributeError, match="make a new instance"):
        coin.theta = 0.5
    with pytest.raises(TypeError, match="Coin takes theta by name, and got p"):
        bb.load("coin")(p=0.5)


def test_the_class_has_what_it_declares():
    coin = bb.load("coin")
    assert list(coin.parameters) == ["theta"]
    assert coin.events["two_tails"].words == "next two are tails"
    assert coin.theta.support == bb.unit_interval
    assert coin.story() == "Tosses of one coin with an unknown probability of heads."


def test_variants_leave_the_model_as_it_is():
    uniform = bb.load("coin", variant="uniform")
    assert repr(uniform.theta.prior) == "Uniform(0, 1)"
    assert uniform.theta.support == bb.unit_interval
    assert repr(bb.load("coin").theta.prior) == "Normal(0.5, 0.316228)"
    assert bb.load("coin", prior="normal").theta.prior is bb.load("coin").theta.prior
    assert issubclass(uniform, bb.load("coin"))


def test_support_is_not_prior():
    class Narrow(bb.Model):
        """A prior that leaves out half of the support."""

        outcome = "y"
        p = bb.parameter(bb.Uniform(0.5, 1), support=bb.unit_interval)

        def likelihood(self):
            return bb.Bernoulli(self.p)

    data = {"y": [0, 0, 0, 1]}
    assert float(bb.fit_mle(Narrow, data).estimate.p) == pytest.approx(0.25, abs=1e-8)
    mode = bb.fit_map(Narrow, data)
    assert mode.status.name == "boundary"
    assert float(mode.estimate.p) == 0.5


def test_priors_that_cannot_be_cut():
    with pytest.raises(TypeError, match=r"StudentT\(3, 0, 1\) would have to be truncated"):
        type("Mine", (bb.Model,), {"s": bb.parameter(bb.StudentT(3, 0, 1), support=bb.positive)})
    outside = bb.parameter(bb.Uniform(2, 3), support=bb.unit_interval)
    with pytest.raises(TypeError, match="gives no value that is a number from 0 to 1"):
        type("Mine", (bb.Model,), {"s": outside})
    with pytest.raises(TypeError, match="a prior is a distribution"):
        bb.parameter(0.5)


def test_a_variant_of_a_parameter_that_is_none():
    class Mine(bb.Model):
        """With a slip."""

        outcome = "y"
        m = bb.parameter(bb.Normal(0, 1))
        variants = {"wide": bb.variant(priors={"n": bb.Normal(0, 10)})}

    from bayesbench.model import with_variant

    with pytest.raises(TypeError, match="no parameter n"):
        with_variant(Mine, "wide")


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        (
            bb.load("coin"),
            [
                "toss ~ Bernoulli(probs = θ)",
                "θ ~ Normal(loc = 0.5, scale = 0.3162), truncated to [0, 1]",
            ],
        ),
        (bb.load("coin", variant="uniform"), [..., "θ ~ Uniform(low = 0, high = 1)"]),
        (Difference, ["y ~ Normal(loc = b - c, scale = 1)", "b ~ Flat()", "c ~ Flat()"]),
        (Linear, ["y ~ Normal(loc = Σ(x · slopes), scale = noise)", ..., ...]),
        (Logistic, ["y ~ Bernoulli(probs = expit(intercept + slope · x))", ..., ...]),
        (PositiveMean, [..., "mean ~ Normal(loc = 0, scale = 1), truncated to [0, ∞)"]),
    ],
)
def test_formula(model, lines):
    found = formula(model)
    assert len(found) == len(lines)
    for line, expected in zip(found, lines, strict=True):
        assert expected is ... or line == expected


def test_a_likelihood_that_is_more_than_arithmetic_stands_as_it_is_written():
    class Mine(bb.Model):
        """With a step that a name can't take."""

        outcome = "y"
        m = bb.parameter(bb.Normal(0, 1))

        def likelihood(self, x):
            return bb.Normal(self.m if x.mean() > 0 else -self.m, 1)

    assert formula(Mine)[0].startswith("def likelihood(self, x):")


def test_inherited_parameters_can_be_replaced():
    assert repr(DifferenceWithPrior.parameters["b"].prior) == "Normal(0, 10)"
    assert list(DifferenceWithPrior.parameters) == ["b", "c"]
