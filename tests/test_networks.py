"""Networks as parameter groups: against torch's own, and what becomes of their fits."""

import jax
import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.describe import description, formula
from bayesbench.distributions import Distribution
from bayesbench.fit.at_draws import likelihood_arguments
from bayesbench.fit.chains import convergence
from bayesbench.fit.collapse import collapse
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.search import optima_of
from bayesbench.fit.torch_objective import log_likelihood

X = np.linspace(-1, 1, 9)
ACTIVATIONS = {
    "leaky_relu": (bn.leaky_relu, torch.nn.LeakyReLU()),
    "relu": (bn.relu, torch.nn.ReLU()),
    "tanh": (bn.tanh, torch.nn.Tanh()),
    "sigmoid": (bn.sigmoid, torch.nn.Sigmoid()),
    "linear": (bn.linear, torch.nn.Identity()),
}


class TwoNetworks(bb.Model):
    """A mean and a noise."""

    outcome = "y"
    mean = bb.mlp(1, 4, 3, 1, activation=bn.leaky_relu)
    noise = bb.mlp(1, 3, 1, activation=bn.leaky_relu)
    constant = False

    def likelihood(self, x):
        return bb.Normal(self.mean(x), bn.softplus(self.noise if self.constant else self.noise(x)))

    variants = {"constant": bb.variant(noise=bb.parameter(bb.Normal(0, 1)), constant=True)}


class Deep(TwoNetworks):
    """The same with too many weights for curvature at every step."""

    mean = bb.mlp(1, 10, 14, 1, activation=bn.leaky_relu)
    noise = bb.mlp(1, 8, 1, activation=bn.leaky_relu)
    starts = 2


DATA = {"x": X, "y": np.sin(3 * X)}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_network_is_torchs_own(name):
    """Values and gradients of every weight, as torch.nn.Sequential has them."""
    ours, theirs = ACTIVATIONS[name]

    class One(bb.Model):
        """Two inputs."""

        outcome = "y"
        f = bb.mlp(2, 5, 4, 1, activation=ours)

        def likelihood(self, x=bb.columns("u", "v", dims="feature")):
            return bb.Normal(self.f(x), 1.0)

    generator = np.random.default_rng(0)
    table = {"u": generator.normal(size=7), "v": generator.normal(size=7), "y": np.zeros(7)}
    layers = [torch.nn.Linear(2, 5), torch.nn.Linear(5, 4), torch.nn.Linear(4, 1)]
    net = torch.nn.Sequential(layers[0], theirs, layers[1], theirs, layers[2]).double()
    values = {}
    for k, layer in enumerate(layers, start=1):
        values[f"f.weights{k}"] = layer.weight.detach().numpy().T.copy()
        values[f"f.biases{k}"] = layer.bias.detach().numpy().copy()
    bound = bind(One, table)
    target = log_likelihood(bound)
    x = torch.tensor(np.column_stack([table["u"], table["v"]]))
    total = -0.5 * (net(x) ** 2).sum()
    total.backward()
    total = float(total.detach())
    z = bound.layout.join(values)
    from bayesbench.density import Pins

    assert target.value(z, Pins.none(len(z))) == pytest.approx(
        total - 7 * 0.5 * np.log(2 * np.pi), rel=1e-13
    )
    gradient = bound.layout.split(target.gradient(z, Pins.none(len(z))))
    for k, layer in enumerate(layers, start=1):
        assert np.abs(gradient[f"f.weights{k}"] - layer.weight.grad.numpy().T).max() < 1e-12
        assert np.abs(gradient[f"f.biases{k}"] - layer.bias.grad.numpy()).max() < 1e-12
    with jax.enable_x64(True):
        draws = {name: v[None, None] for name, v in values.items()}
        predicted = likelihood_arguments(bound, draws, np.arange(7))["loc"][0, 0]
    assert np.abs(predicted - net(x).detach().numpy()[:, 0]).max() < 1e-14


