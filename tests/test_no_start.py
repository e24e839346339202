"""Where no fit can begin, the sentence names the row of the table, or the parameter."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench import numpy as bn

METHODS = [bb.fit_map, bb.fit_mle, bb.fit_laplace, bb.fit_pathfinder, bb.contrast]
TABLE = {"x": [1.0, 4.0, -1.0, -2.0], "y": [0.0, 1.0, 2.0, 3.0]}


class NoLogarithm(bb.Model):
    """A likelihood that is not a number in the rows where x is negative."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, x):
        return bb.Normal(self.mean + bn.log(x), 1.0)


class NoDensity(bb.Model):
    """A prior whose density is nowhere finite; the likelihood is."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))
    shift = bb.parameter(lambda m: bb.Normal(bn.log(-1.0 - m.mean**2), 1.0))

    def likelihood(self, x):
        return bb.Normal(self.mean + self.shift * x, 1.0)


class Grouped(bb.Model):
    """The same as the first, with an effect of each place."""

    outcome = "y"
    spread = bb.parameter(bb.HalfNormal(1))
    effect = bb.latent(lambda m: bb.Normal(0, m.spread), dims="place")

    def likelihood(self, x, place=bb.levels()):
        return bb.Normal(self.effect[place] + bn.log(x), 1.0)


@pytest.mark.parametrize("method", METHODS)
def test_a_likelihood_that_is_no_number_names_the_row(method):
    sentence = r"row 3, column 'y': found a log-likelihood of nan \(as of 1 more rows\) at "
    with pytest.raises(bb.BadInput, match=sentence):
        method(NoLogarithm, TABLE)


@pytest.mark.parametrize("method", [m for m in METHODS if m is not bb.fit_mle])
def test_a_prior_without_a_density_names_the_parameter(method):
    sentence = r"the prior of NoDensity\.shift: found a density that is not finite at "
    with pytest.raises(bb.BadInput, match=sentence):
        method(NoDensity, TABLE)


def test_maximum_likelihood_asks_no_prior():
    fit = bb.fit_mle(NoDensity, TABLE)
    slope, level = np.polyfit(TABLE["x"], TABLE["y"], 1)
    found = [float(fit.estimate.mean), float(fit.estimate.shift)]
    assert found == pytest.approx([level, slope], abs=1e-6)


@pytest.mark.parametrize("method", [bb.fit_mle, bb.fit_map])
def test_a_group_is_named_where_its_effect_is_integrated_out(method):
    table = TABLE | {"place": ["here", "here", "here", "there"], "x": [1.0, 4.0, 2.0, -2.0]}
    with pytest.raises(bb.BadInput, match=r"the rows that share effect\[there\]: found a log-lik"):
        method(Grouped, table)


def test_a_given_start_is_named_too():
    with pytest.raises(bb.BadInput, match=r"row 3, column 'y'.* nan .*at the start, expected"):
        bb.fit_map(NoLogarithm, TABLE, start={"mean": 0.5})
