"""Energies that are narrow, or no densities; training without Z, with draws, and of a network."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench import EnergyBased, Model, Normal, interval, parameter, real
from bayesbench import numpy as bn
from bayesbench.describe import formula
from bayesbench.diagnose import naive_energy, partition, recovered_density
from bayesbench.naive import naive_training
from bayesbench.recovery import distance, grid, predictive_density
from bayesbench.views import naive_training as naive_training_view

ROWS = {"y": [-1.0, 0.3, 1.7]}


class Spike(Model):
    """A hollow in the energy that is far narrower than the gaps between the nodes."""

    outcome = "y"
    at = parameter(Normal(0, 10))

    def likelihood(self):
        return EnergyBased(
            lambda x: x**2 - 10 * bn.exp(-(((x - self.at) * 1e4) ** 2)), interval(-2, 2)
        )


class NoDensity(Model):
    """An energy that does not grow, on the whole line."""

    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self):
        return EnergyBased(lambda x: bn.tanh(self.a * x) ** 2, real)


def test_a_density_narrower_than_the_nodes_is_no_success():
    fit = bb.fit_mle(Spike, ROWS, start={"at": 0.3})
    assert fit.status.name == "stopped early"
    assert fit.estimate is None
    assert "narrower than the nodes" in fit.status.sentence
    # The hollow adds about 10⁻⁴ √π e¹⁰ / 10 to Z, and the nodes do not see it.
    assert fit.diagnostics["log_partition_error"] > 0.1
    assert fit.diagnostics["log_partition"] < 0.6


def test_an_energy_that_does_not_grow_is_no_density():
    fit = bb.fit_mle(NoDensity, ROWS, start={"a": 0.5})
    assert not fit.converged
    assert "no finite partition function" in fit.status.sentence
    draws = bb.fit_posterior(NoDensity, ROWS, draws=50, warmup=50, chains=2, progress=False)
    assert not draws.converged
    assert draws.diagnostics["log_partition_error"] > 0.01


def test_what_cannot_be_an_energy():
    class WrongShape(Spike):
        def likelihood(self):
            return EnergyBased(lambda x: bn.sum(x), real)

    class WrongSupport(Spike):
        def likelihood(self):
            return EnergyBased(lambda x: self.at * x[:, 0], bb.box((0, 1), (0, 1)))

    with pytest.raises(bb.BadInput, match="one energy for each point"):
        bb.bind(WrongShape, ROWS)
    with pytest.raises(bb.BadInput, match="a side of the support for each column"):
        bb.bind(WrongSupport, ROWS)
    with pytest.raises(bb.BadInput, match=r"row 3.*found 2.5.*a number from -2 to 2"):
        bb.bind(Spike, {"y": [0.1, 0.2, 2.5]})
    with pytest.raises(bb.BadInput, match=r"row 2, column 'y'.*a point of"):
        bb.bind(bb.load("energy", variant="ring"), {"x": [0.1, 0.2], "y": [0.1, 2.5]})
    with pytest.raises(bb.BadInput, match="expected an EnergyBased density"):
        naive_training(bb.load("coin"), {"toss": [0, 1]})
    with pytest.raises(TypeError, match="a support is real, positive"):
        EnergyBased(lambda x: x, bb.box((0, 1), (0, 1), (0, 1)))


def test_formula():
    lines = formula(bb.load("energy", variant="quadratic"))
    assert lines[0] == "x ~ exp(-E(x)) / Z on (-∞, ∞)"
    assert lines[1] == "E(x) = (x - mean)^2 / (2 · sd^2)"
    assert formula(bb.load("energy"))[1] == "E(x) = energy(x)"
    ring = formula(bb.load("energy", variant="ring"))
    assert ring[1] == "E(x, y) = ((x^2 + y^2 - radius^2) / width)^2"
    assert ring[2] == "Z = ∫ exp(-E(x, y)) dx dy"


@pytest.mark.parametrize("variant", [None, "quadratic"])
def test_without_its_partition_function_training_diverges(variant):
    model = bb.load("energy", variant=variant)
    trace = naive_training(model, model.example(), steps=300)
    assert trace.diverges
    assert (np.diff(trace.naive[-100:]) > 0).all()
    fallen = trace.log_likelihood.max() - trace.log_likelihood[-1]
    assert fallen > 0.02
    assert trace.log_partition[-1] > trace.log_partition[0] + 1
    assert np.abs(trace.naive - trace.log_likelihood - trace.log_partition).max() < 1e-12


def test_the_log_likelihood_of_a_naive_training_is_the_gaussian_one():
    model = bb.load("energy", variant="quadratic")
    x = model.example()["x"]
    trace = naive_training(model, {"x": x}, steps=1, start={"mean": 0.4, "sd": 2.0})
    assert abs(trace.log_likelihood[0] - stats.norm.logpdf(x, 0.4, 2.0).mean()) < 1e-10


@pytest.mark.parametrize("variant", ["quadratic", "truncated"])
def test_draws_in_place_of_the_partition_function(variant):
    model = bb.load("energy", variant=variant)
    data = model.example()
    found, exact = bb.fit_by_sampling(model, data, seed=1, steps=1200), bb.fit_mle(model, data)
    assert found.status.name == "converged"
    assert found.settings["negative_phase"] == "sampling"
    for name, error in found.diagnostics["monte_carlo_error"].items():
        assert abs(found.estimate.values[name] - exact.estimate.values[name]) < 4 * error
        # The error must say something: a tenth of what the data leave open.
        assert error < 0.1 * exact.standard_errors[name]
    assert list(found.table()["value"]) == [float(v) for v in found.estimate.values.values()]


def test_draws_that_still_drift_have_not_converged():
    """From so far and with so small a rate it goes straight on: the maximum is at 0.63, 1.34."""
    model = bb.load("energy", variant="quadratic")
    start = {"mean": -3.0, "sd": 6.0}
    found = bb.fit_by_sampling(
        model, model.example(), steps=100, learning_rate=1e-4, seed=1, start=start
    )
    assert found.status.name == "stopped early"
    assert found.estimate is None
    assert abs(found.last.mean + 3) < 0.02


def test_chains_must_move():
    model = bb.load("energy", variant="quadratic")
    with pytest.raises(bb.BadInput, match="moves: found 0, expected a whole number of at least 1"):
        bb.fit_by_sampling(model, model.example(), moves=0)


@pytest.fixture(scope="module")
def network():
    """The network's mode and some draws, from a random start: at zero there is a saddle."""
    model = bb.load("energy")
    generator = np.random.default_rng(1)
    start = {
        name: generator.uniform(-p.spread, p.spread, size=p.sizes)
        for name, p in model.parameters.items()
    }
    mode = bb.fit_map(model, model.example(), start=start)
    draws = bb.fit_posterior(
        model, model.example(), chains=2, draws=100, warmup=200, max_tree_depth=7, progress=False
    )
    return model, mode, draws


