"""Many rows added up in blocks: the same sums as of all rows at once, and only where they are."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench import row_blocks
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.fit.at_draws import likelihood_and_prior
from bayesbench.fit.jax_objective import log_posterior

N = 5003  # in blocks of 100 rows the last one has three of its own


class Logistic(bb.Model):
    """A line and a group, through the logistic curve."""

    outcome = "y"
    slopes = bb.parameter(bb.Normal(0, 5), dims="feature")
    base = bb.parameter(bb.Normal(0, 5), dims="group")

    def likelihood(self, x=bb.columns("a", "b", dims="feature"), group=bb.levels()):
        return bb.Bernoulli(bn.sigmoid(x @ self.slopes + self.base[group]))


class Scaled(Logistic):
    """A row that reads all the others: their largest value."""

    def likelihood(self, x=bb.columns("a", "b", dims="feature"), group=bb.levels()):
        return bb.Bernoulli(bn.sigmoid(x @ self.slopes / bn.max(x) + self.base[group]))


@pytest.fixture(autouse=True)
def blocks_of_a_hundred(monkeypatch):
    monkeypatch.setattr(row_blocks, "ROWS", (100, 100))


def table():
    g = np.random.default_rng(0)
    a, b, y = g.normal(size=N), g.normal(size=N), g.integers(0, 2, N)
    return {"a": a, "b": b, "group": np.resize(["u", "v", "w"], N), "y": y}


def test_blocks_have_the_height_slope_and_curvature_of_all_rows():
    """The sums in closed form: log σ(±η), with the gradient Xᵀ(y − σ) and Xᵀ diag(σ(1 − σ)) X."""
    data = table()
    bound = bind(Logistic, data)
    assert bound.few.blocks == 51
    objective, none = log_posterior(bound, "unconstrained"), Pins.none(5)
    z = np.array([0.5, -1.0, 0.2, 0.1, -0.3])
    level = np.unique(data["group"], return_inverse=True)[1]
    x = np.column_stack([data["a"], data["b"], np.eye(3)[level]])
    share, prior = special.expit(x @ z), 1 / 25
    height = special.log_expit((2 * data["y"] - 1) * (x @ z)).sum()
    height += -0.5 * prior * z @ z - 5 * np.log(5 * np.sqrt(2 * np.pi))
    slope = x.T @ (data["y"] - share) - prior * z
    curved = -(x * (share * (1 - share))[:, None]).T @ x - prior * np.eye(5)
    assert objective.value(z, none) == pytest.approx(height, rel=1e-12)
    assert objective.gradient(z, none) == pytest.approx(slope, rel=1e-10)
    assert objective.hessian(z, none) == pytest.approx(curved, rel=1e-10)
    heights, slopes, curvatures = objective.derivatives(np.stack([z, -z]))
    assert heights[0] == pytest.approx(height, rel=1e-12)
    assert slopes[0] == pytest.approx(slope, rel=1e-10)
    assert curvatures[0] == pytest.approx(curved, rel=1e-10)


def test_weighted_rows_keep_their_weights_in_blocks():
    bound = bind(Logistic, table())
    weights = np.random.default_rng(1).integers(0, 3, N).astype(float)
    blocks, whole = (replace(bound, weights=weights) for _ in range(2))
    for each, cut in ((blocks, 51), (whole, None)):
        each.__dict__["few"] = each
        each.__dict__["blocks"] = cut
    values = {"slopes": np.ones((1, 2)), "base": np.zeros((1, 3))}
    one, other = (likelihood_and_prior(each, values)[0] for each in (blocks, whole))
    assert one == pytest.approx(other, rel=1e-12)
    with_none = likelihood_and_prior(bound, values)[0]
    assert abs(one - with_none) > 1


def test_rows_that_read_the_others_stay_together():
    assert bind(Scaled, table()).few.blocks is None


def test_few_rows_stay_together():
    short = {name: column[:1500] for name, column in table().items()}
    assert bind(Logistic, short).few.blocks is None


def test_a_posterior_is_sampled_in_blocks(tmp_path):
    """Its mean is at the maximum, within the posterior's skewness and the Monte Carlo error."""
    data = table()
    fit = bb.fit_posterior(Logistic, data, draws=300, warmup=200, progress=False)
    best = bb.fit_map(Logistic, data, scale="unconstrained")
    for name in ("slopes", "base"):
        draws = fit.draws.values[name]
        error = fit.diagnostics["convergence"][name]["mcse_mean"]
        away = np.abs(draws.mean((0, 1)) - best.estimate.values[name])
        # With 5,000 rows the mode and the mean are a tenth of a standard deviation apart at most.
        assert (away < 4 * error + 0.1 * draws.std((0, 1))).all()
