"""Few rows that stand for all, against the rows themselves, closed forms and more digits."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.fit import jax_objective, torch_objective
from bayesbench.moments import BLOCK, moments
from small_models import Treated

N = 3000


class Counts(bb.Model):
    """Events at one rate."""

    outcome = "k"
    rate = bb.parameter(bb.Gamma(2, 1), support=bb.positive)

    def likelihood(self):
        return bb.Poisson(self.rate)


def table_of(name, seed=0):
    g = np.random.default_rng(seed)
    x = g.normal(size=(N, 2)) * [1, 1e-3] + [0, 50]
    treated, group = g.integers(0, 2, N), g.integers(0, 3, N)
    share = 1 / (1 + np.exp(0.3 - 0.8 * treated - 0.5 * group))
    return {
        "coin": {"toss": (g.uniform(size=N) < 0.3).astype(float)},
        "gaussian": {"y": 1e4 + 3 * g.normal(size=N)},
        "linear_gaussian": {"a": x[:, 0], "b": x[:, 1], "y": x @ [2, 300] + g.normal(size=N)},
        "counts": {"k": g.poisson(40.0, N)},
        "logistic": {
            "treated": treated,
            "group": np.array(["low", "middle", "high"])[group],
            "alive": (g.uniform(size=N) < share).astype(int),
        },
    }[name]


def bound_of(name):
    own = {"counts": Counts, "logistic": Treated}
    return bind(own.get(name) or bb.load(name), table_of(name))


def with_all_rows(bound):
    """The same, as it would be if no few rows were enough."""
    made = replace(bound)
    made.__dict__["few"] = made
    return made


ROWS = {"coin": 2, "gaussian": 2, "linear_gaussian": 6, "counts": 42, "logistic": 12}
LIBRARIES = {
    "torch": torch_objective.log_likelihood,
    "jax": lambda bound: jax_objective.log_posterior(bound, "unconstrained"),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ROWS)
def test_few_rows_have_the_likelihood_of_all(name, library):
    bound = bound_of(name)
    assert bound.few.n == ROWS[name]
    assert bound.few.weights.sum() == pytest.approx(N, rel=1e-14)
    few, every = (LIBRARIES[library](each) for each in (bound, with_all_rows(bound)))
    size = bound.layout.size
    for z in np.random.default_rng(0).normal(size=(3, size)):
        at = (z, Pins.none(size))
        assert few.value(*at) == pytest.approx(every.value(*at), rel=1e-10)
        for what in ("gradient", "hessian"):
            found, expected = (getattr(each, what)(*at) for each in (few, every))
            scale = np.abs(expected).max()
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * scale)
        # What is asked of the rows is still said of each of them.
        assert few.rows(z).shape == (N,)


def tables_of_many_blocks():
    """Tables of more rows than are read at a time, each awkward in its way; y comes last."""
    g = np.random.default_rng(4)
    n = 2 * BLOCK + 77
    x = g.normal(size=(n, 2))
    t = np.arange(n) / n
    return {
        "as usual": np.column_stack([x, x @ [1.0, 2.0] + g.normal(size=n)]),
        "far from zero": np.column_stack([x + 1e7, x @ [1.0, 2.0] + g.normal(size=n)]),
        "nearly the same column twice": np.column_stack([x, x[:, 0] + 1e-6 * g.normal(size=n)]),
        "a trend": np.column_stack([t, t**2, 3 * t + 1e-4 * g.normal(size=n)]),
        "constant, but for the last rows": np.column_stack([x, np.where(t > 0.9, t, 0.3)]),
        "constant": np.column_stack([x, np.full(n, 0.1)]),
        "one column thrice": np.column_stack([x[:, :1]] * 3),
    }


@pytest.mark.parametrize("name", tables_of_many_blocks())
def test_moments_in_one_pass_have_all_their_digits(name):
    table = tables_of_many_blocks()[name]
    points, weights = (each[0] for each in moments([table[None]]))
    assert weights.sum() == pytest.approx(len(table), rel=1e-12)
    # Sums of squares of combinations, some of which nearly cancel, with eight digits more.
    exact = table.astype(np.longdouble)
    directions = [*np.eye(3), [1, 0, -1], [1, 1, 1], *np.random.default_rng(0).normal(size=(3, 3))]
    for direction in map(np.asarray, directions):
        for level in (0.0, float((table @ direction).mean())):
            found = (weights * (points @ direction - level) ** 2).sum()
            expected = float(((exact @ direction - level) ** 2).sum())
            # What the last digits of the table itself leave open.
            size = np.abs(table).max() * np.abs(direction).sum()
            unsure = 8 * len(table) * (2**-53 * size) ** 2
            within = 1e-10 * expected + unsure + 2 * np.sqrt(expected * unsure)
            assert abs(found - expected) <= within, (direction, level)


def test_a_line_through_almost_all_points_keeps_its_digits():
    g = np.random.default_rng(2)
    x = g.normal(size=N)
    y = 1e6 + 3.0 * x + 1e-6 * g.normal(size=N)  # of y's variance 1e-13 is left
    bound = bind(bb.load("linear_gaussian"), {"x": x, "y": y})
    few = bound.few
    slope, intercept = 3.0, 1e6
    left = y.astype(np.longdouble) - np.longdouble(intercept) - np.longdouble(slope) * x
    found = (few.weights * (few.outcome - intercept - few.inputs["x"][:, 0] * slope) ** 2).sum()
    # y itself has 1e6 * 2^-53 = 1e-10 as its last digit: a residual of 1e-6 has four digits.
    assert found == pytest.approx(float((left**2).sum()), rel=1e-3)


def fresh(reads, **columns):
    """A model of y with such a likelihood and a slope, on a table of 300 rows."""

    class Fresh(bb.Model):
        """A slope."""

        outcome = "y"
        slope = bb.parameter(bb.Normal(0, 1))
        likelihood = reads

    y = np.random.default_rng(0).integers(0, 2, 300).astype(float)
    return bind(Fresh, columns | {"y": y})


def centred(self, x):
    return bb.Normal(self.slope * (x - x.mean()), 1.0)


def remembering(self, x):
    return bb.Normal(self.slope * bn.concat([x[:1], x[:-1]]), 1.0)


def of_each(self, x):
    return bb.Normal(self.slope * x, 1.0)


@pytest.mark.parametrize("likelihood", [centred, remembering])
def test_what_reads_other_rows_keeps_its_rows(likelihood):
    x = np.random.default_rng(1).integers(0, 2, 300)
    assert fresh(of_each, x=x).few.n == 4
    bound = fresh(likelihood, x=x)
    assert bound.few is bound


@pytest.mark.parametrize("likelihood", [centred, of_each])
def test_an_ordered_table_does_not_hide_what_reads_other_rows(likelihood):
    bound = fresh(likelihood, x=np.repeat([0, 1], [200, 100]))
    assert (bound.few is bound) == (likelihood is centred)


def test_a_line_whose_noise_reads_x_keeps_its_rows():
    class Growing(bb.Model):
        """The noise grows with the spread of x, if it does."""

        outcome = "y"
        slope = bb.parameter(bb.Normal(0, 1), dims="feature")
        growth = bb.parameter(bb.Normal(0, 1))

        def likelihood(self, x=bb.columns(dims="feature")):
            return bb.NormalLinear(x, self.slope, 0.0, bn.exp(self.growth * x.std()))

    g = np.random.default_rng(0)
    bound = bind(Growing, {"x": g.normal(size=300), "y": g.normal(size=300)})
    assert bound.few is bound  # where growth is zero, as at the start, it can't be seen


def test_what_hardly_repeats_keeps_its_rows():
    bound = fresh(of_each, x=np.random.default_rng(1).normal(size=300))
    assert bound.few is bound
    short = bind(bb.load("coin"), {"toss": [0, 1] * 100})
    assert short.few is short


def test_the_three_fits_of_a_hundred_thousand_tosses_and_their_closed_forms():
    n, heads = 100_000, 30_123
    tosses = np.repeat([1.0, 0.0], [heads, n - heads])
    model = bb.load("coin", variant="uniform")
    exact = stats.beta(heads + 1, n - heads + 1)
    mle, map_ = bb.fit_mle(model, {"toss": tosses}), bb.fit_map(model, {"toss": tosses})
    assert mle.estimate.theta == pytest.approx(heads / n, rel=1e-9)
    assert map_.estimate.theta == pytest.approx(heads / n, rel=1e-9)
    fit = bb.fit_posterior(model, {"toss": tosses}, draws=500, warmup=300, progress=False)
    draws = fit.draws.theta
    error = exact.std() / np.sqrt(fit.diagnostics["ess"])
    assert abs(draws.mean() - exact.mean()) < 4 * error
    # A variance of m effective draws has the relative standard error sqrt(2 / m).
    assert draws.var() == pytest.approx(exact.var(), rel=4 * np.sqrt(2 / fit.diagnostics["ess"]))


def test_the_line_of_a_large_table_is_least_squares():
    table = table_of("linear_gaussian") | {"b": np.random.default_rng(3).normal(size=N)}
    fit = bb.fit_mle(bb.load("linear_gaussian"), table)
    design = np.column_stack([table["a"], table["b"], np.ones(N)])
    solved, squares, *_ = np.linalg.lstsq(design, table["y"], rcond=None)
    np.testing.assert_allclose(fit.estimate.slopes, solved[:2], rtol=1e-7)
    assert fit.estimate.variance == pytest.approx(squares[0] / N, rel=1e-8)
