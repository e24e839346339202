"""Slips in a model's own text are told in its terms, and not in those of a library."""

import re

import pytest

import bayesbench as bb
from bayesbench.checks.checking import check
from bayesbench.fit.chains import spelt

TABLE = {"y": [1.0, 2.0, 3.0], "hours": [2.0, 3.0, 5.0]}


class Typo(bb.Model):
    """A parameter by a name that it has not."""

    outcome = "y"
    rate = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, hours):
        return bb.Normal(self.rat * hours, 1)


class Branch(bb.Model):
    """An `if` that no library can follow for many values at once."""

    outcome = "y"
    rate = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, hours):
        return bb.Normal(self.rate * hours if self.rate > 1 else -self.rate, 1)


def test_a_parameter_by_another_name():
    sentence = "found no parameter 'rat', expected one of rate; did you mean 'rate'"
    with pytest.raises(bb.BadInput, match=sentence):
        bb.fit_mle(Typo, TABLE)


def test_an_if_on_a_parameter():
    with pytest.raises(bb.BadInput, match="found a comparison that decides") as raised:
        bb.fit_mle(Branch, TABLE)
    assert "write bn.where" in str(raised.value)
    said = [str(each) for each in check(Branch, TABLE).findings if each.severity == "error"]
    assert said
    for each in said:
        assert "a comparison that decides what is computed" in each
        assert not re.search("github|Tracer|vmap", each)


def test_an_r_hat_is_not_rounded_across_its_limit():
    assert spelt(1.00234) == "1.0023"
    assert spelt(1.009999) == "1.009999"
    assert spelt(1.01001) == "1.0100"
    assert spelt(float("nan")) == "nan"


def test_a_formula_without_its_sign():
    with pytest.raises(bb.BadInput, match="a formula has ~ between its sides"):
        bb.load("y = x")
