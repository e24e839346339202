"""Every way in which a search ends, on models whose end is known."""

from dataclasses import replace

import numpy as np
import pytest

import bayesbench as bb
from bayesbench import numpy as bn
from small_models import (
    Cosine,
    Counts,
    Difference,
    DifferenceWithPrior,
    Gaussian,
    Linear,
    Logistic,
    PositiveMean,
    Scale,
    Unread,
)

X = np.random.default_rng(0).normal(size=20)


def test_gaussian_in_closed_form():
    y = np.random.default_rng(1).normal(3, 2, size=50)
    fit = bb.fit_mle(Gaussian, {"y": y})
    assert fit.status.name == "converged"
    assert abs(float(fit.estimate.mean) - y.mean()) < 1e-8
    assert abs(float(fit.estimate.sd) - y.std()) < 1e-8
    assert abs(float(fit.standard_errors["mean"]) - y.std() / np.sqrt(50)) < 1e-8
    assert abs(float(fit.standard_errors["sd"]) - y.std() / np.sqrt(100)) < 1e-7


def test_gaussian_far_from_the_origin():
    y = 1e6 + 0.01 * np.random.default_rng(1).normal(3, 2, size=50)
    fit = bb.fit_mle(Gaussian, {"y": y})
    assert fit.status.name == "converged"
    assert abs(float(fit.estimate.sd) / y.std() - 1) < 1e-8


def test_scale_of_three_numbers():
    # MLE √(Σy²/3); the modes under HalfNormal(2) solve quadratics in σ².
    data = {"y": [-1.1, 0.3, 1.4]}
    squares = 1.1**2 + 0.3**2 + 1.4**2
    mode = bb.fit_map(Scale, data)

    def root(k):  # of the derivative of -k log σ - Σy²/2σ² - σ²/8
        return np.sqrt(2 * (-k + np.sqrt(k**2 + squares)))

    assert abs(float(bb.fit_mle(Scale, data).estimate.sd) - np.sqrt(squares / 3)) < 1e-8
    assert abs(float(mode.estimate.sd) - root(3)) < 1e-8
    assert abs(float(mode.beside["unconstrained"].estimate.sd) - root(2)) < 1e-8


@pytest.mark.parametrize("values", [[1.7], [2.0, 2.0, 2.0]])
def test_unbounded(values):
    fit = bb.fit_mle(Gaussian, {"y": values})
    assert fit.status.name == "unbounded"
    assert not fit.converged
    assert fit.estimate is None
    assert abs(float(fit.last.mean) - values[0]) < 1e-6
    assert "sd goes to 0" in fit.status.sentence
    assert "grows without limit" in fit.status.sentence
    assert fit.table()["value"].isna().all()
    mode = bb.fit_map(Gaussian, {"y": values})
    assert mode.status.name == "unbounded"
    assert bb.fit_laplace(Gaussian, {"y": values}).draws is None


def test_unbounded_where_the_first_step_already_runs_away():
    assert bb.fit_mle(Scale, {"y": [0.0, 0.0]}).status.name == "unbounded"
    assert bb.fit_map(Scale, {"y": [0.0, 0.0]}).status.name == "unbounded"


def test_separated_classes_have_no_maximum():
    fit = bb.fit_mle(Logistic, {"x": X, "y": (X > 0.1) * 1})
    assert fit.status.name == "unbounded"
    assert "slope goes to infinity" in fit.status.sentence
    assert bb.fit_map(Logistic, {"x": X, "y": (X > 0.1) * 1}).status.name == "converged"


def test_not_separated_classes_have_one():
    y = (X + np.random.default_rng(2).normal(size=20) > 0) * 1
    fit = bb.fit_mle(Logistic, {"x": X, "y": y})
    assert fit.status.name == "converged"
    # The score equations: Σ(y - p) = 0 and Σ(y - p) x = 0.
    p = 1 / (1 + np.exp(-fit.estimate.intercept - fit.estimate.slope * X))
    assert abs(np.sum(y - p)) < 1e-8
    assert abs(np.sum((y - p) * X)) < 1e-8


