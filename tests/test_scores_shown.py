"""Scores on the page, in results.json, in the terminal and as figures."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import bayesbench as bb
from bayesbench.cli import app
from bayesbench.contrasting import Contrast
from bayesbench.figures.pit import band
from bayesbench.figures.reliability import frequencies
from bayesbench.fit.record import Fit, Status
from bayesbench.report import rebuild
from bayesbench.results import results
from small_models import Counts

SCHEMA = json.loads(files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def coin(contrasts):
    """The tosses in seven folds: of each fit to six of them the seventh."""
    made = contrasts["normal"]
    return made, made.scores(folds=7)


def test_results_hold_the_scores(coin):
    made, scores = coin
    found = json.loads(json.dumps(results(made, scores=scores), allow_nan=False))
    jsonschema.validate(found, SCHEMA)
    kept = found["scores"]
    assert kept["by_fit"].keys() == made.points.keys()
    assert (kept["rows"], kept["folds"], kept["kind"]) == (7, 7, "binary")
    assert kept["by_fit"]["mle"]["elpd"] == pytest.approx(3 * np.log(2 / 6) + 4 * np.log(3 / 6))
    assert [each["message"] for each in kept["findings"]] == [f.message for f in scores.findings]
    assert results(made)["scores"] is None  # none were asked for, and the coin holds none out


def test_the_page_tells_them(coin, tmp_path):
    made, scores = coin
    page = made.report(tmp_path / "coin", scores).read_text("utf-8")
    for said in (
        "How well does each predict?",
        "7 rows in\n7 folds",
        f"{scores.table()['log_score']['mle']:.4f}",
        "Posterior, PSIS-LOO",
        "How often the outcome was 1 against the probability that it was given",
        "bayesbench report coin --variant normal --seed 0 --folds 7",
    ):
        assert said in page
    assert rebuild(tmp_path / "coin" / "fits.nc", tmp_path / "again").read_text("utf-8") == page


def called(*words):
    """A command in this process, whose programs are compiled: what it printed on each stream."""
    done = CliRunner().invoke(app, words, env={"COLUMNS": "100", "NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_the_command_score(coin, tmp_path):
    _, scores = coin
    figure = str(tmp_path / "coin.svg")
    out, said = called("score", "coin", "--folds", "7", "--json", "-", "--plot", figure)
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA["$defs"]["scores"] | {"$defs": SCHEMA["$defs"]})
    assert found["by_fit"] == scores.results()["by_fit"]
    for words in ("7 rows in 7 folds", "log score", "-0.8669 ±0.0819", "Posterior, PSIS-LOO"):
        assert words in said
    flat = " ".join(said.split())
    assert "Which one should I use? - Use Laplace" in flat
    assert "On 7 rows that the fits had not seen there is no difference to speak of" in flat
    assert (tmp_path / "coin.svg").is_file()


def test_the_terminal_has_the_verdict_of_the_page(tmp_path):
    options = ("--folds", "7", "--draws", "500", "--out", str(tmp_path))
    out, _ = called("report", "coin", *options)
    flat = " ".join(out.split())
    told = json.loads((tmp_path / "results.json").read_text("utf-8"))["verdict"]["sentences"]
    first, (scored,) = told[0], [each for each in told if each["rule"] == "scored"]
    assert "On 7 rows that the fits had not seen" in scored["message"]
    for each in (first, scored):
        assert each["message"] in flat
    assert flat.index("7 rows in 7 folds") < flat.index("Which one should I use?")


def test_the_command_compare(contrasts, tmp_path):
    figure = str(tmp_path / "coins.png")
    words = ("compare", "coin", "coin@uniform", "--folds", "7", "--json", "-", "--plot", figure)
    out, said = called(*words)
    found = json.loads(out)
    assert found["models"].keys() == {"coin", "coin@uniform"}
    known = contrasts["normal"].scores(folds=7).table()["log_score"]
    assert found["models"]["coin"]["by_fit"]["map"]["log_score"] == pytest.approx(known["map"])
    assert "stacking weight" in said
    assert (tmp_path / "coins.png").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--folds", "8"), "8 folds of 7 rows"),
        (("--folds", "1"), "found 1, expected a whole number of at least 2"),
        (("--held-out", "none.csv"), "no such file"),
        (("--held-out", "wrong.csv"), "no column 'toss'"),
        (("--folds", "2", "--held-out", "wrong.csv"), "folds and held-out rows"),
    ],
)
def test_what_is_refused_before_any_fit(run, tmp_path, options, said):
    (tmp_path / "wrong.csv").write_text("tosses\n1\n0\n", "utf-8")
    done = run("score", "coin", *options)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


def _scores(model, table, held_out, **estimates):
    fits = {
        name: Fit(
            "mle",
            bb.bind(model, table),
            "",
            "own",
            {},
            Status("converged", ""),
            estimate=model(**values),
        )
        for name, values in estimates.items()
    }
    return Contrast(next(iter(fits.values())).bound, 0, fits).scores(held_out=held_out)


def test_the_pit_of_counts_is_drawn():
    outcome = stats.poisson(3).rvs(300, random_state=np.random.default_rng(0)).astype(float)
    scores = _scores(Counts, {"y": [3]}, {"y": outcome}, mle={"rate": 3.0}, map={"rate": 2.0})
    ax = scores.plot_calibration()
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    _, low, high = band(300)
    assert np.abs(lines["MLE"]).max() < (high - low).max() / 2
    assert np.abs(lines["MAP"]).max() > (high - low).max() / 2  # the rate is too low
    assert lines["MAP"].min() < -0.1


def test_the_band_shrinks_with_the_rows():
    widths = [np.max(np.subtract(*band(n)[:0:-1])) for n in (250, 1000, 4000)]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.15)
    assert widths[1] / widths[2] == pytest.approx(2, rel=1e-9)


def test_frequencies_never_fall():
    which = np.array([0, 0, 1, 1, 2, 2])
    # Pool adjacent violators: 1/2 and 0 become 1/4.
    assert frequencies(which, np.array([0, 1, 0, 0, 1, 1])).tolist() == [0.25, 0.25, 1]


def test_differences_are_drawn(coin):
    _, scores = coin
    ax = scores.plot_differences("mle")
    panels = ax.figure.axes
    assert len(panels) == len(scores.judged) - 1
    apart = scores.judged["map"].log_score - scores.judged["mle"].log_score
    assert panels[0].lines[1].get_ydata() == pytest.approx(apart)


def test_one_model_is_no_comparison(run):
    done = run("compare", "coin")
    assert done.returncode == 2
    assert "found 1 model, expected two models at least" in done.stderr
