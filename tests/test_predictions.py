"""Predictions by several fits side by side: in Python, on the page and in the shell."""

import json

import numpy as np
import pytest
from scipy import stats
from test_predictive import made

import bayesbench as bb
from bayesbench.page_predictions import page_predictions
from bayesbench.predict.side_by_side import NUMBERS
from bayesbench.predict.usual_rows import rows_of_figure, usual_rows
from small_models import Counts, Gaussian, Linear

TABLE = {"age": [0.0, 1.0, 5.0], "height": [2.0, 1.0, 0.0], "y": [1.0, 2.0, 2.5]}


@pytest.fixture
def line():
    noise = np.full((1, 50), 0.5)
    slopes = np.random.default_rng(0).normal([0.5, 0.1], 0.2, (1, 50, 2))
    fits = {
        "mle": made(Linear, TABLE, estimate={"slopes": [0.5, 0.1], "noise": 0.3}),
        "map": made(Linear, TABLE, "unbounded", last={"slopes": [0.0, 0.0], "noise": 1e-9}),
        "posterior": made(Linear, TABLE, draws={"slopes": slopes, "noise": noise}),
    }
    return bb.Contrast(bb.bind(Linear, TABLE), 0, fits)


def test_side_by_side(line):
    new = {"age": [1.0, 2.0], "height": [0.0, 0.0]}
    found = line.predict(new, prob=0.8)
    assert found.why_not == {"map": "unbounded"}
    table = found.table()
    assert table.index.tolist() == [(1, "mle"), (1, "posterior"), (2, "mle"), (2, "posterior")]
    assert table.loc[(2, "mle"), "mean"] == pytest.approx(1.0, abs=1e-12)
    assert table.loc[(2, "mle"), "high"] == pytest.approx(stats.norm(1, 0.3).ppf(0.9), abs=1e-9)
    assert table.loc[(2, "posterior"), "noise_sd"] == pytest.approx(0.5, abs=1e-12)
    told = found.results()
    assert told["prob"] == 0.8
    assert [row["inputs"]["age"] for row in told["rows"]] == [1, 2]
    assert [*told["rows"][0]["fits"]["posterior"]] == [*NUMBERS]
    assert found["posterior"].mean[1] == told["rows"][1]["fits"]["posterior"]["mean"]
    assert "map: no prediction (unbounded)" in repr(found)
    assert len(found.plot().lines) == 6  # a mean and two ends for each of two fits


def test_a_vector_outcome_has_a_record_for_each_component():
    plane = bb.load("gaussian_mean")
    table = {"x1": [0.0, 1.0], "x2": [1.0, 2.0]}
    fit = made(plane, table, estimate={"mu": [1.0, -1.0]})
    rows = bb.Contrast(bb.bind(plane, table), 0, {"mle": fit}).predict().results()["rows"]
    assert [(row["outcome"], row["fits"]["mle"]["mean"]) for row in rows] == [("x1", 1), ("x2", -1)]


def test_the_usual_rows():
    bound = bb.bind(Linear, TABLE)
    rows = usual_rows(bound)
    assert rows["age"].tolist() == [0, 2, 5]
    assert rows["height"].tolist() == [1, 1, 1]
    assert len(rows_of_figure(bound)["age"]) == 61
    assert usual_rows(bb.bind(Gaussian, {"y": [1.0]})) == {}
    schools = bb.load("eight_schools")
    assert usual_rows(bb.bind(schools, schools.example()))["school"].tolist() == [*"ABC"]


def test_what_a_page_tells(line):
    told = page_predictions(line)
    assert len(told.results["rows"]) == 3
    assert told.shown is None  # the page has the curve along the first input
    along = line.predict({"age": [0.0, 1.0, 2.0], "height": [1.0, 1.0, 1.0]}).shown
    assert along.attrs["kind"] == "bands"
    assert along["fit"].to_numpy().tolist() == ["mle", "posterior"]
    counts = made(Counts, {"y": [2, 3]}, estimate={"rate": 2.5})
    whole = page_predictions(bb.Contrast(counts.bound, 0, {"mle": counts})).shown
    assert whole["density"].to_numpy()[0] == pytest.approx(stats.poisson(2.5).pmf(whole["x"]))
    gaussian = bb.load("gaussian")  # which has a view of its own
    fit = made(gaussian, gaussian.example(), estimate={"mean": 0.0, "variance": 1.0})
    assert page_predictions(bb.Contrast(fit.bound, 0, {"mle": fit})).shown is None