def test_the_priors_are_scaled_by_the_inputs_of_a_layer():
    class Wide(bb.Model):
        """A wide one."""

        outcome = "y"
        f = bb.mlp(1, 25, 1, scale=2.0, offset=False)

        def likelihood(self, x):
            return bb.Normal(self.f(x), 1.0)

    scales = {name: p.prior.arguments["scale"] for name, p in Wide.parameters.items()}
    assert scales == {"f.weights1": 2.0, "f.biases1": 2.0, "f.weights2": 0.4}
    layout = bind(Wide, DATA).layout
    assert layout.size == 75
    assert layout.named == ()
    assert layout.entries[0] == "f.weights1[1, 1]"
    assert description(Wide)["networks"] == {
        "f": "a network of 1-25-1 units with tanh between its layers, its weights "
        "~ Normal(0, 2/√m) where m is a layer's number of inputs, and its biases ~ Normal(0, 2)"
    }
    assert formula(Wide) == ["y ~ Normal(loc = f(x), scale = 1)"]


def test_a_variant_takes_the_place_of_a_network():
    from bayesbench.model import with_variant

    model = with_variant(TwoNetworks, "constant")
    assert [*model.groups] == ["mean"]
    assert "noise" in model.parameters
    assert not [name for name in model.parameters if name.startswith("noise.")]
    assert bind(model, DATA).layout.named == ("noise",)
    assert formula(model)[0] == "y ~ Normal(loc = mean(x), scale = softplus(noise))"


def test_each_name_has_a_network_of_its_own():
    net = bb.mlp(1, 3, 1)

    class Twice(bb.Model):
        """One object under two names."""

        outcome = "y"
        a = net
        b = net

        def likelihood(self, x):
            return bb.Normal(self.a(x), bn.softplus(self.b(x)))

    assert [*Twice.groups] == ["a", "b"]
    assert {name.partition(".")[0] for name in Twice.parameters} == {"a", "b"}
    assert bind(Twice, DATA).layout.size == 2 * (3 + 3 + 3 + 1)
    weights = {name: np.zeros(p.sizes) for name, p in Twice.parameters.items()}
    made = Twice(**weights | {"a.biases2": [2.0], "b.biases2": [5.0]})
    assert (made.a(X) == 2.0).all()
    assert (made.b(X) == 5.0).all()
    assert net.name == ""


@pytest.mark.parametrize("widths", [(3,), (1, 0, 1), (1, 2.5, 1)])
def test_widths_that_are_none(widths):
    with pytest.raises(TypeError, match="give the widths"):
        bb.mlp(*widths)
    with pytest.raises(TypeError, match="must be above 0"):
        bb.mlp(1, 2, scale=0)


@pytest.mark.parametrize("model", [TwoNetworks, Deep])
def test_a_scale_closes_onto_a_row(model):
    """The heights against the sum of Normal densities that the weights stand for."""
    bound = bind(model, DATA)
    found = collapse(bound, log_likelihood(bound))
    others = np.delete(DATA["y"], found.row)
    rest = norm.logpdf(others, DATA["y"][found.row], np.log(2)).sum()
    for scale, height in zip(found.scales, found.heights, strict=True):
        assert height == pytest.approx(rest - np.log(scale) - 0.5 * np.log(2 * np.pi), rel=1e-9)
    assert found.scales[-1] < 1e-100


def test_no_witness_for_smooth_activations_or_one_sigma():
    class Smooth(TwoNetworks):
        """With tanh."""

        noise = bb.mlp(1, 3, 1, activation=bn.tanh)

    from bayesbench.model import with_variant

    for model in (Smooth, with_variant(TwoNetworks, "constant")):
        bound = bind(model, DATA)
        assert collapse(bound, log_likelihood(bound)) is None


def test_small_networks_close_too_whichever_input_comes_first():
    class Second(TwoNetworks):
        """What the networks read stands second."""

        def likelihood(self, other, x):
            return bb.Normal(self.mean(x), bn.softplus(self.noise(x)) + 0 * other)

    table = DATA | {"other": np.ones(9)}
    fit = bb.fit_mle(Second, table, steps=50, starts=2)
    assert fit.status.name == "unbounded"
    assert fit.estimate is None


def test_a_mode_that_is_no_number_has_not_converged(monkeypatch):
    from bayesbench.fit import map as fit_map

    class NoNumber(Deep):
        """A logarithm of what can be negative."""

        def likelihood(self, x):
            return bb.Normal(bn.log(self.mean(x)), 1.0)

    monkeypatch.setattr(fit_map, "WARM", 50)
    with pytest.raises(bb.BadInput, match=r"row 1, .* log-likelihood of nan .* at 2 starts"):
        bb.fit_map(NoNumber, DATA)