def test_not_identified_names_the_direction():
    data = {"y": [1.0, 2.0, 0.5]}
    fits = [bb.fit_mle(Difference, data), bb.fit_map(Difference, data)]
    fits += [bb.fit_mle(DifferenceWithPrior, data)]
    for fit in fits:
        assert fit.status.name == "not identified"
        assert fit.estimate is None
        assert fit.null_directions == ("b + c",)
        assert abs(float(fit.last.b - fit.last.c) - np.mean(data["y"])) < 1e-8
    assert bb.fit_laplace(Difference, data).status.name == "not identified"
    refused = bb.fit_posterior(Difference, data)
    assert refused.draws is None
    assert refused.status.name == "not identified"
    assert "b + c" in refused.status.sentence


def test_proper_priors_identify():
    # b - c has prior variance 200 and data variance 1/3: the posterior mean of b - c.
    mode = bb.fit_map(DifferenceWithPrior, {"y": [1.0, 2.0, 0.5]})
    expected = np.mean([1.0, 2.0, 0.5]) * 200 / (200 + 1 / 3)
    assert mode.status.name == "converged"
    assert abs(float(mode.estimate.b - mode.estimate.c) - expected) < 1e-8


def test_predictions_where_they_do_not_depend_on_what_is_open():
    class WithEvents(Difference):
        """With something to predict."""

        @bb.event("b is above c")
        def difference(self):
            return bn.sigmoid(self.b - self.c)

        @bb.event("b is above zero")
        def first(self):
            return bn.sigmoid(self.b)

    found = bb.fit_mle(WithEvents, {"y": [1.0, 2.0, 0.5]}).events()["probability"]
    assert abs(found["b is above c"] - 1 / (1 + np.exp(-3.5 / 3))) < 1e-8
    assert np.isnan(found["b is above zero"])


def test_collinear_columns():
    y = X + np.random.default_rng(3).normal(size=20)
    fit = bb.fit_mle(Linear, {"a": X, "b": 2 * X, "y": y})
    assert fit.status.name == "not identified"
    assert fit.null_directions == ("slopes[a] - 0.5·slopes[b]",)


def test_least_squares():
    x = np.random.default_rng(4).normal(size=(30, 2))
    y = x @ [1, 2] + np.random.default_rng(5).normal(size=30)
    fit = bb.fit_mle(Linear, {"a": x[:, 0], "b": x[:, 1], "y": y})
    slopes, squares, *_ = np.linalg.lstsq(x, y)
    assert np.abs(fit.estimate.slopes - slopes).max() < 1e-8
    assert abs(float(fit.estimate.noise) - np.sqrt(squares[0] / 30)) < 1e-8
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * squares[0] / 30)
    assert np.abs(fit.standard_errors["slopes"] - errors).max() < 1e-8
    assert list(fit.table().index) == ["slopes[a]", "slopes[b]", "noise"]


def test_a_parameter_that_nothing_reads():
    fit = bb.fit_mle(Unread, {"y": [1.0, 2.0]})
    assert fit.status.name == "not identified"
    assert fit.null_directions == ("idle",)


@pytest.mark.parametrize(("model", "y"), [(Counts, [0, 0, 0]), (PositiveMean, [-1.0, -2.0])])
def test_boundary_at_zero(model, y):
    for fit in (bb.fit_mle(model, {"y": y}), bb.fit_map(model, {"y": y})):
        (name,) = model.parameters
        assert fit.status.name == "boundary"
        assert float(getattr(fit.estimate, name)) == 0.0
        assert f"{name} = 0" in fit.status.sentence


