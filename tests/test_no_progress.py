"""Why a run makes no progress, on models where mathematics tells."""

import re

import numpy as np
import pytest

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.diagnose.optimisation import (
    conditioning,
    divergence,
    floor,
    influence,
    learning_rate,
    local_optimum,
    plateau,
)
from bayesbench.diagnose.optimisation.limits import limit
from bayesbench.diagnose.optimisation.pace import pace
from bayesbench.diagnose.optimisation.recorded import Recorded
from bayesbench.diagnose.optimisation.trials import tried
from bayesbench.fit.mle import one_thread
from bayesbench.fit.recipe import recipe
from small_models import Gaussian, PositiveMean, Unread

OURS = (divergence, learning_rate, conditioning, plateau, influence, floor)


class Mean(bb.Model):
    """A mean: the log-likelihood is a parabola of curvature 1."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.Normal(self.mean, 1)


Y = np.random.default_rng(1).normal(3, 1, size=400)


def found(fit, *rules):
    """What these rules say of a fit's run."""
    recorded = Recorded(fit)
    with one_thread():
        return [finding for rule in rules or OURS for finding in rule.look(recorded)]


def ascent(model, data, rate, steps, **more):
    return bb.fit_mle(
        model, data, optimizer="gradient ascent", learning_rate=rate, steps=steps, **more
    )


@pytest.fixture(scope="module")
def stalled():
    """Plain SGD on the cosine and the exponential: 30 epochs that leave b where it was."""
    model = bb.load("cosine_exponential")
    data = model.example()
    start = {"a": 0.7, "b": 0.02}
    how = {"learning_rate": 1e-4, "batch_size": 512, "epochs": 30}
    return bb.fit_mle(model, data, optimizer="SGD", start=start, **how), data


def test_the_curvature_of_a_and_b_is_named(stalled):
    fit, data = stalled
    assert float(fit.last.b) == pytest.approx(0.0236, abs=5e-5)
    # Without noise the Hessian at the optimum is the Gauss-Newton one, with 1/σ² = 2.
    x1, x2 = np.array(data["x1"]), np.array(data["x2"])
    slopes = np.stack([-x1 * np.sin(0.583 * x1), x2 * np.exp(0.112 * x2)])
    flat, steep = np.linalg.eigvalsh(2 * slopes @ slopes.T / len(x1))
    (said,) = found(fit, conditioning)
    assert said.evidence["curvature"]["a"] == pytest.approx(steep, rel=1e-6)
    assert said.evidence["curvature"]["b"] == pytest.approx(flat, rel=1e-6)
    assert said.evidence["condition"] == pytest.approx(steep / flat, rel=1e-6)
    assert (
        "the mean log-likelihood curves 56.8 times as much along a as along b "
        "(38.38 against 0.6762)" in said.message
    )
    # Counted in units of their own curvature, only the correlation of the two is left.
    own = slopes / np.sqrt(np.mean(slopes**2, axis=1, keepdims=True))
    apart = abs(np.mean(own[0] * own[1]))
    assert said.evidence["rescaled_condition"] == pytest.approx((1 + apart) / (1 - apart), rel=1e-6)
    assert said.evidence["done"]["a"] > 0.8
    assert said.evidence["done"]["b"] < 0.05
    # Each remedy was run: it reaches 0.5830 and 0.1120 in as many steps.
    assert said.remedy.count("at a = 0.5830, b = 0.1120, ") == 3
    for words in ("with Adam at 0.001 it is", "rescaled, with SGD at", "L-BFGS and Newton steps"):
        assert words in said.remedy


