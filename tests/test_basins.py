"""Local optima: basins against closed forms, SciPy's root finder and a descent in NumPy."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import brentq
from typer.testing import CliRunner

import bayesbench as bb
from bayesbench.cli import app
from bayesbench.diagnose.optimisation import local_optimum
from bayesbench.diagnose.optimisation.recorded import Recorded
from bayesbench.figures.landscape import plot_landscape
from bayesbench.fit.looking_along import basins_of
from bayesbench.views import landscape
from small_models import Difference


class Wells(bb.Model):
    """The log-likelihood -((a - 1)(a + 2))²/2: two optima, and a minimum halfway, at -1/2."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    starts = 8

    def likelihood(self):
        return bb.Normal((self.a - 1) * (self.a + 2), 1)


def rows_of(variant, count=None):
    model = bb.load("cosine_exponential", variant=variant)
    return model, {name: values[:count] for name, values in model.example().items()}


def errors(data):
    """The mean squared error and its slopes in a and b, by NumPy alone."""
    x1, x2, y = (data[name] for name in ("x1", "x2", "y"))

    def mse(a, b):
        return np.mean((np.cos(a * x1) + np.exp(b * x2) - y) ** 2)

    def slopes(a, b):
        a, b = np.reshape(a, (-1, 1)), np.reshape(b, (-1, 1))
        miss = np.cos(a * x1) + np.exp(b * x2) - y
        down = np.mean(-2 * miss * x1 * np.sin(a * x1), axis=1)
        return down, np.mean(2 * miss * x2 * np.exp(b * x2), axis=1)

    return mse, slopes


def turn(slopes, b, low, high):
    """Where the error turns along a."""
    return brentq(lambda a: slopes(a, b)[0][0], low, high, xtol=1e-13)


@pytest.fixture(scope="module")
def wide():
    model, data = rows_of("spread_5")
    return bb.fit_mle(model, data, seed=0), data


@pytest.fixture(scope="module")
def few():
    model, data = rows_of("spread_5", 400)
    return bb.fit_mle(model, data, starts=16), data


def test_an_edge_in_closed_form():
    found = bb.basins(Wells, {"y": [0.0]}, "a", (-3.0, 2.5))
    assert [each.at for each in found.basins] == pytest.approx([-2, 1], abs=1e-7)
    assert found.basins[0].upper == pytest.approx(-0.5, abs=1e-7)
    assert found.reach[0] == pytest.approx(-0.5, abs=found.sharp)
    assert found.reach[1] == 2.5
    assert found.arrived.all()
    assert found.ends[:, 0] == pytest.approx(np.where(found.starts < -0.5, -2, 1), abs=1e-6)
    table = found.table()
    assert table["starts"].tolist() == [
        int((found.starts < -0.5).sum()),
        (found.starts > -0.5).sum(),
    ]
    assert table["share"].tolist() == pytest.approx([2.5 / 5.5, 3 / 5.5], abs=1e-7)
    assert table["log_likelihood"].to_numpy() == pytest.approx(-0.5 * np.log(2 * np.pi), abs=1e-12)
    said = repr(found)
    assert "2 local maxima" in said
    assert "from -0.5000 to 2.5 (the range's upper end)" in said


def test_the_basin_at_spread_5(wide):
    """Its edge lies between 1.1 and 1.5, and the starts beyond it end at 1.981."""
    fit, data = wide
    _, slopes = errors(data)
    found = basins_of(fit, "a", (0.0, 2.0), starts=16, sharp=1e-3)
    top = found.highest
    assert top.at == pytest.approx(0.583, abs=1e-6)
    assert top.lower == 0
    assert top.upper == pytest.approx(turn(slopes, 0.112, 1.1, 1.5), abs=1e-6)
    assert 1.1 < found.reach[1] < 1.5
    assert found.reach[1] == pytest.approx(1.38721, abs=found.sharp)
    beyond = found.starts > found.reach[1]
    assert found.ends[~beyond] == pytest.approx(np.tile([0.583, 0.112], (11, 1)), abs=1e-6)
    a, b = found.ends[beyond].T
    assert a == pytest.approx(1.981, abs=5e-4)
    assert np.abs(slopes(a, b)).max() < 1e-5  # it is an optimum of the error too
    assert "The next start above, 1.438, ends at a = 1.981" in repr(found)