def test_predict_in_the_shell(run):
    done = run("predict", "linear_gaussian", "--method", "mle", "--at", "x=[0, 1]", "--json", "-")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    model = bb.load("linear_gaussian")
    exact = model.exact(bb.bind(model, model.example()).columns)["estimates"]
    slope, intercept = (
        np.ravel(exact[name]["mle"]["value"])[0] for name in ("slopes", "intercept")
    )
    for row, x in zip(rows, (0, 1), strict=True):
        values = row["fits"]["mle"]
        sd = np.sqrt(exact["variance"]["mle"]["value"])
        assert values["mean"] == pytest.approx(intercept + slope * x, abs=1e-6)
        assert (values["sd"], values["parameter_sd"]) == (pytest.approx(sd, abs=1e-6), 0)
        assert values["low"] == pytest.approx(values["mean"] - 1.959964 * sd, abs=1e-5)
    assert "new row: x = 1" in done.stderr


def test_new_rows_in_the_shell(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from bayesbench.cli import app

    def call(*words):
        return CliRunner().invoke(app, ["predict", *words])

    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.csv").write_text("school,se\nC,3\nA,4\n")
    done = call("eight_schools", "--method", "mle", "--new", "new.csv", "--plot", "p.png")
    assert done.exit_code == 0, done.output
    assert "se = 3, school = C" in done.output
    assert (tmp_path / "p.png").stat().st_size > 5000
    both = call("coin", "--new", "new.csv", "--at", "x=1")
    assert "both --new and --at" in str(both.exception)
    unseen = call("eight_schools", "--at", "school=J, se=3")
    assert "the level 'J'" in str(unseen.exception)
    (tmp_path / "one.csv").write_text("y\n1.5\n")
    none = call("gaussian", "--method", "mle", "--data", "one.csv")
    assert none.exit_code == 3
    assert "MLE predicts nothing: unbounded" in none.output


def test_the_density_over_the_plane():
    """Of a Normal in the plane, plugged in and averaged: the sums of variances are known."""
    plane = bb.load("gaussian_mean")
    table = {"x1": [0.0, 1.0], "x2": [1.0, 2.0]}
    drawn = np.random.default_rng(0).normal([1.0, -1.0], 0.5, (1, 400, 2))
    fits = {
        "mle": made(plane, table, estimate={"mu": [1.0, -1.0]}),
        "posterior": made(plane, table, draws={"mu": drawn}),
    }
    found = bb.Contrast(bb.bind(plane, table), 0, fits).predict()
    shown = found.shown
    assert (shown.attrs["kind"], shown.attrs["xlabel"]) == ("plane", "x1")
    at = np.stack(np.meshgrid(shown["across"], shown["up"]), axis=-1)
    known = stats.multivariate_normal([1, -1], 5 * np.eye(2)).logpdf(at)
    assert shown["log_density"].to_numpy()[0] == pytest.approx(known, abs=1e-9)
    each = [stats.multivariate_normal(mu, 5 * np.eye(2)).pdf(at) for mu in drawn[0]]
    averaged = np.exp(shown["log_density"].to_numpy()[1])
    assert averaged == pytest.approx(np.mean(each, axis=0), rel=1e-9)
    ax = found.plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["MLE", "Posterior"]
    assert len(ax.collections) == 2


def test_an_energy_in_the_plane_is_on_the_page():
    """On its box: each component lies evenly around the middle, as the ring does."""
    ring = bb.load("energy", variant="ring")
    generator = np.random.default_rng(0)
    radius, width = (generator.normal(centre, 0.02, (1, 60)) for centre in (1, 0.5))
    fits = {
        "mle": made(ring, ring.example(), estimate={"radius": 1.0, "width": 0.5}),
        "posterior": made(ring, ring.example(), draws={"radius": radius, "width": width}),
    }
    told = page_predictions(bb.Contrast(bb.bind(ring, ring.example()), 0, fits))
    assert told.results["draws"] == 1000
    first = told.results["rows"][0]["fits"]["mle"]
    r = np.linspace(0, 2 * np.sqrt(2), 20_001)
    assert told.shown.attrs["kind"] == "plane"
    assert first["mean"] == pytest.approx(0, abs=1e-9)
    # On the box hardly anything of the ring is missing: E x² is half of E r², r with weight r.
    weights = r * np.exp(-(((r**2 - 1) / 0.5) ** 2))
    assert first["sd"] == pytest.approx(np.sqrt(weights @ r**2 / weights.sum() / 2), abs=1e-4)
    heights = np.exp(told.shown["log_density"].to_numpy())
    cell = np.diff(told.shown["across"])[0] * np.diff(told.shown["up"])[0]
    assert heights.sum(axis=(1, 2)) * cell == pytest.approx(
        [1, 1], abs=0.02
    )  # what is in the figure