def test_the_network_recovers_the_density(network):
    """With n rows and k weights the error is of the order of √(k/n), here 0.22."""
    model, mode, draws = network
    assert mode.status.name == "converged"
    assert mode.diagnostics["log_partition_error"] < 1e-6
    for fit in (mode, draws):
        x = grid(fit.bound)
        density = predictive_density(fit, x)
        assert abs(np.trapezoid(density, x) - 1) < 1e-5
        off = distance(fit, model.true_density)
        assert off == pytest.approx(np.trapezoid(np.abs(density - model.true_density(x)), x))
        assert off < 0.22
        # Two modes, and a valley between them, where the truth has its own.
        tops = x[1:-1][(np.diff(density)[:-1] > 0) & (np.diff(density)[1:] < 0)]
        assert np.abs(tops[:, None] - [-1.5, 1.6]).min(axis=0).max() < 0.3
    gaussian = stats.norm(mode.bound.outcome.mean(), mode.bound.outcome.std()).pdf(x)
    assert np.trapezoid(np.abs(gaussian - model.true_density(x)), x) > 2 * off


@pytest.mark.parametrize("variant", [None, "quadratic", "truncated"])
def test_the_true_density_is_what_the_example_is_drawn_from(variant):
    model = bb.load("energy", variant=variant)
    x = np.linspace(-8, 8, 20_001)
    cdf = np.cumsum(model.true_density(x)) * (x[1] - x[0])
    assert abs(cdf[-1] - 1) < 1e-3
    assert stats.kstest(model.example()["x"], lambda v: np.interp(v, x, cdf)).pvalue > 0.01


def test_findings():
    model = bb.load("energy", variant="quadratic")
    made = bb.contrast(model, model.example(), methods=("mle", "map"))
    (found,) = partition.look(made)
    assert found.severity == "ok"
    assert "normalising constant as a function of the parameters" in found.message
    (found,) = naive_energy.look(made)
    assert "500 steps, and it still rises" in found.message
    low, high = found.evidence["naive"]
    assert low < high
    # The figure and the finding tell of one training.
    shown = naive_training_view().compute(replace(made, seed=7))["value"].to_numpy()
    (other,) = naive_energy.look(replace(made, seed=7))
    assert shown[0, [0, -1]].tolist() == other.evidence["naive"] != found.evidence["naive"]
    (found,) = recovered_density.look(made)
    truth = made.points["mle"].estimate
    x = np.linspace(-15, 15, 100_001)
    apart = stats.norm(truth.mean, truth.sd).pdf(x) - model.true_density(x)
    assert abs(found.evidence["mle"] - np.trapezoid(np.abs(apart), x)) < 1e-3
    coin = bb.load("coin")
    plain = bb.contrast(coin, coin.example(), methods=("mle",))
    rules = (partition, naive_energy, recovered_density)
    assert not [each for rule in rules for each in rule.look(plain)]
    other = bb.contrast(model, {"x": [0.1, 0.5, 2.0]}, methods=("map",))
    assert not recovered_density.look(other)  # nobody knows what these were drawn from
