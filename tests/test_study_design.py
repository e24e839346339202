"""What a study may be asked for, and the data sets that it simulates."""

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

import bayesbench as bb
from bayesbench import Flat, Model, Normal, Poisson, parameter, positive
from bayesbench.studies.chunk import Chunk, chunks
from bayesbench.studies.design import NEW, designed
from bayesbench.studies.simulate import simulated

COIN, GAUSSIAN, LINEAR = (bb.load(name) for name in ("coin", "gaussian", "linear_gaussian"))
HELD = {"mean": 1.0, "variance": 4.0}


class FlatScale(Model):
    outcome = "y"
    mean = parameter(Flat())
    sd = parameter(Flat(), support=positive)

    def likelihood(self):
        return Normal(self.mean, self.sd)


class Counts(Model):
    outcome = ("a", "b")
    rate = parameter(bb.Gamma(2, 1), dims="outcome")

    def likelihood(self):
        return Poisson(self.rate)


@pytest.mark.parametrize(
    ("model", "asked", "words"),
    [
        (FlatScale, {}, "hold the parameters: --at 'mean=..., ...'"),
        (bb.load("energy", variant="quadratic"), {}, "found an unnormalised density"),
        (bb.load("eight_schools"), {}, "found groups of rows that share effect"),
        (bb.load("three_points"), {}, "found networks"),
        (GAUSSIAN, {"at": {"mean": 0}}, "at: found mean, expected mean, variance"),
        (GAUSSIAN, {"at": HELD | {"variance": -1}}, "at, variance: found -1, expected a number of"),
        (GAUSSIAN, {"at": HELD | {"mean": "one"}}, "at, mean: found one, expected a number"),
        (GAUSSIAN, {"at": HELD | {"mean": [0, 1]}}, "at, mean: found the shape (2,)"),
        (GAUSSIAN, {"methods": ("mle", "mpa")}, "found 'mpa', expected some of mle"),
        (GAUSSIAN, {"methods": ()}, "methods: found none"),
        (GAUSSIAN, {"sizes": ()}, "n: found nothing"),
        (GAUSSIAN, {"sizes": (5, 0)}, "n: found 0, expected at least 1"),
        (GAUSSIAN, {"sizes": 2.5}, "n: found 2.5"),
        (GAUSSIAN, {"datasets": 3}, "datasets: found 3, expected at least 10"),
        (GAUSSIAN, {"seed": -1}, "seed: found -1"),
        (GAUSSIAN, {"chains": 0}, "chains: found 0, expected at least 1"),
        (GAUSSIAN, {"warmup": 5}, "warmup: found 5, expected at least 20"),
        (GAUSSIAN, {"draws": 1.5}, "draws: found 1.5, expected a whole number"),
        (GAUSSIAN, {"draws": 90}, "draws: found 90 of each of 2 chains, expected 200 of all"),
        (GAUSSIAN, {"chains": 1, "draws": 90}, "90 of each of 1 chain, expected 200"),
        (GAUSSIAN, {"ess": -1}, "ess: found -1, expected a number above zero"),
        (GAUSSIAN, {"ess": "many"}, "ess: found 'many', expected a number above zero"),
        (GAUSSIAN, {"ess": 600, "draws": 500}, "ess: found 600, expected at most 500, half of"),
        (LINEAR, {"inputs": {"y": [1.0, 2.0]}}, "columns for the input 'x'"),
    ],
)
def test_what_cant_be_studied_is_said_in_a_sentence(model, asked, words):
    with pytest.raises(bb.BadInput) as error:
        designed(model, **asked)
    assert words in str(error.value)
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, (2, 100, 500, 200)),
        ({"chains": 4, "warmup": 300}, (4, 300, 500, 200)),
        ({"ess": 1000}, (2, 100, 1000, 1000)),
        ({"ess": 1001, "chains": 3}, (3, 100, 668, 1001)),
        ({"draws": 101}, (2, 100, 102, 102)),
        ({"draws": 2000, "ess": 50}, (2, 100, 2000, 50)),
    ],
)
def test_chains_are_as_asked_for_and_the_rest_suits_them(asked, wanted):
    how = designed(COIN, **asked).sampling
    assert (how.chains, how.warmup, how.draws, how.ess) == wanted


