"""Drops of the log-likelihood, and what experiments on the run say of them."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench import Flat, Model, Normal, parameter
from bayesbench.density import Pins
from bayesbench.diagnose.optimisation import dips, unbounded
from bayesbench.diagnose.optimisation.drops import Drop, losing_steps, notable_drops
from bayesbench.diagnose.optimisation.floored import predicted, with_floor
from bayesbench.diagnose.optimisation.losing_rows import losers
from bayesbench.diagnose.optimisation.recorded import Recorded
from bayesbench.diagnose.optimisation.remedies import Outcome, floor_of, remedy_in_words
from bayesbench.diagnose.optimisation.retaken import along, retake
from bayesbench.diagnose.optimisation.step_curvature import curvatures
from bayesbench.diagnose.optimisation.step_line import longest_safe, step_line
from bayesbench.fit.mle import one_thread
from bayesbench.fit.torch_objective import log_likelihood, rows_at

XKCD = Path(__file__).parent.parent.parent / "shared" / "data" / "xkcd_reconstructed.csv"


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():
        yield


class Plane(Model):
    """A quadratic hill: the negative Hessian is the sum of (u, v)(u, v)' / s²."""

    outcome = "y"
    a = parameter(Flat())
    b = parameter(Flat())

    def likelihood(self, u, v, s):
        return Normal(self.a * u + self.b * v, s)


# The curvature is 4 along a and 1 along b.
DATA = {"u": [2.0, 0.0], "v": [0.0, 1.0], "s": [1.0, 1.0], "y": [0.0, 0.0]}
LAMBDA = np.diag([4.0, 1.0])


def recorded(start=(5.0, 0.0), data=DATA, **recipe):
    """A run on the total log-likelihood of the plane."""
    begin = dict(zip("ab", start, strict=True))
    return Recorded(bb.fit_mle(Plane, data, objective="total", start=begin, **recipe))


def test_drops_are_episodes_below_the_best_so_far():
    heights = np.array([-9.0, -5, -5.5, -4, -7, -6, -8, -3, -3.9, -2, -4, -3.2])
    first, second = Drop(3, 6, 4.0, 7, 3), Drop(9, 10, 2.0, None, 9)
    assert notable_drops(heights) == (first, second)
    assert losing_steps(heights) == 3
    assert notable_drops(np.arange(5.0)) == notable_drops(np.full(3, np.nan)) == ()


def test_rows_that_were_not_computed_are_left_out():
    heights = np.array([np.nan, -5, np.nan, -8, np.nan, -4, np.nan])
    assert notable_drops(heights) == (Drop(1, 3, 3.0, 5, 1),)


def test_the_longest_safe_part_is_where_the_line_comes_down_to_its_beginning():
    assert longest_safe(lambda part: part * (0.3 - part)) == pytest.approx(0.3, rel=1e-9)
    assert longest_safe(lambda part: part) == 1.0
    assert longest_safe(lambda part: -part) == 0.0


def test_gradient_ascent_beyond_the_limit_is_too_long():
    """On a quadratic the longest step that loses nothing is 2/λ times the gradient."""
    run = recorded(optimizer="gradient ascent", learning_rate=2.5 / 4, steps=4)
    line = step_line(run, 1)
    assert line.cause == "too long"
    assert line.slope == pytest.approx(1)
    assert line.safe == pytest.approx(2 / 2.5, rel=1e-9)
    # From 5·(-1.5) to 5·(-1.5)²: the height is -2a².
    assert line.gain == pytest.approx(-2 * 25 * (1.5**4 - 1.5**2))
    assert curvatures(run, line.step) == pytest.approx((2.5 / 2, 2.5 / 2))
    seen, rows = dips.look(run)  # no step is outside of the dip, to compare curvatures with
    assert seen.severity == "warning"
    assert "80% of it is the longest that loses nothing" in seen.text
    assert seen.evidence["causes"] == {"too long": 1}
    before, smaller, linear = seen.evidence["remedies"]
    assert (before["drops"], smaller["drops"]) == (1, 0)
    # A tenth of the rate shrinks a by 1 - 0.25 a step.
    constant = -np.log(2 * np.pi)
    assert smaller["ended"] == pytest.approx(constant - 2 * (5 * 0.75**4) ** 2)
    assert linear["ended"] == pytest.approx(constant - 2 * (5 * 1.5 * 0.875 * 0.25 * 0.375) ** 2)
    assert "Take a learning rate that falls linearly to zero" not in seen.text
    assert "Take a tenth of the learning rate (0.0625): it takes the dips away" in seen.text
    assert rows.evidence["rows"] == [0]
    assert rows.evidence["share"] == 1


