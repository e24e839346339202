"""Tables that can be used, and one sentence for each that can't."""

import numpy as np
import pandas as pd
import pytest

import bayesbench as bb
from bayesbench.tables.absent import check_columns
from small_models import Gaussian, Linear

COIN = bb.load("coin")
WHICH = "say which it is: "
TOSSES = [0, 0, 1, 1, 0, 0, 1]


@pytest.mark.parametrize(
    "table",
    [
        {"toss": TOSSES},
        {"toss": np.array(TOSSES, dtype=bool)},
        pd.DataFrame({"other": list("abcdefg"), "toss": TOSSES}),
        bb.Data({"toss": np.array(TOSSES)}),
    ],
    ids=["dict", "booleans", "DataFrame", "Data"],
)
def test_tables(table):
    bound = bb.bind(COIN, table)
    assert bound.n == 7
    assert bound.outcome.dtype == np.float64
    assert bound.sha256 == bb.bind(COIN, {"toss": TOSSES}).sha256


def test_read(tmp_path):
    path = tmp_path / "tosses.csv"
    path.write_text("toss,day\n" + "".join(f"{t},mon\n" for t in TOSSES) + "\n\n")
    data = bb.read_data(path, COIN)
    assert bb.bind(COIN, data).sha256 == bb.bind(COIN, {"toss": TOSSES}).sha256
    path.write_text("\ufefftoss\n1\n", encoding="utf-8")
    assert bb.read_data(path, COIN).n == 1


def test_a_block_of_columns_is_labelled():
    table = {"age": [1.0, 2.0], "y": [0.0, 1.0], "height": [3.0, 4.0]}
    layout = bb.bind(Linear, table).layout
    assert layout.labels == (("feature", ("age", "height")),)
    assert layout.entries == ("slopes[age]", "slopes[height]", "noise")
    assert layout.size == 3
    flat = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(layout.join(layout.split(flat)), flat)


FILES = {
    "two.csv": ("toss\n0\n1\n2\n", "row 3 (line 4), column 'toss': found 2, expected 0 or 1"),
    "half.csv": ("toss\n0.5\n", "row 1 (line 2), column 'toss': found 0.5, expected 0 or 1"),
    "blank.csv": ("toss\n0\n\n1\n", "row 2 (line 3), column 'toss': found a missing value"),
    "nan.csv": ("toss\n0\nnan\n1\nNA\n", "found 2 missing values, in rows 2 and 4 (lines 3 and 5)"),
    "word.csv": ("toss\n0\nyes\n1\n", "row 2 (line 3), column 'toss': found 'yes'"),
    "infinite.csv": ("toss\ninf\n", "row 1 (line 2), column 'toss': found 'inf'"),
    "empty.csv": ("", "found an empty file"),
    "spaces.csv": ("  \n\n", "found an empty file"),
    "no_rows.csv": ("toss\n", "found no rows, expected at least one row"),
    "case.csv": ("Toss,x\n1,2\n", "found no column 'toss', only 'Toss', 'x', expected the column"),
    "headless.csv": ("0\n1\n1\n", "the first line must name the columns"),
    "ragged.csv": ("toss\n1\n1,2,3\n", "found 3 values on line 3 for 1 column name,"),
    "twins.csv": ("toss,toss\n1,0\n", "line 1: found 2 columns called 'toss'"),
    "signs.csv": ("toss#x\n1#2\n", "no column 'toss', only 'toss#x'"),
    "index.csv": ("toss\n0,1\n1,1\n", "found 2 values on line 2 for 1 column name,"),
    "binary.csv": (b"toss\n\x00\x01", "byte 6: found the byte 0x00, so it is no text in UTF-8"),
    "utf16.csv": ("toss\n1\n".encode("utf-16"), "so it is no text in UTF-8"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_cannot_be_used(tmp_path, name):
    content, sentence = FILES[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(bb.BadInput) as caught:
        bb.read_data(path, COIN)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path):
    (tmp_path / "tosses.csv").write_text("toss\n1\n")
    with pytest.raises(bb.BadInput, match=r"no such file.*did you mean 'tosses.csv'\?$"):
        bb.read_data(tmp_path / "toses.csv", COIN)
    with pytest.raises(bb.BadInput, match="found a folder"):
        bb.read_data(tmp_path, COIN)


def _model(likelihood, **fields):
    body = {"outcome": "y", "m": bb.parameter(bb.Normal(0, 1)), "likelihood": likelihood}
    return type("Mine", (bb.Model,), body | fields)


LIKELIHOODS = {
    "wrong shape": (lambda self: bb.Normal(np.zeros(5), 1), r"a Normal of shape \(5,\).*\(3,\)"),
    "no distribution": (lambda self: self.m, "a value of type ndarray returned"),
    "absent input": (lambda self, age: bb.Normal(age, 1), "the column 'age' .an input of Mine"),
    "raises": (
        lambda self: bb.Normal(self.mm, 1),
        r"test_data.py, line \d+.: found no parameter 'mm', expected one of m",
    ),
    "no support": (lambda self: bb.Normal(0, self.m), "needs support=positive"),
    "wrong family": (lambda self: bb.Poisson(1.0), "row 1, column 'y': found -1, expected a whole"),
}


@pytest.mark.parametrize("case", LIKELIHOODS)
def test_likelihoods_that_cannot_be_used(case):
    likelihood, sentence = LIKELIHOODS[case]
    with pytest.raises(bb.BadInput, match=sentence):
        bb.bind(_model(likelihood), {"y": [-1.0, 2.0, 3.0]})


def test_models_that_declare_too_little():
    table = {"y": [1.0]}

    class NoOutcome(bb.Model):
        """Nothing to model."""

        m = bb.parameter(bb.Normal(0, 1))

        def likelihood(self):
            return bb.Normal(self.m, 1)

    class NoLikelihood(bb.Model):
        """Nothing to fit."""

        outcome = "y"
        m = bb.parameter(bb.Normal(0, 1))

    class NoParameter(bb.Model):
        """Nothing to estimate."""

        outcome = "y"

        def likelihood(self):
            return bb.Normal(0, 1)

    for model, missing in (
        (NoOutcome, "an outcome"),
        (NoLikelihood, "a likelihood"),
        (NoParameter, "a parameter"),
    ):
        with pytest.raises(bb.BadInput, match=f"found a class without {missing}"):
            bb.bind(model, table)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([1, 2, 3], "found a list, expected a DataFrame, a dict"),
        ({"y": [1.0, 2.0], "x": [1.0]}, r"columns of the shapes y \(2,\), x \(1,\)"),
        ({"y": [[1.0, 2.0]]}, r"columns of the shapes y \(1, 2\)"),
        ({"y": []}, "found no rows"),
        ({}, "found no column 'y', only none"),
    ],
)
def test_tables_that_are_none(table, sentence):
    with pytest.raises(bb.BadInput, match=sentence):
        bb.fit_mle(Gaussian, table)