def test_inputs_without_an_example_are_asked_for():
    class Line(Model):
        outcome = "y"
        slope = parameter(Normal(0, 1))

        def likelihood(self, x):
            return Normal(self.slope * x, 1)

    with pytest.raises(bb.BadInput, match="found no rows for its inputs"):
        designed(Line)
    design = designed(Line, inputs={"x": [1.0, 2.0], "y": [0.0, 0.0]})
    assert set(simulated(design, 20, np.arange(3)).seen.inputs["x"].ravel()) == {1.0, 2.0}


def test_sizes_are_taken_once_and_in_order():
    design = designed(COIN, (20, 5, 5), 300, methods=("posterior", "mle"))
    assert design.sizes == (5, 20)
    assert design.methods == ("mle", "posterior")
    assert [*chunks(design)][:3] == [Chunk(20, 0, 128), Chunk(20, 128, 128), Chunk(20, 256, 44)]
    assert sum(each.count for each in chunks(design)) == 600


def test_a_data_set_is_the_same_wherever_it_stands():
    design, places = designed(LINEAR, seed=3), np.arange(128)
    some, others = simulated(design, 5, places), simulated(design, 5, places[::-1] + 100)
    assert np.array_equal(some.truth[100:], others.truth[::-1][:28])
    for part in ("seen", "new"):
        rows, same = getattr(some, part), getattr(others, part)
        assert np.array_equal(rows.outcome[100:], same.outcome[::-1][:28])
        assert np.array_equal(rows.inputs["x"][100:], same.inputs["x"][::-1][:28])


def test_seeds_and_sizes_and_places_have_nothing_in_common():
    theta = [
        simulated(designed(COIN, seed=seed), n, np.arange(200)).truth[:, 0]
        for seed, n in ((0, 5), (1, 5), (0, 6))
    ]
    assert len(np.unique(theta)) == 600
    assert np.abs(np.corrcoef(theta) - np.eye(3)).max() < 4 / np.sqrt(200)


def test_parameters_are_drawn_from_the_prior():
    """Against SciPy's truncated Normal; a correct sampler fails once in a thousand seeds."""
    theta = simulated(designed(COIN), 5, np.arange(2000)).truth[:, 0]
    sd = np.sqrt(0.1)
    prior = truncnorm(-0.5 / sd, 0.5 / sd, loc=0.5, scale=sd)
    assert kstest(theta, prior.cdf).pvalue > 1e-3


def test_outcomes_are_drawn_from_the_likelihood():
    """A correct sampler fails once in a thousand seeds."""
    data = simulated(designed(GAUSSIAN, at=HELD), 5, np.arange(400))
    assert (data.truth == [1.0, 4.0]).all()
    assert data.seen.outcome.shape == (400, 5)
    assert data.new.outcome.shape == (400, NEW)
    for drawn in (data.seen.outcome, data.new.outcome):
        assert kstest((drawn.ravel() - 1) / 2, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(data.seen.outcome[:, 0], data.new.outcome[:, 0])[0, 1]) < 4 / 20


def test_inputs_are_drawn_from_the_rows_of_the_table():
    data = simulated(designed(LINEAR), 50, np.arange(4))
    example = LINEAR.example()
    assert set(data.seen.inputs["x"].ravel()) <= set(example["x"])
    slope, intercept, variance = data.truth.T
    mean = slope[:, None] * data.seen.inputs["x"][..., 0] + intercept[:, None]
    noise = (data.seen.outcome - mean) / np.sqrt(variance)[:, None]
    assert kstest(noise.ravel(), "norm").pvalue > 1e-3


def test_a_vector_outcome_has_a_column_for_each_component():
    data = simulated(designed(Counts), 3, np.arange(5))
    assert data.truth.shape == (5, 2)
    assert data.seen.outcome.shape == (5, 3, 2)
    assert (data.seen.outcome == data.seen.outcome.round()).all()


def test_a_prior_without_finite_data_is_refused():
    class Wide(Model):
        outcome = "y"
        rate = parameter(bb.LogNormal(0, 1e4))

        def likelihood(self):
            return Normal(0, self.rate)

    with pytest.raises(bb.BadInput, match="no finite numbers in"):
        simulated(designed(Wide), 5, np.arange(50))
