"""Sweeps of learning rates and batch sizes, against closed forms and the theory near a maximum."""

import json

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.figures.views import is_wide, plot_view
from bayesbench.fit.torch_objective import row_scores
from bayesbench.views import sweep as sweep_view

N, SD = 60, 2.0
Y = np.random.default_rng(4).normal(1, SD, N)
CURVATURE = N / SD**2  # of the total log-likelihood, at every mean: it is a parabola
LIMIT = 2 / CURVATURE
START = {"mean": 20.0}
FIRST = 0.5 * CURVATURE * (Y.mean() - 20) ** 2  # the gap there


class Mean(bb.Model):
    """A mean, with a known standard deviation."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.Normal(self.mean, SD)


class Doubled(bb.Model):
    """Two means for one: not identified."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 10))
    b = bb.parameter(bb.Normal(0, 10))

    def likelihood(self):
        return bb.Normal(self.a + self.b, SD)


DATA = {"y": Y}


@pytest.fixture(scope="module")
def noisy():
    """Batches of 5, and of 7, whose last one has 4 rows, at two fifths of the limit."""
    asked = {"learning_rates": [0.4 * LIMIT], "batch_sizes": [5, 7, None], "steps": 1500}
    return bb.sweep(Mean, DATA, **asked, start=START, seed=3)


def test_all_rows_follow_the_closed_form():
    rates = [0.01 * LIMIT, 0.3 * LIMIT, LIMIT, 1.05 * LIMIT]
    swept = bb.sweep(Mean, DATA, learning_rates=rates, steps=60, start=START)
    assert swept.limit == pytest.approx(LIMIT, rel=1e-12)
    for cell, rate in zip(swept.cells, rates, strict=True):
        exact = FIRST * (1 - rate * CURVATURE) ** (2 * np.arange(len(cell.log_likelihood)))
        assert swept.gap(cell) == pytest.approx(exact, rel=1e-6, abs=1e-10)
    assert swept.outcomes == ("climbing", "converged", "at the limit", "diverged")
    table = swept.table().set_index("learning_rate")
    assert list(table["stable"]) == [True, True, False, False]
    steps = int(np.ceil(np.log(FIRST) / (-2 * np.log(0.4))))
    assert table["steps_to_reach"][rates[1]] == steps
    assert table["rows_to_reach"][rates[1]] == steps * N
    assert np.isnan(table["steps_to_reach"][rates[3]])
    (fastest,) = swept.fastest().to_dict("records")
    assert fastest["fastest_stable"] == fastest["first_to_reach"] == rates[1]
    said = " ".join(finding.text for finding in swept.findings)
    assert f"2/λ = {LIMIT:.4g}" in said
    assert f"{rates[1]:.4g} is the largest that was stable" in said
    assert "neither converges nor diverges" in said
    more = np.log(swept.gap(swept.cells[0])[-1]) / (-2 * np.log(0.98))
    assert f"to come within 1 takes about {more:.0f} more" in said


def test_the_mean_takes_rates_that_are_n_times_as_large():
    asked = {"batch_sizes": [7], "steps": 30, "start": START}
    total = bb.sweep(Mean, DATA, learning_rates=[0.3 * LIMIT], **asked)
    mean = bb.sweep(Mean, DATA, learning_rates=[0.3 * LIMIT * N], objective="mean", **asked)
    assert mean.limit == pytest.approx(N * LIMIT, rel=1e-12)
    for one, other in zip(total.cells, mean.cells, strict=True):
        assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-10)
        assert mean.theory(other) == pytest.approx(total.theory(one), rel=1e-9)


def test_measured_floors_are_those_of_the_theory(noisy):
    rows = noisy.table().query("batching != 'all rows'")
    assert len(rows) == 4
    apart = (rows["floor"] - rows["floor_theory"]) / rows["floor_error"]
    assert (apart.abs() < 5.5).all()  # Student's t from 17 blocks: once in 30,000
    assert (rows["floor_error"] < 0.15 * rows["floor_theory"]).all()
    # In one direction the floor of independent draws is closed: ηc²s/(2(2 - ηλ)).
    noise = N**2 * Y.var(ddof=1) / SD**4 * (1 / 7 - 1 / N)
    rate = noisy.cells[0].learning_rate
    expected = rate * noise / (2 * (2 - rate * CURVATURE))
    found = rows.query("batching == 'independent' and batch_size == 7")["floor_theory"]
    assert found.to_numpy() == pytest.approx([expected], rel=1e-10)
    floors = noisy.floors()
    assert set(floors["batch_size"]) == {5, 7}
    assert floors["scaling"].to_numpy() == pytest.approx(1 / floors["batch_size"] - 1 / N)


def test_rows_seen_count_the_smaller_last_batch(noisy):
    seen = {(cell.batching, cell.batch_size): noisy.seen(cell, 20) for cell in noisy.cells}
    assert seen == {
        ("reshuffled", 5): 100,
        ("independent", 5): 100,
        ("reshuffled", 7): 2 * N + 2 * 7,
        ("independent", 7): 140,
        ("all rows", N): 20 * N,
    }