def test_out_of_a_stationary_point_that_is_no_maximum():
    # a = 0, where the search begins, is a minimum of the likelihood.
    fit = bb.fit_mle(Cosine, {"x": X, "y": np.cos(1.3 * X)})
    assert fit.status.name == "converged"
    assert abs(abs(float(fit.estimate.a)) - 1.3) < 1e-8


def test_too_few_steps():
    y = np.random.default_rng(1).normal(3, 2, size=50)
    fit = bb.fit_mle(Gaussian, {"y": y}, steps=2)
    assert fit.status.name == "stopped early"
    assert fit.estimate is None
    assert fit.last is not None
    assert "step limit" in fit.status.sentence


def test_interrupted(monkeypatch):
    import torch

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.LBFGS, "step", stop)
    fit = bb.fit_mle(Gaussian, {"y": [1.0, 2.0]})
    assert fit.status.name == "interrupted"
    assert fit.estimate is None


def test_mean_and_total_have_the_same_maximum():
    data = {"y": np.random.default_rng(1).normal(3, 2, size=50)}
    first, second = (bb.fit_mle(Gaussian, data, objective=o) for o in ("mean", "total"))
    assert abs(float(first.estimate.sd) - float(second.estimate.sd)) < 1e-8
    assert (first.settings["objective"], second.settings["objective"]) == ("mean", "total")


def test_start():
    data = {"y": [1.0, 2.0, 4.0]}
    fit = bb.fit_mle(Gaussian, data, start={"mean": 100.0, "sd": 3.0})
    assert abs(float(fit.estimate.mean) - 7 / 3) < 1e-8
    with pytest.raises(bb.BadInput, match=r"start= for sd: found -1.0, expected a number of at"):
        bb.fit_mle(Gaussian, data, start={"mean": 1.0, "sd": -1.0})
    with pytest.raises(bb.BadInput, match="start=: found mean, expected mean, sd"):
        bb.fit_mle(Gaussian, data, start={"mean": 1.0})


class Product(bb.Model):
    """Two numbers of which only the product is informed: a curved ridge."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    b = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.a * self.b, 1)


class ProductOfChances(Product):
    """The same on the unit square."""

    a = bb.parameter(bb.Uniform(0, 1))
    b = bb.parameter(bb.Uniform(0, 1))

    def likelihood(self):
        return bb.Bernoulli(self.a * self.b)


class Median(Product):
    """Whose location is anywhere between the two middle values."""

    b = bb.parameter(bb.HalfNormal(1))

    def likelihood(self):
        return bb.Laplace(self.a, self.b)


class Idle(Product):
    """One number of which is not read, and has an edge."""

    b = bb.parameter(bb.Normal(0, 1), support=bb.at_most(0))

    def likelihood(self):
        return bb.Normal(self.a, 1)


class Square(bb.Model):
    """Whose log-likelihood is a fourth power at its maximum."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.a**2, 1)


class Rates(bb.Model):
    """A Poisson regression."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    b = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, x):
        return bb.Poisson(bn.exp(self.a + self.b * x))


class Shape(bb.Model):
    """A Gamma distribution."""

    outcome = "y"
    shape = bb.parameter(bb.HalfNormal(1))
    rate = bb.parameter(bb.HalfNormal(1))

    def likelihood(self):
        return bb.Gamma(self.shape, self.rate)


GROUP = np.repeat([0.0, 1.0], 5)
HARD = {
    "every outcome is 1": (Logistic, {"x": X, "y": np.ones(20)}, "unbounded"),
    "nearly separated": (
        Logistic,
        {"x": [-2.0, -1, 0, 0, 1, 2], "y": [0, 0, 0, 1, 1, 1]},
        "unbounded",
    ),
    "a group of zeros": (Rates, {"x": GROUP, "y": 3 * (1 - GROUP)}, "unbounded"),
    "curved ridge": (Product, {"y": [1.9, 2.1]}, "not identified"),
    "curved ridge in a box": (ProductOfChances, {"y": [0, 1, 0, 1]}, "not identified"),
    "idle once the other is on its edge": (ProductOfChances, {"y": [0, 0]}, "not identified"),
    "plateau": (Median, {"y": [0.0, 0.5, 3.0, 4.0]}, "not identified"),
    "idle and bounded": (Idle, {"y": [1.0, 2.0]}, "not identified"),
    "fourth power": (Square, {"y": [0.0, 0.0]}, "converged"),
    "one value of a Gamma": (Shape, {"y": [2.0]}, "stopped early"),
}


@pytest.mark.parametrize("case", HARD)
def test_hard_ends(case):
    model, data, status = HARD[case]
    fit = bb.fit_mle(model, data)
    assert fit.status.name == status
    assert (fit.estimate is None) == (status != "converged")
    if case == "fourth power":
        assert "gives no standard error" in fit.status.sentence
        assert np.isnan(fit.standard_errors["a"])


class Line(bb.Model):
    """A straight line."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    b = bb.parameter(bb.Normal(0, 1))
    noise = bb.parameter(bb.HalfNormal(1))

    def likelihood(self, x):
        return bb.Normal(self.a + self.b * x, self.noise)


