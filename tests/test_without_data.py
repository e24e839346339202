"""What is fitted where no data are given, and what is said of what is no table."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.errors import a, kind_of


class Level(bb.Model):
    """It brings no example."""

    outcome = "y"
    level = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.level, 1.0)


def test_the_example_is_fitted_and_it_is_said():
    coin = bb.load("coin")
    fit = bb.fit_mle(coin)
    assert fit.estimate.theta == pytest.approx(3 / 7, rel=1e-8)
    assert "mle of the example that the model brings" in repr(fit)
    assert "mle of the example" in fit._repr_html_()
    assert repr(bb.fit_mle(coin, coin.example())).startswith("<mle: ")
    assert bind(coin, None).sha256 == bind(coin, coin.example()).sha256
    made = bb.contrast(coin, methods=("mle", "map"))
    assert made.fits["map"].estimate.theta == pytest.approx(1 / np.sqrt(5), rel=1e-8)
    assert bb.prior_draws(coin, draws=3).theta.shape == (3,)


@pytest.mark.parametrize(
    "ask",
    [bb.fit_mle, bb.fit_map, bb.contrast, bb.profile, bb.prior_draws, bb.check, bb.quadrature],
)
def test_a_model_without_an_example(ask):
    with pytest.raises(bb.BadInput, match="the model Level: found no example data, expected data"):
        ask(Level)


def test_new_rows_that_are_none():
    fit = bb.fit_mle(Level, {"y": [1.0, 2.0]})
    with pytest.raises(bb.BadInput, match=r"the new rows: found an int, .* as in \{'y': values\}"):
        fit.predict(2)
    line = bb.load("linear_gaussian")
    with pytest.raises(bb.BadInput, match=r"found a list, .* as in \{'x': values\}"):
        bb.fit_mle(line, {"x": [0.0, 1, 2], "y": [0.1, 1, 1.8]}).predict([1.0])


def test_articles():
    words = ("int", "list", "Exponential", "uniform", "LKJCholesky", "mle", "Normal")
    assert [a(word).split()[0] for word in words] == ["an", "a", "an", "a", "an", "an", "a"]
    assert kind_of(None) == "None"
