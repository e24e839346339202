"""Maximum likelihood by passes over a Parquet file, and by batches of it, against closed forms."""

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import optimize, special, stats

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit import over_passes
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.results import results
from bayesbench.tables import streamed
from bayesbench.terminal import print_contrast
from small_models import Gaussian

pytest.importorskip("pyarrow")

N, BLOCK, GROUP, PART = 5000, 700, 900, 256  # none divides the next


class Logit(bb.Model):
    """Logistic regression on columns of numbers."""

    outcome = "y"
    slopes = bb.parameter(bb.Normal(0, 1), dims="feature")
    intercept = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.Bernoulli(bn.expit(x @ self.slopes + self.intercept))


class Heavy(bb.Model):
    """A line with Student's t noise, and a level of its own for each group."""

    outcome = "y"
    level = bb.parameter(bb.Normal(0, 1), dims="group")
    slope = bb.parameter(bb.Normal(0, 1))
    scale = bb.parameter(bb.HalfNormal(1), support=bb.positive)

    def likelihood(self, a, group=bb.levels()):
        return bb.StudentT(4.0, self.level[group] + self.slope * a, self.scale)


class Waits(bb.Model):
    """Gamma regression with a logarithmic link."""

    outcome = "y"
    slope = bb.parameter(bb.Normal(0, 1))
    intercept = bb.parameter(bb.Normal(0, 1))
    shape = bb.parameter(bb.Exponential(1))

    def likelihood(self, a):
        return bb.Gamma(self.shape, self.shape * bn.exp(-self.intercept - self.slope * a))


class Centred(bb.Model):
    """What a row is given depends on all of them."""

    outcome = "y"
    slope = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, a):
        return bb.Normal(self.slope * (a - a.mean()) ** 3, 1.0)


class Net(bb.Model):
    """A network for the mean."""

    outcome = "y"
    mean = bb.mlp(1, 4, 1)

    def likelihood(self, a):
        return bb.Normal(self.mean(a), 1.0)


class Twice(Waits):
    """Only the sum of two intercepts is informed."""

    other = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, a):
        rate = self.shape * bn.exp(-self.intercept - self.other - self.slope * a)
        return bb.Gamma(self.shape, rate)


MODELS = {"logit": Logit, "heavy": Heavy, "waits": Waits}


def frame_of(name, n=N):
    g = np.random.default_rng(1)
    a, b = g.normal(size=(2, n))
    if name == "logit":
        y = (g.uniform(size=n) < special.expit(a - 0.5 * b + 0.3)).astype(int)
        return pd.DataFrame({"a": a, "b": b, "y": y})
    if name == "waits":
        return pd.DataFrame({"a": a, "y": g.gamma(3.0, np.exp(0.5 + 0.7 * a) / 3.0)})
    group = np.where(np.arange(n) > 0.9 * n, "late", g.choice(["low", "high"], n))
    return pd.DataFrame(
        {"a": a, "group": group, "y": 2 * a + (group == "low") + g.standard_t(4, n)}
    )


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(streamed, "BLOCK", BLOCK)
    monkeypatch.setattr(over_passes, "PART", PART)


def written(frame, folder, **how):
    path = folder / "table.parquet"
    frame.to_parquet(path, row_group_size=GROUP)
    return bb.read_data(path, stream=True, **how)


@pytest.mark.parametrize("name", MODELS)
def test_blocks_of_unequal_length_add_up_to_all_rows(name, tmp_path):
    frame = frame_of(name)
    found, every = (
        log_likelihood(bind(MODELS[name], t)) for t in (written(frame, tmp_path), frame)
    )
    size = every.layout.size
    assert found.layout == every.layout
    for z in np.random.default_rng(0).normal(size=(2, size)):
        for pins in (Pins.none(size), Pins.none(size).holding(0, 0.7)):
            for what in ("value", "gradient", "hessian"):
                expected = np.asarray(getattr(every, what)(z, pins))
                np.testing.assert_allclose(
                    getattr(found, what)(z, pins),
                    expected,
                    rtol=1e-10,
                    atol=1e-10 * np.abs(expected).max(),
                )