def test_a_remedy_that_diverges_is_none():
    """Beyond 2/λ by so much that a tenth is too long as well."""
    recipe = {"optimizer": "gradient ascent", "learning_rate": 100.0, "steps": 400}
    (seen, *_) = dips.look(recorded(**recipe))
    assert [each["failed"] for each in seen.evidence["remedies"][1:]] == ["diverged"] * 2
    assert "with a tenth of the learning rate (10) it diverged" in seen.remedy
    assert "None of these" in seen.remedy


def test_momentum_runs_over_the_top():
    run = recorded(optimizer="momentum", learning_rate=0.1 / 4, steps=12)
    (seen, *_) = dips.look(run)
    (drop,) = seen.evidence["looked_at"]
    assert (drop["cause"], drop["safe"]) == ("not an ascent", 0)
    assert drop["slope"] == pytest.approx(-1)
    assert drop["plain_slope"] == pytest.approx(1)
    assert drop["plain_gain"] > 0
    assert "it is the momentum that led down" in seen.text


def test_a_batch_rises_while_the_data_fall():
    """Of the rows at -9 and 9 each batch pulls to its own."""
    data = {"u": [1.0, 1.0], "v": [0.0, 0.0], "s": [1.0, 1.0], "y": [-9.0, 9.0]}
    run = recorded((0.0, 0.0), data, optimizer="sgd", learning_rate=0.2, steps=6, batch_size=1)
    (seen, *_) = dips.look(run)
    first = seen.evidence["looked_at"][0]
    assert first["cause"] == "batch"
    # A step of 0.2 · 2 · 9 from the middle: both rows together lose a², the batch's counts twice.
    line = step_line(run, 0)
    assert line.gain == pytest.approx(-(3.6**2))
    assert line.step.batch_gain == pytest.approx(81 - (9 - 3.6) ** 2)
    full = seen.evidence["remedies"][3]
    assert full["words"] == "all rows in every step"
    assert full["drops"] == 0
    assert "Each step sees 1 of 2 rows" in seen.text


# Adam's memory of squares is nothing beside so large an eps, which then is the metric.
EPS = 1e30


@pytest.mark.parametrize(
    ("optimizer", "options", "limit", "metric"),
    [
        ("gradient ascent", {}, 2, 1),
        ("momentum", {}, 3.8, 1),
        ("nesterov", {}, 3.8 / 2.8, 1),
        ("adam", {"eps": EPS}, 38, EPS),
        ("rmsprop", {"eps": EPS}, 2, EPS),
    ],
)
def test_steps_on_a_quadratic_shrink_up_to_the_limit_and_grow_beyond(
    optimizer, options, limit, metric
):
    """After shorter ones, for what Adam's bias correction blows up at first."""
    for part, grows in ((0.98, False), (1.02, True)):
        run = recorded(
            optimizer=optimizer,
            options=options,
            learning_rate=part * limit * metric / 4,
            schedule=lambda step: 0.1 if step < 40 else 1.0,
            steps=400,
        )
        _, early, late = np.array_split(np.abs(run.run.path[40:, 0, 0]), 3)
        assert (late.max() > early.max()) == grows
        step = retake(run, 50)
        assert step.limit == pytest.approx(limit)
        assert curvatures(run, step)[1] == pytest.approx(part, rel=1e-6)


