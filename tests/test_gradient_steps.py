"""Optimisers by name: their steps against recursions written here, their record, their ends."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.diagnose.optimisation.recorded import Recorded
from bayesbench.fit import stepper, training
from bayesbench.fit.batches import batches
from bayesbench.fit.optimizers import optimizer_names
from bayesbench.fit.schedules import SCHEDULES, rates
from small_models import Difference, Gaussian, Linear, Scale


class Mean(bb.Model):
    """The mean of a Normal with standard deviation 2: the log-likelihood is a parabola."""

    outcome = "y"
    mu = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.Normal(self.mu, 2.0)


Y = np.random.default_rng(3).normal(1.5, 2.0, size=40)
START = {"mu": -1.0}


def mean(**asked):
    return bb.fit_mle(Mean, {"y": Y}, start=START, **asked)


def path(fit):
    return fit.run.path[:, fit.run.best, 0]


def test_gradient_ascent_is_a_geometric_series():
    """On a parabola of curvature λ the distance to its top shrinks by 1 - ηλ a step."""
    rate, steps = 0.7, 25
    fit = mean(optimizer="gradient ascent", learning_rate=rate, steps=steps)
    expected = Y.mean() + (1 - rate / 4) ** np.arange(steps + 1) * (-1 - Y.mean())
    assert np.abs(path(fit) - expected).max() < 1e-13
    trace = fit.trace
    assert list(trace["step"]) == list(range(steps + 1))
    assert np.allclose(trace["gradient_norm"][:-1], np.abs(Y.mean() - expected[:-1]) / 4)
    assert np.allclose(trace["step_size"][:-1], np.abs(np.diff(expected)))
    heights = [
        -0.5 * np.mean((Y - mu) ** 2) / 4 - np.log(2 * np.sqrt(2 * np.pi)) for mu in expected
    ]
    assert np.allclose(trace["log_likelihood"], heights, rtol=1e-13)
    assert (trace["batch_objective"][:-1] == trace["log_likelihood"][:-1]).all()
    assert trace.drop(columns=["step", "log_likelihood"]).iloc[-1].isna().all()
    assert (trace["learning_rate"][:-1] == rate).all()
    assert (np.diff(trace["seconds"][:-1]) > 0).all()
    assert np.allclose(fit.path()["mu"], expected, rtol=1e-13)
    assert list(fit.path().index) == list(range(steps + 1))


def slope(mu):
    return (Y.mean() - mu) / 4


def by_hand(rule, steps, rate):
    """Where a rule written here gets to from -1, step by step; state is the rule's own."""
    mu, state, seen = -1.0, {}, [-1.0]
    for step in range(1, steps + 1):
        mu = mu + rule(slope(mu), state, step, rate)
        seen.append(mu)
    return np.array(seen)


def momentum(g, state, step, rate):
    """Polyak 1964."""
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return rate * state["v"]


def nesterov(g, state, step, rate):
    """Sutskever and others 2013, in torch's form: the gradient after a further step."""
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return rate * (g + 0.9 * state["v"])


def adagrad(g, state, step, rate):
    """Duchi, Hazan and Singer 2011."""
    state["s"] = state.get("s", 0.0) + g**2
    return rate * g / (np.sqrt(state["s"]) + 1e-10)


def rmsprop(g, state, step, rate):
    """Tieleman and Hinton 2012."""
    state["s"] = 0.99 * state.get("s", 0.0) + 0.01 * g**2
    return rate * g / (np.sqrt(state["s"]) + 1e-8)


def adam(g, state, step, rate):
    """Kingma and Ba 2015, algorithm 1."""
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * g**2
    first, second = state["m"] / (1 - 0.9**step), state["v"] / (1 - 0.999**step)
    return rate * first / (np.sqrt(second) + 1e-8)


RULES = {
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,  # without a decay of the weights, which would be a prior, they are the same
}


@pytest.mark.parametrize("name", RULES)
def test_optimisers_take_the_steps_of_their_papers(name):
    fit = mean(optimizer=name, learning_rate=0.05, steps=30)
    assert np.abs(path(fit) - by_hand(RULES[name], 30, 0.05)).max() < 1e-12