def test_logistic_regression_has_the_score_equation_and_fishers_information(tmp_path):
    frame = frame_of("logit")
    fit = bb.fit_mle(Logit, written(frame, tmp_path))
    x, y = np.column_stack([frame[["a", "b"]], np.ones(N)]), frame["y"].to_numpy()
    share = special.expit(x @ fit.params)
    information = x.T @ (x * (share * (1 - share))[:, None])
    # In standard errors: the score equation X'(y - p) = 0 holds to rounding.
    assert np.abs((y - share) @ x / np.sqrt(np.diag(information))).max() < 1e-8
    np.testing.assert_allclose(fit.bse, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-8)
    assert fit.status.name == "converged"
    assert (fit.nobs, fit.bound.n) == (N, N)
    heights = np.where(y == 1, np.log(share), np.log1p(-share))
    assert fit.llf == pytest.approx(heights.sum(), rel=1e-12)


def test_some_rows_only_begin_the_search(tmp_path, monkeypatch):
    monkeypatch.setattr("bayesbench.summing.SAMPLE", 200)
    frame = frame_of("waits")
    fit = bb.fit_mle(Waits, written(frame, tmp_path))
    a, y = frame["a"].to_numpy(), frame["y"].to_numpy()

    def loss(at):
        slope, intercept, shape = at[0], at[1], np.exp(at[2])
        return -stats.gamma.logpdf(y, shape, scale=np.exp(intercept + slope * a) / shape).mean()

    found = optimize.minimize(
        loss,
        np.zeros(3),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-14, "maxiter": 5000},
    ).x
    assert fit.bound.n == 200
    assert fit.settings["begun_by_rows"] == 200
    # A search without derivatives knows the place to the root of what its values resolve.
    np.testing.assert_allclose(fit.params, [found[0], found[1], np.exp(found[2])], rtol=1e-5)
    assert fit.status.name == "converged"


def test_levels_and_missing_values(tmp_path):
    frame = frame_of("heavy")
    frame.loc[[3, 800, 4998], "a"] = np.nan
    frame.loc[801, "group"] = None
    with pytest.raises(BadInput, match="3 missing values"):
        bind(Heavy, written(frame, tmp_path))
    table = written(frame, tmp_path, drop_missing=True)
    fit, expected = bb.fit_mle(Heavy, table), bb.fit_mle(Heavy, frame.dropna())
    np.testing.assert_allclose(fit.params, expected.params, rtol=1e-8)
    np.testing.assert_allclose(fit.bse, expected.bse, rtol=1e-8)
    assert fit.nobs == N - 4
    seen = bind(Heavy, table).passes.batches(64, seed=0, epoch=0)
    assert np.sort(np.concatenate([b.outcome for b in seen])).tolist() == sorted(
        frame.dropna()["y"]
    )


def test_a_likelihood_without_a_maximum_is_told(tmp_path):
    frame = frame_of("logit")
    frame["y"] = (frame["a"] > 0).astype(int)  # separated
    fit = bb.fit_mle(Logit, written(frame[["a", "y"]], tmp_path))
    assert fit.status.name == "unbounded"
    assert fit.estimate is None