def test_a_step_of_adam_without_momentum_is_the_gradient_over_the_root_of_its_squares():
    run = recorded((5.0, 3.0), optimizer="adam", learning_rate=0.1, steps=8)
    step = retake(run, 5)
    path = run.run.path[:, 0]
    slopes = -path @ LAMBDA
    squares = 0.0
    for slope in slopes[:6]:  # Kingma and Ba 2015, algorithm 1
        squares = 0.999 * squares + 0.001 * slope**2
    squares /= 1 - 0.999**6
    assert step.metric == pytest.approx(np.sqrt(squares) + 1e-8, rel=1e-12)
    assert step.plain == pytest.approx(0.1 * slopes[5] / step.metric, rel=1e-9)
    assert step.taken == pytest.approx(path[6] - path[5], rel=1e-12)
    assert step.lag == pytest.approx(slopes[5] @ slopes[5] / squares.sum(), rel=1e-9)
    assert along(run, step.z, step.taken) == pytest.approx(step.taken @ LAMBDA @ step.taken)
    assert retake(recorded(optimizer="adagrad", steps=5), 3).plain is None


def test_of_several_starts_it_is_the_best_whose_step_is_taken_again():
    fit = bb.fit_mle(Plane, DATA, optimizer="adam", learning_rate=0.1, steps=50, starts=3)
    run = Recorded(fit)
    step, path = retake(run, 7), fit.run.path[:, run.start]
    assert step.z == pytest.approx(path[7], rel=1e-12)
    assert step.taken == pytest.approx(path[8] - path[7], rel=1e-9)


def test_the_rows_that_lost_are_those_with_a_small_scale():
    data = {"u": np.ones(5), "v": np.zeros(5), "s": [1.0, 0.01, 1.0, 0.02, 1.0], "y": np.zeros(5)}
    run = recorded((0.0, 0.0), data | {"y": np.full(5, 0.01)}, optimizer="sgd", steps=1)
    step = retake(run, 0)
    found = losers(run, step)
    scale = np.array(data["s"])
    before, behind = (stats.norm(a, scale).logpdf(0.01) for a in (0.0, step.taken[0]))
    loss = before - behind
    assert found.rows.tolist() == [1, 3]
    assert found.losses == pytest.approx(loss[[1, 3]])
    assert found.share == pytest.approx(loss[[1, 3]].sum() / loss[loss > 0].sum())
    assert (found.scale, found.usual) == (pytest.approx(0.015), 1.0)


def test_a_floor_is_further_noise():
    fit = bb.fit_mle(Plane, DATA | {"y": [0.3, -2.0]}, optimizer="sgd", steps=1)
    floored = with_floor(fit.bound, 0.75)
    found = rows_at(floored, {"a": np.array(0.5), "b": np.array(1.0)})
    truth = stats.norm([1.0, 1.0], np.hypot(1.0, 0.75)).logpdf([0.3, -2.0])
    assert found == pytest.approx(truth, rel=1e-12)
    assert np.isfinite(log_likelihood(floored).gradient(np.zeros(2), Pins.none(2))).all()


def test_no_dips_are_said_to_be_none():
    (seen,) = dips.look(recorded(optimizer="sgd", learning_rate=0.1, steps=20))
    assert (seen.severity, seen.evidence["drops"]) == ("ok", 0)
    assert "never falls by more than 1" in seen.text