def test_scores_of_the_rows():
    gaussian = bb.load("gaussian_mean")
    x = np.random.default_rng(5).normal(size=(8, 2))
    bound = bind(gaussian, {"x1": x[:, 0], "x2": x[:, 1]})
    assert row_scores(bound, np.array([0.5, -1.0])) == pytest.approx((x - [0.5, -1.0]) / 5)


def test_no_floor_before_the_start_is_forgotten():
    asked = {"batch_sizes": [5], "steps": 40, "start": START}
    swept = bb.sweep(Mean, DATA, learning_rates=[0.02 * LIMIT], **asked)
    assert set(swept.outcomes) == {"climbing"}
    assert swept.table()["floor"].isna().all()
    # A pass that is longer than the run has no mean yet, although the noise has its level.
    swept = bb.sweep(Mean, DATA, learning_rates=[0.4 * LIMIT], batch_sizes=[1], steps=59)
    reshuffled, independent = swept.cells
    assert swept.outcomes == ("noise floor", "noise floor")
    assert swept.floor(reshuffled) is None
    assert swept.floor(independent) is not None


def test_other_optimisers_have_no_theory():
    asked = {"learning_rates": [0.1, 1.0], "batch_sizes": [None], "steps": 60}
    for name in ("adam", "momentum"):
        swept = bb.sweep(Mean, DATA, optimizer=name, **asked)
        assert np.isnan(swept.limit)
        assert swept.table()["floor_theory"].isna().all()
        assert "theory for plain gradient ascent" in swept.findings[0].message
    newton = bb.sweep(Mean, DATA, optimizer="L-BFGS", **asked)  # one after the other
    assert newton.outcomes == ("converged", "converged")
    assert [cell.learning_rate for cell in newton.cells] == [0.1, 1.0]


def test_without_a_maximum_the_gap_is_that_to_the_highest_run():
    swept = bb.sweep(Doubled, DATA, learning_rates=[0.1 * LIMIT], batch_sizes=[None, 20], steps=50)
    assert swept.parabola is None
    assert swept.maximum == max(np.max(cell.log_likelihood) for cell in swept.cells)
    assert "No maximum with a curvature in all directions" in swept.findings[0].message


def test_a_rate_above_the_limit_may_bounce():
    coin = bb.load("coin")
    swept = bb.sweep(coin, coin.example(), learning_rates=[0.5, 2.0], steps=100)
    # λ = n θ(1 - θ) on the logit scale.
    assert swept.limit == pytest.approx(2 / (12 / 7), rel=1e-9)
    assert swept.outcomes == ("converged", "bouncing")


def test_a_local_optimum_is_where_a_run_is_stuck():
    model = bb.load("cosine_exponential")
    x = np.random.default_rng(6).uniform(0, 10, 200)
    data = {"x1": x, "x2": 0.1 * x, "y": np.cos(0.583 * x) + np.exp(0.0112 * x)}
    swept = bb.sweep(
        model, data, learning_rates=[0.02], objective="mean", steps=800, start={"a": 1.9, "b": 0.0}
    )
    assert swept.outcomes == ("stuck",)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"learning_rates": [0.1, -1.0]}, "learning_rate: found -1.0, expected a number above 0"),
        ({"learning_rates": 0.1}, "learning_rates: found 0.1, expected a list; write [0.1]"),
        ({"learning_rates": []}, "learning_rates: found none"),
        ({"batch_sizes": [10, 61]}, "batch_size: found 61, expected from 1 to 60"),
        ({"batch_sizes": [0]}, "batch_size: found 0"),
        ({"optimizer": "addam"}, "did you mean 'adam'"),
        ({"batching": ("reshuffled", "shuffled")}, "batching: found 'shuffled'"),
        ({"objective": "sum"}, "objective: found 'sum'"),
        ({"steps": 0}, "steps: found 0"),
        ({"steps": 10, "epochs": 1}, "epochs: found 1, beside steps=10"),
    ],
)
def test_bad_input(asked, words):
    with pytest.raises(bb.BadInput) as error:
        bb.sweep(Mean, DATA, **{"learning_rates": [0.1]} | asked)
    assert words in str(error.value)


def test_latents_have_no_batches():
    schools = bb.load("eight_schools")
    with pytest.raises(bb.BadInput, match="the latents tie rows together"):
        bb.sweep(schools, schools.example(), learning_rates=[0.1], batch_sizes=[4])


def test_epochs_give_every_batch_size_the_same_rows():
    swept = bb.sweep(Mean, DATA, learning_rates=[0.01], batch_sizes=[7, None], epochs=3)
    seen = {c.batching: swept.seen(c, len(c.log_likelihood) - 1) for c in swept.cells}
    assert seen["reshuffled"] == seen["all rows"] == 3 * N


def test_ctrl_c_keeps_what_was_reached():
    class Stopped(Mean):
        calls = 0

        def likelihood(self):
            type(self).calls += 1
            if Stopped.calls == 100:
                raise KeyboardInterrupt
            return super().likelihood()

    swept = bb.sweep(Stopped, DATA, learning_rates=[0.01], batch_sizes=[7, 20, None], steps=100)
    assert swept.interrupted
    assert swept.outcomes[-1] == "interrupted"
    assert 1 < len(swept.cells[-1].log_likelihood) < 101
    assert swept.parabola is not None
    assert len(swept.table()) == len(swept.cells) < 5