def test_how_long_b_would_take(stalled):
    fit, _ = stalled
    (said,) = found(fit, learning_rate)
    curvature, gap = 0.67615, 0.112 - float(fit.last.b)
    # The gap falls by the factor 1 - rate · curvature a step, in standard errors of b.
    errors = gap * np.sqrt(10_000 * curvature)
    steps = np.log(errors / 0.01) / (1e-4 * curvature)
    # The curvature on the way is up to 1% larger, and the batches' gradients are noisy.
    assert said.evidence["steps_needed"] == pytest.approx(steps, rel=0.04)
    assert said.evidence["slowest"] == "b"
    assert said.evidence["limit"] == pytest.approx(2 / 38.379, rel=1e-4)
    assert "The learning rate 0.0001 is too small" in said.message
    assert re.search(r"At this pace it takes some 9\d,\d00 more steps", said.message)
    assert "SGD at 0.026, batches of 512 is, after 600 steps, at a = 0.5830" in said.remedy
    assert "less than 0.01 standard errors" in said.remedy


def test_the_pace_of_a_parabola():
    fit = ascent(Mean, {"y": Y}, 1e-3, 300)
    errors = abs(float(fit.last.mean) - Y.mean()) * 20
    going = pace(Recorded(fit))
    assert going.last[0] == pytest.approx(errors, rel=1e-9)
    assert going.steps[0] == pytest.approx(np.log(errors / 0.01) / -np.log(1 - 1e-3), rel=1e-3)


def test_the_pace_of_a_falling_rate_is_that_at_the_first():
    fit = ascent(Mean, {"y": Y}, 1e-3, 300, schedule="linear")
    errors = abs(float(fit.last.mean) - Y.mean()) * 20
    steps = np.log(errors / 0.01) / -np.log(1 - 1e-3)
    assert pace(Recorded(fit)).steps[0] == pytest.approx(steps, rel=5e-3)


def test_adam_goes_at_one_speed():
    how = {"optimizer": "adam", "learning_rate": 1e-3}
    fit = bb.fit_mle(Mean, {"y": Y}, steps=200, **how)
    (said,) = found(fit)
    assert "The learning rate 0.001 is too small" in said.message
    assert "At this pace it takes at least 2,7" in said.message
    # Its steps are as long as its rate, less the 3% by which the gradient falls behind.
    gap = Y.mean() - float(fit.last.mean)
    assert said.evidence["steps_needed"] == pytest.approx(gap / 1e-3, rel=0.05)


@pytest.mark.parametrize(
    ("name", "options", "recurrence"),
    [
        ("SGD", {}, lambda q: [[1 - q]]),
        ("momentum", {"momentum": 0.8}, lambda q: [[1 - q + 0.8, -0.8], [1, 0]]),
        ("nesterov", {"momentum": 0.8}, lambda q: [[1.8 * (1 - q), -0.8 * (1 - q)], [1, 0]]),
    ],
)
def test_the_limit_of_stability(name, options, recurrence):
    """Where the spectral radius of the steps on a parabola passes 1."""
    rate = limit(recipe(10, name, options=options), 4.0)
    for factor, grows in ((0.999, False), (1.001, True)):
        roots = np.linalg.eigvals(np.array(recurrence(factor * rate * 4.0)))
        assert (np.abs(roots).max() > 1) == grows


def test_no_limit_is_claimed_of_what_rescales():
    assert limit(recipe(10, "adam"), 4.0) is None
    assert limit(recipe(10, "SGD", options={"weight_decay": 0.1}), 4.0) is None


def test_a_rate_that_is_too_large():
    # In z = log(mean) the curvature at the maximum is mean² = 9: stable below 2/9.
    (said,) = found(ascent(PositiveMean, {"y": [2.0, 3.0, 4.0]}, 0.3, 300))
    assert said.evidence["limit"] == pytest.approx(2 / 9, rel=1e-9)
    assert said.evidence["cosine"] == pytest.approx(-1, abs=1e-9)
    assert said.evidence["tried"]["below"] < 1e-9
    assert "The learning rate 0.3 is too large: the steps go to and fro" in said.message
    assert "the limit of stability is 0.222: the rate is above it" in said.message
    assert "SGD at 0.11 is, after 300 steps, at " in said.remedy
    assert "less than 0.01 standard errors" in said.remedy