def test_training_is_no_maximum_and_says_how_long_it_was():
    fit = bb.fit_mle(Deep, DATA, steps=40)
    assert fit.status.name == "unbounded"
    assert "a training run of 40 steps of Adam" in fit.status.sentence
    assert fit.estimate is None
    assert len(fit.trace) == 41  # the last row is where it ended
    assert fit.trace["log_likelihood"].iloc[-1] > fit.trace["log_likelihood"].iloc[0]
    assert fit.settings["starts"] == 2
    assert (fit.optima, fit.lost) == ((), 2)
    again = bb.fit_mle(Deep, DATA, steps=40)
    for name, value in fit.last.values.items():
        assert (value == again.last.values[name]).all()
    one = bb.fit_mle(Deep.__class__("Deep", (Deep,), {"starts": 1}), DATA, steps=40)
    assert one.diagnostics["value"] <= fit.diagnostics["value"]


def test_the_mode_of_many_weights_can_not_be_left():
    """Climbs by SciPy from around the mode find nothing higher than what the record allows."""
    from scipy.optimize import minimize

    from bayesbench.density import Pins
    from bayesbench.fit.large import SETTLED

    fit = bb.fit_map(Deep, DATA)
    assert fit.status.name == "converged"
    assert "climbs from nearby" in fit.status.sentence
    assert fit.beside["unconstrained"].diagnostics["value"] == fit.diagnostics["value"]
    assert [optimum.value for optimum in fit.optima] == [fit.diagnostics["value"]]
    assert fit.settings["optimizer"] == "Adam, then L-BFGS-B"
    bound = fit.bound
    target, none = log_posterior(bound, "own"), Pins.none(bound.layout.size)
    z = target.unconstrain(dict(fit.estimate.values))
    generator = np.random.default_rng(5)
    for _ in range(3):
        found = minimize(
            lambda at: (-target.value(at, none), -target.gradient(at, none)),
            z + 1e-3 * generator.normal(size=len(z)),
            jac=True,
            method="L-BFGS-B",
        )
        assert -found.fun <= fit.diagnostics["value"] + SETTLED


def test_laplace_refuses_many_weights_and_says_why():
    fit = bb.fit_laplace(Deep, DATA)
    assert fit.status.name == "not identified"
    assert fit.draws is None
    assert "many modes" in fit.status.sentence


def test_chains_are_judged_by_predictions():
    model = bb.load("three_points", variant="tanh")
    fit = bb.fit_posterior(model, model.example(), draws=300, warmup=300, progress=False)
    assert [*fit.diagnostics["convergence"]] == ["predicted loc"]
    assert fit.diagnostics["r_hat"] < 1.02
    assert "of the predicted loc at 3 rows" in fit.status.sentence
    (said,) = [finding for finding in fit.findings if finding.rule == "relabelling"]
    assert said.evidence["r_hat_of_weights"] > 1.01 > said.evidence["r_hat_of_predictions"]
    assert said.evidence["swap"] == {"held": 9, "tried": 9}  # neighbours among ten units
    assert said.evidence["sign"] == {"held": 10, "tried": 10}


class Heteroscedastic(bb.Model):
    """A parameter with the name of an argument of the likelihood."""

    outcome = "y"
    f = bb.mlp(1, 1, offset=False)
    scale = bb.parameter(bb.HalfNormal(1))

    def likelihood(self, x):
        return bb.Normal(self.f(x), self.scale * bn.exp(x))


def test_a_parameter_may_have_the_name_of_an_argument():
    fit = bb.fit_posterior(Heteroscedastic, DATA, draws=60, warmup=100, chains=2, progress=False)
    assert [*fit.diagnostics["convergence"]] == ["scale", "predicted loc", "predicted scale"]
    alone = convergence({"scale": fit.draws.values["scale"]})["scale"]["r_hat"]
    assert fit.table()["r_hat"]["scale"] == pytest.approx(float(alone), abs=1e-12)


class Plane(bb.Model):
    """A plane beside a network."""

    outcome = "y"
    f = bb.mlp(1, 2, 1, activation=bn.leaky_relu)
    w = bb.parameter(bb.Normal(0, 1), dims="feature")
    s = bb.parameter(bb.HalfNormal(1))

    def likelihood(self, x, z=bb.columns("u", "v", dims="feature")):
        return bb.NormalLinear(z, self.w, self.f(x), self.s)


