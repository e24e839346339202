"""Parquet files that are summed up as they are read, against the same rows in memory."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.results import _reading
from bayesbench.tables import streamed
from small_models import Treated

pytest.importorskip("pyarrow")

N, BLOCK = 5000, 700  # the last block has 100 rows, too few to be reduced


class Curve(bb.Model):
    """No sums tell all of it."""

    outcome = "y"
    rate = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, a):
        return bb.Normal(bn.exp(self.rate * a), 1.0)


MODELS = {
    "line": lambda: bb.load("linear_gaussian"),
    "gaussian": lambda: bb.load("gaussian"),
    "groups": lambda: Treated,
}


def frame_of(name):
    g = np.random.default_rng(1)
    x = g.normal(size=(N, 2)) * [1, 1e-2] + [3, 50]
    late = np.where(np.arange(N) > 4200, "a late one", g.choice(["low", "high"], N))
    return {
        "line": pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x @ [2, 3] + g.normal(size=N)}),
        "gaussian": pd.DataFrame({"y": 1e4 + 3 * g.normal(size=N), "not read": ["?"] * N}),
        "groups": pd.DataFrame(
            {"treated": g.integers(0, 2, N), "group": late, "alive": g.integers(0, 2, N)}
        ),
    }[name]


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(streamed, "BLOCK", BLOCK)


def written(frame, folder, **how):
    path = folder / "table.parquet"
    frame.to_parquet(path, row_group_size=900)
    return bb.read_data(path, stream=True, **how)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_read_in_blocks_has_the_likelihood_of_what_is_read_at_once(name, tmp_path):
    model, frame = MODELS[name](), frame_of(name)
    table = written(frame, tmp_path)
    found, expected = bind(model, table), bind(model, frame)
    assert found.layout == expected.layout
    assert found.nobs == N
    assert found.few.n <= max(expected.few.n, 12)
    few, every = log_likelihood(found), log_likelihood(expected)
    size = found.layout.size
    for z in np.random.default_rng(0).normal(size=(3, size)):
        at = (z, Pins.none(size))
        assert few.value(*at) == pytest.approx(every.value(*at), rel=1e-10)
        slope = every.gradient(*at)
        np.testing.assert_allclose(
            few.gradient(*at), slope, rtol=1e-10, atol=1e-10 * np.abs(slope).max()
        )
    assert bind(model, table) is found  # no second pass


def test_categories_keep_their_own_order(tmp_path):
    frame = frame_of("groups")
    order = ["low", "high", "a late one"]
    frame["group"] = pd.Categorical(frame["group"], order)
    found = bind(Treated, written(frame, tmp_path))
    assert found.layout == bind(Treated, frame).layout
    assert dict(found.layout.labels)["group"] == tuple(order)


def test_rows_that_stay_are_evenly_spaced(tmp_path, monkeypatch):
    monkeypatch.setattr("bayesbench.summing.SAMPLE", 500)
    frame = frame_of("line")
    bound = bind(bb.load("linear_gaussian"), written(frame, tmp_path))
    np.testing.assert_array_equal(bound.outcome, frame["y"][::10])
    np.testing.assert_array_equal(bound.inputs["x"], frame[["a", "b"]][::10])
    assert bound.table.place(3, "y").endswith("row 31, column 'y'")
    assert not bound.table.left_out


def test_missing_values_of_all_blocks_are_counted_and_may_be_left_out(tmp_path):
    frame = frame_of("line")
    frame.loc[[10, 800, 4999], "a"] = np.nan
    frame.loc[2, "y"] = np.nan
    model = bb.load("linear_gaussian")
    with pytest.raises(BadInput) as refused:
        bind(model, written(frame, tmp_path))
    assert "1 in 'y'" in str(refused.value) or "row 3, column 'y'" in str(refused.value)
    assert "3 in 'a'" in str(refused.value)
    bound = bind(model, written(frame, tmp_path, drop_missing=True))
    assert (bound.nobs, bound.table.left_out) == (N - 4, 4)
    assert bound.table.missing == {"y": 1, "a": 3}
    expected = bind(model, frame.dropna())
    z, none = np.zeros(bound.layout.size), Pins.none(bound.layout.size)
    assert log_likelihood(bound).value(z, none) == pytest.approx(
        log_likelihood(expected).value(z, none), rel=1e-10
    )


def test_a_value_outside_the_support_is_named_by_its_row(tmp_path):
    frame = pd.DataFrame({"toss": np.zeros(N)})
    frame.loc[3210, "toss"] = 2.0
    with pytest.raises(BadInput, match=r"row 3211, column 'toss'"):
        bind(bb.load("coin"), written(frame, tmp_path))


def test_fits_and_predictions_of_what_was_summed(tmp_path):
    frame, line = frame_of("line"), bb.load("linear_gaussian")
    fit = bb.fit_mle(line, written(frame, tmp_path, columns={"c": "b"}))
    expected = bb.fit_mle(line, frame)
    assert fit.nobs == N
    np.testing.assert_allclose(fit.estimate.slopes, expected.estimate.slopes, rtol=1e-8)
    np.testing.assert_allclose(fit.bse, expected.bse, rtol=1e-6)
    assert fit.llf == pytest.approx(expected.llf, rel=1e-10)
    assert fit.predict({"a": [1.0], "c": [2.0]}).mean.shape == (1,)


def test_what_needs_all_rows_is_refused(tmp_path):
    frame = frame_of("line")
    table, line = written(frame, tmp_path), bb.load("linear_gaussian")
    with pytest.raises(BadInput, match="computed row by row"):
        bb.fit_map(Curve, table)
    with pytest.raises(BadInput, match="read in blocks"):
        bb.formula("y ~ a + b", table)
    with pytest.raises(BadInput, match="read in blocks"):
        bb.standardized(line, table)
    with pytest.raises(BadInput, match="read in blocks"):
        bb.growth(line, table)
    with pytest.raises(BadInput, match="read in blocks"):
        bb.fit_mle(line, frame).predict(table)
    with pytest.raises(BadInput, match="a Parquet file"):
        bb.read_data("table.csv", stream=True)


def test_a_file_is_read_in_blocks_where_memory_has_no_room(tmp_path, monkeypatch):
    frame_of("line").to_parquet(tmp_path / "t.parquet")
    assert bb.read_data(tmp_path / "t.parquet").stream is None
    monkeypatch.setattr(streamed, "_free_memory", lambda: 2 * N * 3 * 8 - 1)
    assert bb.read_data(tmp_path / "t.parquet").stream is not None


PEAK = """
import sys
import bayesbench as bb
from bayesbench.binding import bind