def test_the_step_at_which_a_run_diverges():
    fit = ascent(Mean, {"y": Y}, 2.5, 3000)
    # The distance grows by the factor 1.5 a step, until the sum of its squares overflows.
    distance, step = Y.mean(), 0
    with np.errstate(over="ignore"):
        while np.isfinite(np.sum((Y - Y.mean() - distance) ** 2 / 2)):
            distance, step = 1.5 * distance, step + 1
    (said,) = found(fit)
    assert said.rule == "divergence"
    assert said.evidence["step"] == step
    assert said.evidence["learning_rate"] == 2.5
    assert said.evidence["gradient_norm"] == pytest.approx(distance / 1.5, rel=1e-9)
    assert said.evidence["limit"] == pytest.approx(2, rel=1e-9)
    assert "SGD at 1 is, after 1,000 steps, at " in said.remedy
    assert "less than 0.01 standard errors" in said.remedy


def test_the_noise_of_the_batches():
    rate, size, n = 0.3, 10, len(Y)
    how = {"batch_size": size, "batching": "independent"}
    (said,) = found(ascent(Mean, {"y": Y}, rate, 2000, **how))
    # An autoregression: its variance is rate/(2 - rate) that of a batch's mean, and what is
    # missing is n/2 times it. Of 1,000 steps some 345 squares are independent: 7.6% of error.
    of_batch = Y.var(ddof=1) / size * (1 - size / n)
    missing = n / 2 * rate / (2 - rate) * of_batch
    assert said.evidence["missing_on_average"] == pytest.approx(missing, rel=3 * 0.076)
    assert "The noise of the batches keeps the run from the maximum" in said.message
    best = said.evidence["tried"]
    assert best["SGD at 0.3"] < 1e-9  # all rows
    assert best["SGD at 0.3 (cosine decay), batches of 10"] < missing / 10
    assert len(best) == 3


class Saturated(bb.Model):
    """A sigmoid that begins where it is flat."""

    outcome = "y"
    shift = bb.parameter(bb.Normal(0, 10))

    def likelihood(self, x):
        return bb.Normal(bn.sigmoid(x + self.shift), 0.1)


def test_a_plateau_is_no_lack_of_influence():
    generator = np.random.default_rng(2)
    x = generator.normal(size=100)
    y = 1 / (1 + np.exp(-x - 0.5)) + 0.1 * generator.normal(size=100)
    fit = ascent(Saturated, {"x": x, "y": y}, 0.01, 150, start={"shift": -25.0})
    (said,) = found(fit)
    assert said.rule == "plateau"
    curve = np.exp(x - 25)  # the sigmoid, and its slope
    assert said.evidence["slope"] == pytest.approx(np.mean(y * curve) / 0.01, rel=1e-6)
    assert said.evidence["steepest_slope"] > 1
    assert said.evidence["left_from_there"] < 0.01 * said.evidence["gain"]
    assert "The run ended on a plateau" in said.message
    # So far out that no move of 10 shows: flat there, and not elsewhere.
    fit = ascent(Saturated, {"x": x, "y": y}, 0.01, 150, start={"shift": -60.0})
    assert [finding.rule for finding in found(fit)] == ["plateau"]


@pytest.mark.parametrize(("steps", "rules"), [(1000, 1), (3, 2)])
def test_a_parameter_without_influence_is_named(steps, rules):
    said = found(ascent(Unread, {"y": [1.0, 2.0, 4.0]}, 0.5, steps))
    assert len(said) == rules  # a run that was cut short says that as well
    assert said[-1].message.startswith("idle has no influence on the likelihood: moved by up to 10")
    assert said[-1].evidence["parameters"] == ["idle"]


class Rectified(bb.Model):
    """Six units that may all be off."""

    outcome = "y"
    f = bb.mlp(1, 6, 1, activation=bn.relu)

    def likelihood(self, x):
        return bb.Normal(self.f(x), 0.5)