def test_text_that_only_numpy_can_compute():
    def likelihood(self):
        return bb.Normal(np.exp(self.m), 1)

    found = r"Mine.likelihood .test_data.py, line \d+.: found TracerArrayConversionError"
    with pytest.raises(bb.BadInput, match=found):
        bb.fit_map(_model(likelihood), {"y": [1.0]})


def _with_event(event):
    return _model(lambda self: bb.Normal(self.m, 1), odds=bb.event("it")(event))


EVENTS = {
    "no probability": (lambda self: self.m + 3, "Mine.odds: found 3, expected a probability"),
    "several": (lambda self: np.array([0.1, 0.2]), r"an array of shape \(2,\)"),
    "raises": (lambda self: 1 / 0, "found ZeroDivisionError"),
}


@pytest.mark.parametrize("case", EVENTS)
def test_events_that_cannot_be_used(case):
    event, sentence = EVENTS[case]
    event.__name__ = "odds"
    with pytest.raises(bb.BadInput, match=sentence):
        bb.bind(_with_event(event), {"y": [1.0]})


def test_an_event_that_leaves_zero_to_one_is_caught_where_it_does():
    model = _with_event(lambda self: 0.5 + self.m)
    with pytest.raises(bb.BadInput, match=r"found 1.5, expected a probability"):
        bb.fit_mle(model, {"y": [1.0]}).events()


def test_an_event_that_jax_cannot_compute_is_refused_before_the_fits():
    model = _with_event(lambda self: 0.5 if self.m > 0 else 0.4)
    with pytest.raises(
        bb.BadInput, match=r"found a comparison that decides what is computed.*write bn.where"
    ):
        bb.contrast(model, {"y": [1.0]}, progress=False)


def test_event_without_words():
    with pytest.raises(TypeError, match="@event needs words"):
        bb.event(lambda self: 0.5)


@pytest.mark.parametrize(
    ("has", "remedy"),
    [
        (("y", "z"), WHICH + "--columns x=z"),  # never y, which the model reads for its outcome
        (("y", "a b"), WHICH + "--columns 'x=a b'"),
        (("y", "z", "w"), WHICH + "--columns x=COLUMN"),
        (("y", "X"), "did you mean 'X'? --columns x=X says so"),
        (("y",), "give that one as well"),
        (("x", "z"), WHICH + "--outcome z, or load(..., outcome='z')"),
        (("x", "z", "w"), WHICH + "--outcome COLUMN, or load(..., outcome='COLUMN')"),
        (("1", "2.5"), "the first line must name the columns"),
        ((), "there are none"),
    ],
)
def test_how_to_say_which_column_a_missing_one_is(has, remedy):
    table = bb.Data({name: np.arange(3.0) for name in has})
    with pytest.raises(bb.BadInput) as refused:
        check_columns(table, "Line", ["y"], ["x"])
    assert refused.value.remedy == remedy
