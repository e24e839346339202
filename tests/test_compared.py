"""Models side by side: the same rows, paired differences, and ArviZ's comparison of PSIS-LOO."""

import json
from dataclasses import replace

import arviz_stats
import numpy as np
import pytest

import bayesbench as bb
from small_models import Gaussian, Linear

X = np.linspace(-1, 1, 30)
TABLE = {"x": X, "y": 1.5 * X + np.random.default_rng(0).normal(0, 0.5, 30)}
QUICK = {"methods": ("mle", "posterior"), "draws": 250, "warmup": 250}


@pytest.fixture(scope="module")
def compared():
    models = {"line": Linear, "level": Gaussian, "again": Linear}
    return bb.compare(models, TABLE, folds=5, **QUICK)


def test_all_models_and_fits_stand_in_one_table(compared):
    table = compared.table()
    assert [*table.index.names] == ["model", "fit"]
    assert len(table) == 6
    assert (table["rows"] == 30).all()
    folds = [scores.fold for scores in compared.models.values()]
    assert all(np.array_equal(fold, folds[0]) for fold in folds)


def test_the_better_model_is_told_better(compared):
    # The same seed gives the same draws: the line is as good as itself, and stands first.
    assert compared.best == ("line", "posterior")
    text = " ".join(compared.sentences)
    assert "line predicts better than level" in text
    assert "Between line and again there is no difference to speak of" in text
    assert text.count("share most of their data") == 1
    line, level = (
        compared.models[name].judged["posterior"].log_score for name in ("line", "level")
    )
    row = compared.differences().loc["level", "posterior"]
    assert row["log_score"] == pytest.approx((level - line).mean())
    assert row["log_score_se"] == pytest.approx((level - line).std(ddof=1) / np.sqrt(30))
    assert row["speaks"]


@pytest.mark.parametrize(
    ("of_line", "of_level", "best"),
    # The level lacks the hard rows, and loses each that both have; or they have none in common.
    [((0, 30), (15, 30), "line"), ((0, 10), (10, 30), "level"), ((0, 20), (20, 30), "line")],
)
def test_the_best_is_chosen_by_rows_that_all_predict(compared, of_line, of_level, best):
    def only(name, scores, rows):
        kept = np.full(30, np.nan)
        kept[slice(*rows)] = scores[slice(*rows)]
        model = compared.models[name]
        judged = replace(model.judged["posterior"], log_score=kept)
        return replace(model, judged={"posterior": judged})

    scores = np.linspace(-3, 0, 30)
    line, level = only("line", scores, of_line), only("level", scores - 0.1, of_level)
    both = replace(compared, models={"line": line, "level": level})
    assert both.best == (best, "posterior")
    (first, *_) = both.sentences
    if of_line[1] <= of_level[0]:
        other = {"line": "level", "level": "line"}[best]
        assert first.startswith(f"{best} and {other} are not compared: they predict no row")
    assert "nan" not in first


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, within ArviZ
def test_loo_is_compared_by_arviz(compared):
    known = arviz_stats.compare({name: each.loo.by_arviz for name, each in compared.models.items()})
    found = compared.loo()
    assert list(found.index) == list(known.index)
    assert found["elpd_diff"].to_numpy() == pytest.approx(known["elpd_diff"].to_numpy())
    line, level = (compared.models[name].loo.log_score for name in ("line", "level"))
    assert abs(found["elpd_diff"]["level"]) == pytest.approx((line - level).sum(), abs=1e-6)
    assert found["weight"].sum() == pytest.approx(1)
    assert found["weight"]["level"] < 0.1


def test_results_are_plain_data(compared):
    found = json.loads(json.dumps(compared.results(), allow_nan=False))
    assert found["models"].keys() == {"line", "level", "again"}
    assert len(found["differences"]) == 5
    assert found["against"] == list(compared.best)
    assert len(compared.plot_differences().figure.axes) == 2
    assert repr(compared).startswith("Scores of line, level, again: 30 rows in 5 folds")


def test_contrasts_on_rows_held_out():
    made = [bb.contrast(model, TABLE, methods=("mle",)) for model in (Linear, Linear)]
    both = bb.compare(made, held_out={"x": [0.0, 1.0], "y": [0.1, 1.4]})
    assert list(both.models) == ["Linear", "Linear 2"]
    assert both.loo().empty
    assert "no difference to speak of" in both.sentences[0]


def test_what_can_not_be_compared():
    with pytest.raises(bb.BadInput, match="found 1 model, expected two models at least"):
        bb.compare([Linear], TABLE)
    with pytest.raises(bb.BadInput, match="found Linear without data"):
        bb.compare([Linear, Gaussian])
    with pytest.raises(bb.BadInput, match="no column 'toss'"):
        bb.compare([Linear, bb.load("coin")], TABLE)
    made = [
        bb.contrast(Gaussian, {"y": values}, methods=("mle",)) for values in ([0.0, 1], [0.0, 2])
    ]
    with pytest.raises(bb.BadInput, match="compare: found columns 'y' that differ"):
        bb.compare(made)
    with pytest.raises(bb.BadInput, match="31 folds of 30 rows"):
        bb.compare([Linear, Gaussian], TABLE, folds=31)