def test_every_row_is_seen_once_an_epoch_in_an_order_of_its_own(tmp_path):
    frame = frame_of("waits")
    passes = bind(Waits, written(frame, tmp_path)).passes

    def order(seed, epoch, size=64):
        seen = list(passes.batches(size, seed, epoch))
        assert [b.n for b in seen] == [size] * (N // size) + [N % size] * (N % size > 0)
        where = pd.Series(np.arange(N), index=frame["y"])  # no two waits are equal
        rows = np.concatenate([b.outcome for b in seen])
        inputs = np.concatenate([b.inputs["a"] for b in seen])
        np.testing.assert_array_equal(inputs, frame["a"][where[rows]])
        return where[rows].to_numpy()

    first, other, seeded = order(0, 0), order(0, 1), order(1, 0)
    for each in (first, other, seeded, order(0, 0, 1000)):  # a batch is longer than a block
        np.testing.assert_array_equal(np.sort(each), np.arange(N))
    np.testing.assert_array_equal(order(0, 0), first)
    assert (first != other).mean() > 0.9
    assert (first != seeded).mean() > 0.9
    groups = [list(dict.fromkeys(each // GROUP)) for each in (first, other, seeded)]
    assert any(g != sorted(g) for g in groups)  # row groups are shuffled, too
    assert np.abs(np.diff(first)).mean() > 50  # rows are: in a block of 700 some 233 apart


def test_a_batch_depends_on_its_step_alone(tmp_path):
    target = log_likelihood(bind(Waits, written(frame_of("waits"), tmp_path)))
    size, many = 900, 6
    heights = target.drawn(size, 3)
    z = np.array([0.3, 0.1, -0.2])

    def at(step, drawn):
        batch = drawn(step)
        return float(batch.height(z_tensor(z))), batch.rows

    in_turn = [at(step, heights) for step in range(2 * many)]
    again = target.drawn(size, 3)
    for step in (7, 2, 3, 11, 0):
        assert at(step, again) == in_turn[step]
    for epoch in (in_turn[:many], in_turn[many:]):
        assert [rows for _, rows in epoch] == [900] * 5 + [500]
        total = target.value(z, Pins.none(3))
        assert sum(height for height, _ in epoch) == pytest.approx(total, rel=1e-12)
    assert in_turn[0] != in_turn[many]


def z_tensor(z):
    import torch

    return torch.tensor(z)


RUN = {"optimizer": "adam", "batch_size": 250, "learning_rate": 0.02, "schedule": "cosine"}


def test_a_run_of_batches_ends_where_its_status_says(tmp_path):
    frame = frame_of("logit")
    table = written(frame, tmp_path)
    fit = bb.fit_mle(Logit, table, epochs=10, **RUN)
    again, other = (bb.fit_mle(Logit, table, epochs=10, seed=s, **RUN) for s in (0, 1))
    np.testing.assert_array_equal(fit.run.path, again.run.path)
    assert not np.array_equal(fit.run.path, other.run.path)
    x, y = np.column_stack([frame[["a", "b"]], np.ones(N)]), frame["y"].to_numpy()
    share = special.expit(x @ fit.run.z[0])
    score, information = (y - share) @ x, x.T @ (x * (share * (1 - share))[:, None])
    far = np.sqrt(score @ np.linalg.solve(information, score))
    assert fit.diagnostics["standard_errors_from_maximum"] == pytest.approx(far, rel=1e-8)
    assert f"about {far:.2g} standard errors" in fit.status.sentence
    # The rate has fallen to nothing: what is left is well below the estimate's own error.
    assert far < 1
    assert fit.findings == []
    known = fit.trace["log_likelihood"].dropna()
    assert list(known.index) == [20 * epoch for epoch in range(11)]
    heights = np.where(y == 1, np.log(share), np.log1p(-share))
    assert known.iloc[-1] == pytest.approx(heights.mean(), rel=1e-12)


def test_a_run_of_all_rows_is_that_of_the_table_in_memory(tmp_path):
    frame = frame_of("waits")
    asked = {"optimizer": "gradient ascent", "learning_rate": 0.1, "steps": 5, "starts": 2}
    fit, expected = (bb.fit_mle(Waits, t, **asked) for t in (written(frame, tmp_path), frame))
    np.testing.assert_allclose(fit.run.z, expected.run.z, rtol=1e-10)
    assert fit.status.name == expected.status.name == "stopped early"


def test_what_has_sums_is_trained_by_batches_too(tmp_path):
    g = np.random.default_rng(2)
    frame = pd.DataFrame({"y": 0.3 + 2 * g.normal(size=N)})
    fit = bb.fit_mle(Gaussian, written(frame, tmp_path), epochs=20, **RUN)
    mean, sd = frame["y"].mean(), frame["y"].std(ddof=0)
    assert fit.bound.whole is not None
    # Within half a standard error of the closed form, as its distance from there says.
    assert fit.diagnostics["standard_errors_from_maximum"] < 0.5
    assert abs(fit.last.mean - mean) < 0.5 * sd / np.sqrt(N)
    assert abs(fit.last.sd - sd) < 0.5 * sd / np.sqrt(2 * N)


def test_networks_are_trained_by_batches(tmp_path):
    table = written(frame_of("waits"), tmp_path)
    with pytest.raises(BadInput, match="sees batches of rows"):
        bb.fit_mle(Net, table)
    fit = bb.fit_mle(Net, table, epochs=2, starts=2, **RUN)
    assert fit.run.z.shape == (2, fit.bound.layout.size)
    assert "where no maximum is known to be" in fit.status.sentence
    heights = fit.trace["log_likelihood"].dropna()
    assert heights.iloc[-1] > heights.iloc[0]


def test_what_needs_all_rows_together_is_refused(tmp_path):
    frame = frame_of("logit")
    table = written(frame, tmp_path)
    for fit in (bb.fit_map, bb.fit_posterior):
        with pytest.raises(BadInput, match="maximum likelihood alone, which passes over the file"):
            fit(Logit, table)
    for look in (lambda: bb.profile(Logit, table), lambda: bb.fit_mle(Logit, table).profile()):
        with pytest.raises(BadInput, match="passes over the file"):
            look()
    with pytest.raises(BadInput, match="each row once an epoch"):
        bb.fit_mle(Logit, table, batching="independent", **RUN)
    with pytest.raises(BadInput, match="would take a pass over the file"):
        bb.fit_mle(Logit, table, optimizer="adam")
    with pytest.raises(BadInput, match="depends on that row alone"):
        bb.fit_mle(Centred, table)
    with pytest.raises(BadInput, match="read in blocks"):
        bb.sweep(Logit, table, learning_rates=[0.1], batch_sizes=[100])


def test_all_that_is_said_of_a_maximum(tmp_path):
    made = bb.contrast(Logit, written(frame_of("logit"), tmp_path), methods=("mle",))
    console = Console(file=io.StringIO(), width=100)
    print_contrast(made, console)
    assert "5,000 rows" in console.file.getvalue()
    found = results(made)
    assert (found["n"], found["rows_summed"], found["reading"]["stream"]) == (N, N, True)
    assert "very many passes" in found["profile"]["why_none"]
    assert found["data_sha256"] == made.bound.passes.sha256


def test_the_hash_is_that_of_the_columns_whatever_the_blocks_are(tmp_path, monkeypatch):
    frame = frame_of("heavy")
    first = bind(Heavy, written(frame, tmp_path)).sha256
    monkeypatch.setattr(streamed, "BLOCK", 1000)
    assert bind(Heavy, written(frame, tmp_path)).sha256 == first
    frame.loc[4321, "a"] += 1e-9
    assert bind(Heavy, written(frame, tmp_path)).sha256 != first


def test_what_is_not_identified_is_named(tmp_path):
    fit = bb.fit_mle(Twice, table := written(frame_of("waits"), tmp_path))
    assert fit.status.name == "not identified"
    assert fit.null_directions == bb.fit_mle(Twice, frame_of("waits")).null_directions
    assert bb.contrast(Twice, table, methods=("mle",)).findings


def test_a_table_that_is_shorter_than_a_block(tmp_path):
    frame = frame_of("logit", 60)
    fit, expected = bb.fit_mle(Logit, written(frame, tmp_path)), bb.fit_mle(Logit, frame)
    np.testing.assert_allclose(fit.params, expected.params, rtol=1e-8)


PEAK = """
import sys
import numpy as np
import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.tables import streamed

streamed.BLOCK = 2**15

class Heavy(bb.Model):
    outcome = "y"
    slopes = bb.parameter(bb.Normal(0, 1), dims="feature")

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.StudentT(4.0, x @ self.slopes, 1.0)

def most():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

def run(path):
    bound = bind(Heavy, bb.read_data(path, stream=True))
    target, none = log_likelihood(bound), Pins.none(bound.layout.size)
    target.gradient(np.ones(bound.layout.size), none)
    batch = target.drawn(4096, 0)
    return sum(batch(step).rows for step in range(-(-bound.nobs // 4096)))

run(sys.argv[1])  # what is imported has its memory
before = most()
print(run(sys.argv[2]), most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_does_not_grow_with_the_file(tmp_path):
    g = np.random.default_rng(0)
    rows = 1_200_000
    for name, n in {"few": 150_000, "many": rows}.items():
        columns = {f"x{k}": g.normal(size=n) for k in range(7)} | {"y": g.normal(size=n)}
        pd.DataFrame(columns).to_parquet(tmp_path / f"{name}.parquet", row_group_size=20_000)
    paths = [str(tmp_path / f"{name}.parquet") for name in ("few", "many")]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *paths], capture_output=True, text=True, check=True
    )
    nobs, more = map(int, done.stdout.split())
    assert nobs == rows
    assert more < 40_000  # kB, where the table has 77,000; allocators keep some at times