def test_noise_that_is_small_in_a_region_does_not_run_to_zero_on_rows():
    x = np.linspace(0, 1, 40)
    bound = bb.fit_mle(
        Plane, {"u": x, "v": x, "s": x + 1, "y": np.zeros(40)}, optimizer="sgd", steps=1
    ).bound
    loc = np.zeros(40)
    region = np.where(x < 0.5, 1e-3, 1.0)
    assert len(unbounded.closed_rows(bound, loc, region)) == 0
    one = np.where(np.arange(40) == 7, 1e-3, 1.0)
    assert unbounded.closed_rows(bound, loc, one).tolist() == [7]
    assert len(unbounded.closed_rows(bound, loc + 0.1, one)) == 0  # μ does not run through it


def network(variant, data=None, **recipe):
    model = bb.load("mean_sigma_mlp", variant=variant)
    data = model.example() if data is None else data
    return Recorded(bb.fit_mle(model, data, optimizer="adam", starts=1, **recipe))


def total(run):
    return run.trace["log_likelihood"] * run.per


def test_the_network_dips_where_the_noise_vanishes():
    run = network("vanishing_noise", steps=400)
    drops = notable_drops(total(run))
    assert len(drops) > 15
    assert max(drop.depth for drop in drops) > 100
    for variant in (None, "constant_sigma"):
        calm = notable_drops(total(network(variant, steps=400)))
        assert len(calm) <= 1
        assert all(drop.depth < 2 for drop in calm)
    seen, rows, curved = dips.look(run)
    assert seen.evidence["causes"]["too long"] >= 8
    for drop in seen.evidence["looked_at"][:3]:
        assert drop["cause"] == "too long"
        assert 0.3 < drop["safe"] < 1 < drop["lag"]
    _, smaller, _, floored = seen.evidence["remedies"]
    assert smaller["drops"] == 0
    assert floored["deepest"] < max(drop.depth for drop in drops) / 10
    assert (run.fit.bound.inputs["x"][rows.evidence["rows"]] < -1).all()
    assert max(rows.evidence["scale_ratios"]) < 0.1
    assert "They lie where σ is small" in rows.text
    own, others = (np.array(curved.evidence[which])[:, 1] for which in ("dips", "others"))
    assert np.median(own) > 10 * np.median(others)
    assert np.mean(others > 1) < 0.2


def test_on_the_reconstructed_table_sigma_runs_to_zero_on_one_row():
    if not XKCD.is_file():
        pytest.skip("the reconstructed table is not beside the project")
    run = network(None, bb.read_data(XKCD), steps=2600)
    seen, rows, curved = dips.look(run)
    assert seen.evidence["drops"] >= 3
    assert seen.evidence["deepest"] > 50
    assert set(seen.evidence["causes"]) == {"too long"}
    assert rows.evidence["rows"] == [0]
    assert rows.evidence["share"] > 0.99
    # How many dips come near to a σ of zero changes with the last bit of the first step.
    assert min(rows.evidence["scale_ratios"]) < 0.01
    assert np.median(rows.evidence["scale_ratios"]) < 0.1
    assert (np.median(curved.evidence["dips"], axis=0) > 1).all()
    assert (np.median(curved.evidence["others"], axis=0) < 0.1).all()
    (closing,) = unbounded.look(run)
    assert closing.evidence["rows"] == [0]
    assert closing.evidence["scale"][0] < 0.05
    brought = closing.evidence["log_likelihood_of_rows"]
    assert brought[0] < 0 < brought[-1]
    assert brought[-1] == pytest.approx(
        stats.norm(0, closing.evidence["scale"][0]).logpdf(0), abs=1
    )
    model = bb.load("mean_sigma_mlp", variant="constant_sigma")
    calm = Recorded(bb.fit_mle(model, bb.read_data(XKCD), optimizer="adam", steps=2600, starts=1))
    assert notable_drops(total(calm)) == ()
    assert unbounded.look(calm) == []


def test_without_momentum_the_run_does_not_go_over_the_top():
    run = recorded(optimizer="nesterov", learning_rate=0.1 / 4, steps=12)
    (seen, *_) = dips.look(run)
    none = seen.evidence["remedies"][-1]
    assert (none["words"], none["drops"]) == ("no momentum", 0)
    # Each step shrinks a by 1 - 0.1.
    assert none["ended"] == pytest.approx(-np.log(2 * np.pi) - 2 * (5 * 0.9**12) ** 2)