def test_dead_units_are_counted():
    x = np.linspace(-2, 2, 30)
    start = {
        "f.weights1": np.ones((1, 6)),
        "f.biases1": np.full(6, -100.0),
        "f.weights2": np.ones((6, 1)),
        "f.biases2": np.zeros(1),
    }
    fit = ascent(Rectified, {"x": x, "y": np.sin(x)}, 0.1, 200, start=start)
    (said,) = found(fit, influence)
    assert said.message.startswith("18 of the 19 weights of f have no influence")
    start["f.biases1"] = np.zeros(6)
    assert (
        found(ascent(Rectified, {"x": x, "y": np.sin(x)}, 0.01, 20, start=start), influence) == []
    )


def test_a_network_that_is_linear_in_disguise():
    model = bb.load("three_points")
    data = model.example()
    fit = bb.fit_mle(model, data, optimizer="adam", learning_rate=0.01)
    (said,) = found(fit)
    assert said.message.startswith(
        "The network is linear in disguise, and the floor is the least-squares optimum: mean "
        "squared error 0.0056759; the run ended on it."
    )
    residuals = np.polyfit(data["x"], data["y"], 1, full=True)[1]
    assert said.evidence["least_squares"] == pytest.approx(residuals[0] / 3, rel=1e-9)
    assert said.evidence["mean_squared_error"] == pytest.approx(residuals[0] / 3, rel=1e-9)
    assert said.evidence["with_tanh"] < 1e-10
    assert "with tanh, L-BFGS reaches" in said.remedy


def test_how_far_above_the_floor_a_short_run_ends():
    model = bb.load("three_points")
    fit = ascent(model, model.example(), 0.01, 20, starts=1)
    error = -fit.diagnostics["value"] / 3 - 0.5 * np.log(np.pi)
    (said,) = found(fit, floor)
    assert said.evidence["mean_squared_error"] == pytest.approx(error, rel=1e-9)
    assert f"the run ended {error - 0.0056759:.2g} above it" in said.message


def test_what_bends_is_not_called_linear():
    model = bb.load("three_points", variant="tanh")
    how = {"optimizer": "adam", "learning_rate": 0.01, "steps": 1000, "starts": 1}
    fit = bb.fit_mle(model, model.example(), **how)
    assert -fit.diagnostics["value"] / 3 - 0.5 * np.log(np.pi) < 1e-6
    assert found(fit) == []


class ThroughZero(bb.Model):
    """A network of one layer, without an intercept."""

    outcome = "y"
    f = bb.mlp(2, 1, offset=False)

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.Normal(self.f(x), 1)


class Shifted(ThroughZero):
    """The same with an intercept."""

    f = bb.mlp(2, 1)


def test_the_plane_goes_through_zero_where_the_network_does():
    generator = np.random.default_rng(3)
    x = generator.normal(size=(40, 2))
    y = 1 + x @ [1.0, -2.0] + generator.normal(size=40)
    data = {"u": x[:, 0], "v": x[:, 1], "y": y}
    for model, design in ((ThroughZero, x), (Shifted, np.column_stack([np.ones(40), x]))):
        (said,) = found(ascent(model, data, 0.3, 300, starts=1), floor)
        error = np.linalg.lstsq(design, y)[1][0] / 40
        assert said.evidence["least_squares"] == pytest.approx(error, rel=1e-9)
        assert "the run ended on it" in said.message


class Wide(bb.Model):
    """More weights than curvature is computed for."""

    outcome = "y"
    f = bb.mlp(1, 80, 1)

    def likelihood(self, x):
        return bb.Normal(self.f(x), 0.1)