def test_the_slice_depends_on_where_the_others_are_held(wide):
    fit, data = wide
    _, slopes = errors(data)
    found = basins_of(fit, "a", (1.0, 1.8), start={"b": 0.02}, starts=1)
    assert found.held == {"b": pytest.approx(0.02)}
    assert found.scan.minima == pytest.approx([turn(slopes, 0.02, 1.1, 1.5)], abs=1e-6)


def test_the_basin_at_spread_500():
    """The global optimum's basin is less than a hundredth of [0, 2]."""
    model, data = rows_of("spread_500")
    mse, slopes = errors(data)
    fit = bb.fit_mle(model, data, start={"a": 0.583, "b": 0.1})
    found = basins_of(fit, "a", (0.55, 0.62), starts=2, sharp=1e-3)
    edges = turn(slopes, 0.112, 0.574, 0.577), turn(slopes, 0.112, 0.589, 0.592)
    top = found.highest
    assert (top.lower, top.upper) == pytest.approx(edges, abs=1e-6)
    assert top.width == pytest.approx(0.0153, abs=1e-4)
    assert found.reach == pytest.approx(edges, abs=1e-5)
    # All turns that a finer grid of NumPy's shows are there, but for the shallowest ripples.
    grid = np.linspace(0.55, 0.62, 1401)
    heights = -np.array([mse(a, 0.112) for a in grid])
    tops = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] >= heights[2:])) + 1
    feet = np.flatnonzero((heights[1:-1] < heights[:-2]) & (heights[1:-1] <= heights[2:])) + 1
    deep = [k for k in tops if np.abs(heights[k] - heights[feet]).min() > 3e-4]
    seen = np.array([each.at for each in found.basins])
    assert len(deep) >= 8
    assert all(np.abs(seen - at).min() < 1e-4 for at in grid[deep])
    assert all(np.abs(grid[tops] - at).min() < 1e-4 for at in seen)


@pytest.mark.parametrize("b", [0.02, -1.0])
def test_the_edge_against_a_descent_in_numpy(few, b):
    fit, data = few
    _, slopes = errors(data)
    found = basins_of(fit, "a", (0.0, 2.0), start={"b": b}, sharp=1e-4)
    edge, gap = found.reach[1], 2 * found.sharp
    a = np.array([edge - gap, edge + gap, *found.starts[::8]])
    begun, where = a, np.full(len(a), b)
    for _ in range(4000):
        down = slopes(a, where)
        a, where = a - found.rate * down[0], where - found.rate * down[1]
    at_best = np.abs(a - found.best[0]) < 1e-3
    assert at_best.tolist() == (begun < edge).tolist()
    assert a[2:] == pytest.approx(found.ends[::8, 0], abs=1e-3)


def test_a_run_on_a_lower_hill_says_so(few):
    fit, data = few
    mse, slopes = errors(data)
    recipe = {"optimizer": "gradient ascent", "learning_rate": 0.02, "steps": 1500}
    low = bb.fit_mle(fit.bound.model, data, start={"a": 1.7, "b": 0.0}, **recipe)
    (said,) = local_optimum.look(Recorded(low))
    ended, higher = (said.evidence[name] for name in ("ended_at", "higher_at"))
    assert higher == pytest.approx([0.583, 0.112], abs=1e-6)
    assert np.abs(slopes(*ended)).max() < 1e-7
    assert said.evidence["gain"] == pytest.approx(400 * (mse(*ended) - mse(*higher)), rel=1e-9)
    (along,) = [each for each in said.evidence["slices"] if each["outside"] > 0]
    edge = turn(slopes, higher[1], 1.2, 1.4)
    assert along["entry"] == "a"
    assert along["to"] == pytest.approx(edge, abs=1e-6)
    assert along["outside"] == pytest.approx(1.7 - edge, abs=1e-6)
    assert said.severity == "warning"
    assert "SGD at 0.02 ended at a local optimum" in said.message
    assert "start={'a': 0.583, 'b': 0.112}" in said.remedy
    # The remedy is tried: from there the run ends at the higher one.
    mended = bb.fit_mle(fit.bound.model, data, start={"a": 0.583, "b": 0.112}, **recipe)
    assert mended.run.z[0] == pytest.approx(higher, abs=1e-6)