def test_rows_that_gained_are_not_among_those_that_lost():
    """Of three rows two gain by the step, more together than the third loses."""
    data = {"u": [1.0] * 3, "v": [0.0] * 3, "s": [1.0] * 3, "y": [-3.0, 3.0, 3.0]}
    run = recorded((0.0, 0.0), data, optimizer="sgd", learning_rate=0.1, steps=1)
    lost = losers(run, retake(run, 0))
    assert lost.rows.tolist() == [0]
    assert lost.losses == pytest.approx([(3.3**2 - 3**2) / 2])
    assert lost.share == 1


def test_a_first_step_has_no_momentum_to_speak_of():
    (seen, *_) = dips.look(recorded(optimizer="adam", learning_rate=20.0, steps=1))
    assert seen.evidence["causes"] == {"too long": 1}
    assert seen.evidence["looked_at"][0]["plain_gain"] == pytest.approx(
        seen.evidence["looked_at"][0]["gain"]
    )
    assert "momentum" not in seen.message
    assert "lags" not in seen.message  # what Adam remembers is this very gradient


def test_a_batch_that_gained_by_rounding_has_not_gained():
    """A step of 2/λ of one row's parabola goes to where it is as high as before."""
    data = {"u": [1.0, 1.0], "v": [0.0, 0.0], "s": [1.0, 1.0], "y": [-9.1, 9.1]}
    run = recorded((0.3, 0.0), data, optimizer="sgd", learning_rate=1.0, steps=6, batch_size=1)
    for number in range(6):
        line = step_line(run, number)
        assert line.step.batch_gain == pytest.approx(0, abs=1e-9)
        assert line.gain >= 0 or line.cause != "batch"


def test_a_floor_that_is_wider_than_the_data_is_no_remedy():
    model = bb.load("engel")
    run = bb.fit_mle(model, model.example(), optimizer="sgd", learning_rate=0.1, steps=30)
    at = Recorded(run)
    assert np.ptp(predicted(at, at.end)["scale"]) > 0
    assert floor_of(at) is None
    (seen, *_) = dips.look(at)
    assert "σ" not in seen.remedy


def test_a_remedy_that_leaves_dips_does_not_take_them_away():
    as_it_was = Outcome("as it was", 10, 100.0, 20, -9.0)
    none = Outcome("a smaller step", 0, 0.0, 0, -5.0)
    fewer = Outcome("a falling rate", 5, 9.0, 5, -4.0)
    text = remedy_in_words(as_it_was, [none, fewer])
    assert text.endswith("Take a smaller step: it takes the dips away.")
    assert remedy_in_words(as_it_was, [fewer]).endswith("it takes nine tenths of the depth away.")


def test_one_scale_for_all_rows_runs_to_zero_where_every_outcome_is_predicted():
    fit = bb.fit_mle(
        bb.load("gaussian"), {"y": [1.0] * 10}, optimizer="adam", learning_rate=0.1, steps=300
    )
    assert fit.status.name == "unbounded"
    (seen,) = unbounded.look(Recorded(fit))
    begun, ended = seen.evidence["scale"]
    assert ended < 0.01 < begun
    assert seen.evidence["residual"][1] < 0.1
    assert "a maximum" not in seen.remedy


def test_a_scale_that_grew_does_not_run_to_zero(monkeypatch):
    """The scale of one row is tiny beside that of the others, and larger than at the start."""
    run = recorded(optimizer="sgd", learning_rate=1e-3, steps=1)
    monkeypatch.setattr(unbounded, "closed_rows", lambda *_: np.array([0]))
    assert unbounded.look(run) == []  # s is data, and stays as it is