def test_every_optimiser_that_is_offered_runs():
    found = set(optimizer_names().values())
    assert found >= {"SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "LBFGS", "NAdam", "Rprop"}
    for name in found:
        fit = mean(optimizer=name, steps=5)
        assert fit.settings["optimizer"] == name
        assert fit.run.steps[0] <= 5
        assert fit.trace["log_likelihood"].iloc[-1] > fit.trace["log_likelihood"].iloc[0], name
        assert fit.trace["log_likelihood"].iloc[-1] == pytest.approx(
            fit.diagnostics["value"] / len(Y), rel=1e-14
        )


@pytest.mark.parametrize("name", ["Adam", "ADAM", "L-BFGS", "lbfgs", "Gradient-Ascent", "rms_prop"])
def test_names_in_any_spelling(name):
    assert mean(optimizer=name, steps=1).run.recipe.optimizer.name in {
        *("Adam", "LBFGS", "SGD", "RMSprop")
    }


def test_total_and_mean_differ_by_n_alone():
    """The gradient of the total is n times that of the mean."""
    total = mean(optimizer="sgd", learning_rate=0.01, objective="total", steps=10)
    of_mean = mean(optimizer="sgd", learning_rate=0.01 * len(Y), objective="mean", steps=10)
    assert np.allclose(path(total), path(of_mean), rtol=1e-13)
    assert np.allclose(total.trace["log_likelihood"], len(Y) * of_mean.trace["log_likelihood"])


@pytest.mark.parametrize("batching", ["reshuffled", "independent"])
def test_what_a_batch_sees_and_what_all_the_data_say(batching):
    asked = {"optimizer": "sgd", "learning_rate": 0.05, "batch_size": 7, "batching": batching}
    fit = mean(**asked, objective="total", steps=13, seed=5)
    rows = batches(7, len(Y), batching, 5)
    mu = -1.0
    density = np.log(2 * np.sqrt(2 * np.pi))
    for step in range(13):
        seen = Y[rows(step)]
        row, scaled = fit.trace.iloc[step], len(Y) / len(seen)
        assert path(fit)[step] == pytest.approx(mu, rel=1e-12)
        whole = -0.5 * ((Y - mu) ** 2).sum() / 4 - len(Y) * density
        batch = -0.5 * ((seen - mu) ** 2).sum() / 4 - len(seen) * density
        assert row["log_likelihood"] == pytest.approx(whole, rel=1e-12)
        assert row["batch_objective"] == pytest.approx(scaled * batch, rel=1e-12)
        mu = mu + 0.05 * scaled * (seen - mu).sum() / 4


def test_a_pass_sees_every_row_once():
    rows = batches(7, 40, "reshuffled", 0)
    for number in range(3):
        seen = np.concatenate([rows(6 * number + k) for k in range(6)])
        assert sorted(seen) == list(range(40))
    assert not (rows(0) == rows(6)).all()
    assert (rows(3) == batches(7, 40, "reshuffled", 0)(3)).all()


def test_independent_batches_are_drawn_without_regard_to_each_other():
    """Within a batch no row comes twice; each row comes k/n of the time."""
    rows, draws = batches(7, 40, "independent", 0), 4000
    seen = np.stack([rows(step) for step in range(draws)])
    assert all(len(set(batch)) == 7 for batch in seen[:200])
    share = np.bincount(seen.ravel(), minlength=40) / draws
    error = np.sqrt(7 / 40 * (33 / 40) / draws)
    assert np.abs(share - 7 / 40).max() < 4.5 * error


def test_epochs_are_passes():
    assert mean(optimizer="sgd", batch_size=7, epochs=3).run.steps[0] == 18
    assert mean(optimizer="sgd", epochs=3).run.steps[0] == 3


def test_schedules():
    for name in SCHEDULES:
        found = rates(name, 0.5, 100)
        assert found[0] == pytest.approx(0.5)
        assert (np.diff(found) <= 0).all()
    assert rates("cosine", 1.0, 100)[50] == pytest.approx(0.5)
    assert rates("linear", 1.0, 100)[75] == pytest.approx(0.25)
    assert rates("inverse-sqrt", 1.0, 100)[8] == pytest.approx(1 / 3)
    fit = mean(optimizer="sgd", learning_rate=2.0, schedule=lambda step: 0.5**step, steps=4)
    assert list(fit.trace["learning_rate"][:-1]) == [2.0, 1.0, 0.5, 0.25]
    mu = -1.0
    for rate in (2.0, 1.0, 0.5, 0.25):
        mu += rate * slope(mu)
    assert float(path(fit)[-1]) == pytest.approx(mu, rel=1e-13)


def test_starts_side_by_side_are_the_runs_of_each():
    data = {"y": Y}
    together = bb.fit_mle(Gaussian, data, optimizer="adam", steps=50, starts=4, seed=2)
    for k, z in enumerate(together.run.starts):
        start = {"mean": z[0], "sd": np.exp(z[1])}
        alone = bb.fit_mle(Gaussian, data, optimizer="adam", steps=50, start=start)
        assert np.allclose(together.run.z[k], alone.run.z[0], rtol=1e-12)
        assert np.allclose(together.run.log_likelihood[:, k], alone.run.log_likelihood[:, 0])
    assert together.run.best == int(np.argmax(together.run.heights))
    one_by_one = bb.fit_mle(Gaussian, data, optimizer="lbfgs", steps=50, starts=3, seed=2)
    assert one_by_one.converged
    assert one_by_one.run.z.shape == (3, 2)
    exact = bb.fit_mle(Gaussian, data)
    assert float(one_by_one.estimate.sd) == pytest.approx(float(exact.estimate.sd), rel=1e-7)


def test_an_end_at_the_maximum_is_an_estimate_with_standard_errors():
    fit = mean(optimizer="gradient ascent", learning_rate=3.9, steps=3000)
    assert fit.converged
    assert float(fit.estimate.mu) == pytest.approx(Y.mean(), rel=1e-10)
    assert float(fit.standard_errors["mu"]) == pytest.approx(2 / np.sqrt(40), rel=1e-8)
    assert fit.run.stop[0] in ("gradient", "no progress")
    assert fit.run.steps[0] < 3000


def test_an_end_before_the_maximum_is_none():
    fit = mean(optimizer="gradient ascent", learning_rate=0.01, steps=10)
    assert fit.status.name == "stopped early"
    assert (fit.estimate, fit.run.stop) == (None, ("step limit",))
    away = abs(float(fit.last.mu) - Y.mean()) / (2 / np.sqrt(40))
    assert fit.diagnostics["standard_errors_from_maximum"] == pytest.approx(away, rel=1e-8)


def test_starts_that_ended_at_one_maximum_are_not_lost():
    fit = bb.fit_mle(Mean, {"y": Y}, optimizer="sgd", learning_rate=3.9, steps=3000, starts=5)
    assert (fit.status.name, fit.lost) == ("converged", 0)
    short = bb.fit_mle(Mean, {"y": Y}, optimizer="sgd", learning_rate=0.1, steps=2, starts=5)
    assert (short.status.name, short.lost) == ("stopped early", 5)


@pytest.mark.parametrize("steps", [1, 300])
def test_a_maximum_on_the_edge_is_not_called_none(steps):
    """The likelihood θ³ of three heads is largest at θ = 1, where a logit never arrives."""
    coin = bb.load("coin")
    fit = bb.fit_mle(coin, {"toss": [1, 1, 1]}, optimizer="adam", learning_rate=0.1, steps=steps)
    assert (fit.status.name, fit.estimate) == ("stopped early", None)
    assert "is largest on the edge of the support, at θ = 1, where no step" in fit.status.sentence


class Rooted(bb.Model):
    """The mean is √|a|, which has no slope at 0."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(bb.numpy.sqrt(bb.numpy.abs(self.a)), 1)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (0.0, "the gradient is no number at the start; begin elsewhere"),
        (1.0, "gradient of norm 0.5, led where the gradient is no number"),  # 1 - 2/2 = 0
    ],
)
def test_a_gradient_that_is_no_number_is_told_as_one(start, words):
    asked = {"optimizer": "sgd", "learning_rate": 2.0, "steps": 5, "start": {"a": start}}
    fit = bb.fit_mle(Rooted, {"y": [0.0]}, **asked)
    assert fit.status.name == "diverged"
    assert words in fit.status.sentence


def test_divergence_is_told_with_its_step():
    """Above 2/λ = 8 the distance grows by ηλ - 1 a step, until the square is no number."""
    rate = 40.0
    fit = mean(optimizer="sgd", learning_rate=rate, steps=1000)
    assert fit.status.name == "diverged"
    assert fit.estimate is None
    # The total is -40 (9^t · gap)² / 8 there: the first t for which that is beyond float64.
    gap = abs(-1 - Y.mean())
    beyond = int(np.ceil(np.log(np.sqrt(np.finfo(float).max / 5) / gap) / np.log(9)))
    assert fit.run.steps[0] + 1 == beyond
    assert np.isfinite(fit.last.mu)
    last = fit.trace.iloc[-1]
    assert f"step {beyond} of SGD" in fit.status.sentence
    assert f"learning rate 40 and a gradient of norm {last['gradient_norm']:.3g}" in (
        fit.status.sentence
    )
    assert "log-likelihood of -inf" in fit.status.sentence


def test_one_start_that_diverges_leaves_the_others_alone():
    z = np.array([[0.0], [0.5]])
    fit = mean(optimizer="sgd", steps=1)
    recorded = Recorded(fit)
    recipe = fit.run.recipe.__class__(**(vars(fit.run.recipe) | {"steps": 400}))
    run = training.train(recorded.target, z, len(Y), recipe, own_rates=np.array([40.0, 1.0]))
    assert run.stop[0] == "diverged"
    assert run.steps[0] < run.steps[1]
    assert run.best == 1
    assert run.z[1, 0] == pytest.approx(Y.mean(), rel=1e-10)
    assert np.isfinite(run.z).all()


def test_interrupting_keeps_what_was_reached(monkeypatch):
    steps = stepper.stepper

    def interrupted(*args, **options):
        made = steps(*args, **options)

        def advance(step, rate):
            if step == 7:
                raise KeyboardInterrupt
            return made.advance(step, rate)

        return stepper.Stepper(made.where, advance, made.whole, made.state)

    monkeypatch.setattr(training, "stepper", interrupted)
    fit = mean(optimizer="gradient ascent", learning_rate=0.7, steps=100)
    assert fit.status.name == "interrupted"
    assert "6 steps" in fit.status.sentence or "7 steps" in fit.status.sentence
    taken = int(fit.run.steps[0])
    expected = Y.mean() + (1 - 0.7 / 4) ** taken * (-1 - Y.mean())
    assert float(fit.last.mu) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    "asked",
    [
        {"optimizer": "adam", "batch_size": 6},
        {"optimizer": "rmsprop", "batch_size": 6, "batching": "independent", "seed": 3},
        {"optimizer": "nesterov", "starts": 3},
        {"optimizer": "lbfgs", "starts": 3},
    ],
)
def test_a_run_can_be_gone_back_to_the_bit(asked):
    fit = bb.fit_mle(Gaussian, {"y": Y}, steps=250, **asked)
    recorded = Recorded(fit)
    for step in sorted(
        {0, 1, 17, 133, int(fit.run.steps[fit.run.best]) - 1} & {*fit.run.path_steps}
    ):
        kept = fit.run.path[list(fit.run.path_steps).index(step), fit.run.best]
        assert (recorded.at(step) == kept).all()


def test_the_cosine_and_the_exponential():
    """The mission's numbers: SGD stalls on b, Adam reaches both to four digits."""
    model = bb.load("cosine_exponential")
    asked = {"batch_size": 512, "epochs": 30, "start": {"a": 0.7, "b": 0.02}}
    data = model.example()
    slow = bb.fit_mle(model, data, optimizer="sgd", learning_rate=1e-4, **asked)
    assert slow.status.name == "stopped early"
    assert slow.run.steps[0] == 600
    assert abs(float(slow.last.a) - 0.601) < 0.005
    assert abs(float(slow.last.b) - 0.023) < 0.002
    quick = bb.fit_mle(model, data, optimizer="adam", learning_rate=1e-3, **asked)
    assert quick.converged
    assert (round(float(quick.estimate.a), 4), round(float(quick.estimate.b), 4)) == (0.583, 0.112)


@pytest.mark.parametrize("model", [Difference, Linear, Scale])
def test_batches_work_on_any_inputs(model):
    data = {"y": Y, "x1": Y**2, "x2": np.sin(Y)} if model is Linear else {"y": Y}
    fit = bb.fit_mle(model, data, optimizer="adam", batch_size=10, epochs=2)
    assert fit.run.steps[0] == 8


def test_an_energy_in_batches():
    model = bb.load("energy", variant="quadratic")
    data = model.example()
    fit = bb.fit_mle(model, data, optimizer="adam", learning_rate=0.05, batch_size=50, epochs=60)
    assert abs(float(fit.last.mean) - np.mean(data["x"])) < 0.2
    assert np.isfinite(fit.trace["log_likelihood"]).all()


def test_torch_is_left_as_it_was():
    import torch

    before = torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()
    mean(optimizer="adam", steps=3)
    assert before == (torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled())