def test_a_run_at_the_top_or_on_its_way_is_left_alone(few):
    fit, data = few
    for a, steps in ((0.9, 1500), (1.25, 3)):
        recipe = {"optimizer": "gradient ascent", "learning_rate": 0.02, "steps": steps}
        run = bb.fit_mle(fit.bound.model, data, start={"a": a, "b": 0.0}, **recipe)
        assert local_optimum.look(Recorded(run)) == []


def test_what_nothing_reads_has_no_basin():
    fit = bb.fit_mle(Difference, {"y": [1.0, 2.0]})
    found = basins_of(fit, "b", (-5.0, 5.0), starts=2)
    (only,) = found.basins  # along b alone there is one
    assert only.at == pytest.approx(1.5 + found.held["c"], abs=1e-8)
    assert not found.arrived.any()  # in both there is a ridge, and no optimum
    assert found.reach is None
    assert "2 are at none yet" in repr(found)


@pytest.mark.parametrize(
    ("entry", "over", "start", "sentence"),
    [
        ("aa", (0, 1), None, "no parameter 'aa'.*did you mean 'a'"),
        ("a", (1, 0), None, "from 1 to 0, expected two numbers in order"),
        ("a", (0, np.inf), None, "two numbers in order"),
        ("a", (0, 1, 2), None, "expected two numbers; give over"),
        ("a", (0, 1), {"c": 1.0}, "start="),
    ],
)
def test_bad_input(entry, over, start, sentence):
    with pytest.raises(bb.BadInput, match=sentence):
        bb.basins(Wells, {"y": [0.0]}, entry, over, start=start)


@pytest.mark.parametrize(
    ("asked", "sentence"), [({"sharp": 0.0}, "sharp: found 0, expected"), ({"starts": 0}, "starts")]
)
def test_bad_numbers(asked, sentence):
    with pytest.raises(bb.BadInput, match=sentence):
        bb.basins(Wells, {"y": [0.0]}, "a", (0, 1), **asked)


def test_an_optimum_outside_of_the_range_is_not_said_to_be_lost(few):
    fit, _ = few
    said = basins_of(fit, "a", (0.7, 0.9), starts=4).sentences
    assert "the highest known optimum does not lie in a basin of this range" in said[0]
    assert not any("No start next to" in sentence for sentence in said)


def test_the_figure_leads_each_start_to_its_end(few):
    fit, _ = few
    found = basins_of(fit, "a", (0.0, 2.0), starts=8, sharp=1e-2)
    ax = found.plot()
    ways = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert np.array(ways) == pytest.approx(np.c_[found.starts, found.ends[:, 0]])
    assert ax.get_xlim() == (0, 2)


def test_the_landscape_of_a_page_has_the_starts(few):
    fit, _ = few
    contrast = SimpleNamespace(bound=fit.bound, fits={"mle": fit})
    view = landscape("a", (-2, 2)).compute(contrast)
    _, begun, ended, there = view["path"].to_numpy().T
    inside = (begun > 0) & (begun < 1)
    assert ended[inside] == pytest.approx(0.583, abs=1e-5)
    assert there[inside].all()
    assert not there[begun < 0].any()
    assert "on the slice the basin of 0.583 reaches from" in view.attrs["caption"]
    ways = [line for line in plot_landscape(view).lines if len(line.get_xdata()) == 2]
    assert len(ways) == len(begun)


def test_the_command_line():
    words = ["basins", "coin", "--entry", "theta", "--over", "0.1,0.8", "--starts", "4"]
    said = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert said.exit_code == 0
    assert "0.428571" in said.output
    assert "4 at theta = 0.4286" in said.output
    bad = CliRunner().invoke(app, [*words[:5], "0.1:0.8"])
    assert isinstance(bad.exception, bb.BadInput)
    assert "write --over 0,2" in str(bad.exception)