@pytest.mark.parametrize("x", [np.arange(1990.0, 2021.0), 2000 + np.linspace(-1, 1, 31)])
def test_ill_conditioned_lines(x):
    y = 0.5 * (x - 2000) + np.random.default_rng(6).normal(size=31)
    fit = bb.fit_mle(Line, {"x": x, "y": y})
    assert fit.status.name == "converged"
    design = np.column_stack([np.ones(31), x])
    (a, b), squares, *_ = np.linalg.lstsq(design, y)
    assert float(fit.estimate.b) == pytest.approx(b, rel=1e-7)
    assert float(fit.estimate.a) == pytest.approx(a, rel=1e-7)
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * squares[0] / 31)
    assert float(fit.standard_errors["b"]) == pytest.approx(errors[1], rel=1e-4)


def test_nearly_collinear_columns_are_identified():
    rng = np.random.default_rng(7)
    other = X + 1e-5 * rng.normal(size=20)
    y = X + rng.normal(size=20)
    fit = bb.fit_mle(Linear, {"a": X, "b": other, "y": y})
    assert fit.status.name == "converged"
    design = np.column_stack([X, other])
    _, squares, *_ = np.linalg.lstsq(design, y)
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * squares[0] / 20)
    assert fit.standard_errors["slopes"] == pytest.approx(errors, rel=1e-3)


def test_a_null_direction_in_very_different_units():
    y = X + np.random.default_rng(3).normal(size=20)
    fit = bb.fit_mle(Linear, {"a": X, "b": 1e6 * X, "y": y})
    assert fit.null_directions == ("slopes[a] - 1e-06·slopes[b]",)


def test_what_a_curved_ridge_leaves_identified():
    class WithEvents(Product):
        """With something to predict."""

        @bb.event("by the product")
        def product(self):
            return bn.sigmoid(self.a * self.b)

        @bb.event("by one of them")
        def one(self):
            return bn.sigmoid(self.a)

    found = bb.fit_mle(WithEvents, {"y": [1.9, 2.1]}).events()["probability"]
    assert abs(found["by the product"] - 1 / (1 + np.exp(-2.0))) < 1e-8
    assert np.isnan(found["by one of them"])


def test_interrupted_while_the_experiments_ran(monkeypatch):
    from bayesbench.fit import mle

    climb, calls = mle._climb, []

    def cut_short(target, z, *rest):
        calls.append(1)
        run = climb(target, z, *rest)
        return run if len(calls) == 1 else replace(run, stop="interrupted")

    monkeypatch.setattr(mle, "_climb", cut_short)
    fit = bb.fit_mle(Gaussian, {"y": [1.7]})  # whose profile has to be climbed again
    assert len(calls) == 2
    assert fit.status.name == "interrupted"
    assert fit.estimate is None