def test_large_networks_are_held_against_a_larger_rate():
    x = np.linspace(-2, 2, 50)
    how = {"optimizer": "adam", "steps": 100, "starts": 1}
    (said,) = found(bb.fit_mle(Wide, {"x": x, "y": np.sin(x)}, learning_rate=1e-5, **how))
    assert said.message.startswith("The learning rate 1e-05 is too small: in 100 steps it gains")
    assert said.evidence["gains"] > 2 * said.evidence["gained"] > 0
    assert found(bb.fit_mle(Wide, {"x": x, "y": np.sin(x)}, learning_rate=1e-2, **how)) == []


def test_a_trial_in_other_units_is_the_same_ascent():
    """Gradient ascent on z/u with the rate r is one on z with the rate r u²."""
    recorded = Recorded(ascent(Mean, {"y": Y}, 0.01, 30))
    plain = tried(recorded, learning_rate=0.04)
    scaled = tried(recorded, unit=np.array([2.0]))
    assert scaled.z == pytest.approx(plain.z, rel=1e-12)
    assert scaled.height == pytest.approx(plain.height, rel=1e-12)


def test_a_search_that_was_cut_short_says_so():
    (said,) = found(bb.fit_mle(Gaussian, {"y": Y}, optimizer="lbfgs", steps=3))
    assert said.message.startswith("The run was not finished")
    assert said.evidence["search_steps"] > 0


def test_a_run_that_converged_has_nothing_to_explain():
    fit = ascent(Gaussian, {"y": Y}, 0.5, 400)
    assert fit.converged
    assert found(fit) == []


FAR = {"mean": -2.0, "variance": 6.0}


@pytest.mark.parametrize("rate", [1e-6, 1e-5, 1e-4])
def test_a_rate_that_is_far_too_small_is_found_out(rate):
    """Adam has no known limit: larger rates are tried up to one that gets there."""
    model = bb.load("gaussian")
    fit = bb.fit_mle(
        model, model.example(), optimizer="adam", learning_rate=rate, steps=200, start=FAR
    )
    (said,) = found(fit)
    assert said.message.startswith(f"The learning rate {rate:g} is too small")
    assert "was still rising" in said.message
    assert said.evidence["tried"]["below"] < said.evidence["below"] / 2


def test_a_rising_run_that_a_smaller_rate_overtakes():
    """Adam at 1 leaves the region of the data; at 0.1 it arrives in as many steps."""
    model = bb.load("engel")
    fit = bb.fit_mle(model, model.example(), optimizer="adam", learning_rate=1.0, steps=300)
    (said,) = found(fit, learning_rate)
    assert said.message.startswith("The learning rate 1 is too large")
    assert said.evidence["tried"]["below"] < 0.01
    assert said.evidence["below"] > 1000


def test_steps_that_lead_away_are_not_called_ill_conditioned():
    model = bb.load("engel")
    fit = ascent(model, model.example(), 0.1, 40)
    (said,) = found(fit, learning_rate, conditioning)
    assert said.message.startswith("The learning rate 0.1 is too large")


def test_a_trial_that_ends_on_a_higher_hill_is_not_called_far_from_the_maximum():
    """The run leaves the basin of 0.583; a smaller step does not."""
    model = bb.load("cosine_exponential")
    data = {name: values[:2000] for name, values in model.example().items()}
    fit = ascent(model, data, 0.5, 200, start={"a": 0.7, "b": 0.02})
    (said,) = found(fit, learning_rate)
    higher = -said.evidence["tried"]["below"]
    assert higher > 1000
    assert re.search(
        r"is, after 200 steps, at a = 0.5830, .* at a log-likelihood that is 1,\d\d\d higher",
        said.remedy,
    )


def test_a_run_that_fled_is_at_no_local_optimum():
    """Each step of 0.5 · λ with λ = 40 overshoots nineteenfold; the parabola has one hill."""
    model = bb.load("gaussian_mean")
    data = {name: values[:200] for name, values in model.example().items()}
    fit = ascent(model, data, 0.5, 40, objective="total")
    assert fit.status.name == "stopped early"
    assert found(fit, local_optimum) == []