def test_ctrl_c_in_runs_one_after_another_keeps_the_first():
    class Stopped(Mean):
        calls = 0

        def likelihood(self):
            type(self).calls += 1
            if Stopped.calls == 15:
                raise KeyboardInterrupt
            return super().likelihood()

    asked = {"learning_rates": [0.01, 0.02, 0.03], "steps": 20, "start": START}
    swept = bb.sweep(Stopped, DATA, optimizer="lbfgs", **asked)
    assert [cell.stop for cell in swept.cells] == ["interrupted"]
    assert not swept.table()["stable"].any()  # it has not been seen to be


@pytest.mark.parametrize(
    ("start", "rate", "steps", "outcome"),
    [
        (20.0, LIMIT / 2, 30, "converged"),  # a step of 1/λ leads to the top, and the run ends
        (float(Y.mean()), LIMIT / 2, 30, "converged"),  # it begins there
        (20.0, LIMIT / 100, 1, "climbing"),
        (20.0, LIMIT / 100, 2, "climbing"),
        (20.0, LIMIT * 2, 2, "diverged"),
    ],
)
def test_runs_of_a_few_steps(start, rate, steps, outcome):
    swept = bb.sweep(Mean, DATA, learning_rates=[rate], steps=steps, start={"mean": start})
    assert swept.outcomes == (outcome,)


def test_noise_about_the_maximum_is_no_divergence():
    coin = bb.load("coin")
    data = coin.example()
    swept = bb.sweep(coin, data, learning_rates=[0.1], batch_sizes=[3], steps=3)
    assert max(swept.gap(cell).max() for cell in swept.cells) < 1
    assert swept.outcomes == ("converged", "converged")


def test_figures(noisy):
    axes = noisy.plot()
    gaps, rows, floors, outcomes = axes
    assert len(gaps.lines) == len(rows.lines) == 3 + 1  # a line a batch size, and the gap of 1
    assert (gaps.get_xlabel(), rows.get_xlabel()) == ("steps", "rows seen")
    line = gaps.lines[-2]  # of all rows, before the line at 1
    steps = np.asarray(line.get_xdata())
    assert steps[0] == 1
    exact = FIRST * 0.2**2
    assert line.get_ydata()[0] == pytest.approx(exact, rel=1e-9)
    assert [text.get_text() for text in outcomes.get_legend().get_texts()][-1] == "2/λ_max"
    assert len(floors.containers) == 2


def test_the_view(tmp_path):
    import xarray as xr

    class Shown(Mean):
        views = (sweep_view(learning_rates=(0.4 * LIMIT,), batch_sizes=(5, 1000), steps=100),)

    made = bb.contrast(Shown, DATA, methods=("mle",))
    view = Shown.views[0].compute(made)  # its batches of 1,000 are all of the 60 rows
    assert list(view["batch_size"].to_numpy()) == [5, N]
    view.to_netcdf(tmp_path / "view.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "view.nc", engine="h5netcdf") as opened:
        again = opened.load()
    assert plot_view(again).get_xlabel() == "steps"
    assert not is_wide(again)
    assert "2/λ" in view.attrs["caption"]


def test_the_command(run, tmp_path):
    (tmp_path / "y.csv").write_text("x1,x2\n" + "\n".join(f"{a},{-a}" for a in Y[:20]))
    options = ["--learning-rate", "0.05,0.5,0.6", "--batch-size", "3,all", "--data", "y.csv"]
    options += ["--steps", "80", "--start", "mu=[2, 2]", "--seed", "1"]
    done = run("sweep", "gaussian_mean", *options, "--json", "-", "--plot", "new/sweep.svg")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["limit"] == pytest.approx(2 * 5 / 20)
    outcomes = {cell["learning_rate"]: cell["outcome"] for cell in found["cells"]}
    assert outcomes == {0.05: "converged", 0.5: "at the limit", 0.6: "diverged"}
    assert {cell["batching"] for cell in found["cells"]} == {
        *("reshuffled", "independent", "all rows")
    }
    assert "at the limit" in done.stderr
    assert "2/λ = 0.5" in done.stderr
    assert (tmp_path / "new" / "sweep.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--learning-rate", "1e-3,fast"], "--learning-rate: found 'fast', expected numbers"),
        (["--learning-rate", ","], "--learning-rate: found nothing"),
        (["--learning-rate", "1", "--batch-size", "2.5"], "--batch-size: found '2.5'"),
        (
            ["--learning-rate", "1", "--plot", "x.doc"],
            "expected a file that ends with .png, .svg or .pdf",
        ),
        (["--learning-rate", "1", "--start", "mu"], "--start: found 'mu'"),
    ],
)
def test_bad_words_of_the_command(words, sentence, capsys, monkeypatch):
    from bayesbench import cli

    monkeypatch.setattr("sys.argv", ["bayesbench", "sweep", "gaussian_mean", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err