def most():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

line = bb.load("linear_gaussian")
bind(line, bb.read_data(sys.argv[1], stream=True))  # what is imported has its memory
before = most()
bound = bind(line, bb.read_data(sys.argv[2], stream=True))
print(bound.nobs, most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_does_not_grow_with_the_file(tmp_path):
    g = np.random.default_rng(0)
    rows = 2_000_000
    for name, n in {"few": 600_000, "many": rows}.items():
        columns = {f"x{k}": g.normal(size=n) for k in range(7)} | {"y": g.normal(size=n)}
        pd.DataFrame(columns).to_parquet(tmp_path / f"{name}.parquet", row_group_size=200_000)
    paths = [str(tmp_path / f"{name}.parquet") for name in ("few", "many")]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *paths], capture_output=True, text=True, check=True
    )
    nobs, more = map(int, done.stdout.split())
    assert nobs == rows
    assert more < 60_000  # kB, where the table has 128,000


def test_the_record_says_that_it_was_read_in_blocks(tmp_path):
    line, frame = bb.load("linear_gaussian"), frame_of("line")
    assert _reading(bind(line, written(frame, tmp_path)))["stream"] is True
    assert "stream" not in _reading(bind(line, frame))


def test_some_of_the_rows_have_no_closed_form_of_all(tmp_path):
    line, frame = bb.load("linear_gaussian"), frame_of("line")
    assert bind(line, written(frame, tmp_path)).exact == {}
    assert bind(line, frame).exact["estimates"]