def test_a_plane_is_compared_by_the_normal_that_it_stands_for():
    bound = bind(Plane, DATA | {"u": X**2, "v": 1 - X})
    generator = np.random.default_rng(0)
    draws = {
        name: np.abs(generator.normal(size=(2, 3, *bound.layout.shape(name))))
        for name in Plane.parameters
    }
    found = likelihood_arguments(bound, draws, np.array([1, 4]))
    assert [*found] == ["loc", "scale"]
    one = {name: values[1, 2] for name, values in draws.items()}
    hidden = X[:, None] * one["f.weights1"] + one["f.biases1"]
    hidden = np.where(hidden > 0, hidden, 0.01 * hidden)
    loc = hidden @ one["f.weights2"][:, 0] + one["f.biases2"]
    loc = loc + one["w"][0] * X**2 + one["w"][1] * (1 - X)
    assert found["loc"][1, 2] == pytest.approx(loc[[1, 4]], abs=1e-13)
    assert (found["scale"][1, 2] == one["s"]).all()


class Halves(Distribution):
    """Two Normals of equal shares: its locations are of each row, and of each half."""

    @property
    def batch_shape(self):
        return super().batch_shape[:-1]

    def log_prob_of_rows(self, outcome, library):
        x = library.array(outcome)[:, None]
        each = library.distributions.Normal(self.arguments["loc"], 1.0).log_prob(x)
        return bn.log(bn.exp(each).sum(-1) / 2)


class Mixed(bb.Model):
    """A network for the one half of a mixture."""

    outcome = "y"
    f = bb.mlp(1, 1, offset=False)

    def likelihood(self, x):
        loc = bn.reshape(self.f(x), (-1, 1)) * np.array([0.0, 1.0])
        return Halves(bb.Normal, {"loc": loc, "scale": 1.0})


def test_where_arguments_are_not_of_rows_the_density_is_compared():
    draws = {"f.weights1": np.array([-1.0, 0.5, 2.0]).reshape(1, 3, 1, 1)}
    rows = np.array([0, 3, 8])
    found = likelihood_arguments(bind(Mixed, DATA), draws, rows)
    loc = draws["f.weights1"].reshape(3, 1) * X[rows]
    expected = np.log((norm.pdf(DATA["y"][rows]) + norm.pdf(DATA["y"][rows], loc)) / 2)
    assert [*found] == ["log_density"]
    assert found["log_density"][0] == pytest.approx(expected, abs=1e-13)


class Clustered(bb.Model):
    """A network, and a level for each group."""

    outcome = "y"
    f = bb.mlp(1, 2, 1, activation=bn.tanh, offset=False)
    level = bb.latent(lambda m: bb.Normal(0.0, 0.7), dims="g")

    def likelihood(self, x, g=bb.levels()):
        return bb.Normal(self.f(x) + self.level[g], 0.5)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_groups_stand_for_the_rows_of_a_network_with_latents(library):
    """Each group's log-likelihood against the Normal in several dimensions, by SciPy."""
    groups = np.repeat([0, 1, 2], 3)
    bound = bind(Clustered, DATA | {"g": groups})
    target = log_likelihood(bound) if library == "torch" else log_posterior(bound, "own")
    z = np.random.default_rng(1).normal(size=bound.layout.size)
    at = bound.layout.split(z)
    mean = np.tanh(X[:, None] * at["f.weights1"] + at["f.biases1"]) @ at["f.weights2"][:, 0]
    covariance = 0.7**2 + 0.5**2 * np.eye(3)
    expected = [
        multivariate_normal(mean[groups == g], covariance).logpdf(DATA["y"][groups == g])
        for g in range(3)
    ]
    assert target.rows(z) == pytest.approx(expected, abs=1e-9)
    swapped = bound.layout.join(
        {name: np.flip(v, -1 if v.ndim < 2 or len(v) < 2 else 0) for name, v in at.items()}
    )
    optima = optima_of(target, np.stack([z, swapped]), np.zeros(2), 2)
    assert [optimum.starts for optimum in optima] == [2]  # hidden units in another order
    assert collapse(bound, target) is None


def test_many_starts_of_a_network_with_latents():
    fit = bb.fit_mle(Clustered, DATA | {"g": np.repeat([0, 1, 2], 3)}, starts=3)
    assert sum(optimum.starts for optimum in fit.optima) + fit.lost == 3
