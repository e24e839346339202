"""Predictions of new rows, against SciPy's distributions and closed forms."""

import numpy as np
import pytest
from scipy import optimize, special, stats

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.fit.record import Fit, Status
from bayesbench.held_out import is_example
from bayesbench.predict import mixture
from bayesbench.predict.new_rows import bind_rows
from small_models import Counts, Gaussian, Linear

LINE = {"age": [0.0, 1.0, 3.0], "height": [2.0, 1.0, 0.0], "y": [1.0, 2.0, 2.5]}
NEW = {"height": [0.5, -1.0], "age": [2.0, 4.0], "shoe": [43, 44]}  # in another order


class Known(bb.Model):
    """A mean under a Normal prior, with a known noise: the posterior is Normal."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.mean, 0.7)

    @classmethod
    def example(cls):
        return {"y": [0.3, 1.1, -0.2]}

    @classmethod
    def held_out(cls):
        return {"y": [0.0, 0.5, 1.5, -1.0]}


class Groups(bb.Model):
    """A mean for each group."""

    outcome = "y"
    effect = bb.parameter(bb.Normal(0, 1), dims="group")

    def likelihood(self, group=bb.levels()):
        return bb.Normal(self.effect[group], 1)


def made(model, table, status="converged", **found):
    """A fit with what it is said to have found."""
    method = "posterior" if "draws" in found else "mle"
    found = {name: model(**values) for name, values in found.items()}
    return Fit(method, bind(model, table), "", "own", {}, Status(status, f"{status}."), **found)


def test_a_point_is_plugged_in():
    fit = made(Linear, LINE, estimate={"slopes": [0.5, -0.25], "noise": 0.3})
    bands = fit.predict(NEW)
    mean = 0.5 * np.array([2.0, 4.0]) - 0.25 * np.array([0.5, -1.0])
    assert bands.mean == pytest.approx(mean, abs=1e-12)
    assert bands.low == pytest.approx(stats.norm(mean, 0.3).ppf(0.025), abs=1e-9)
    assert bands.high == pytest.approx(stats.norm(mean, 0.3).ppf(0.975), abs=1e-9)
    scored = fit.predict(NEW | {"y": [1.0, 2.0]}).log_density(NEW | {"y": [1.0, 2.0]})
    assert scored == pytest.approx(stats.norm(mean, 0.3).logpdf([1.0, 2.0]), abs=1e-12)
    drawn = fit.predict(NEW, seed=1).draws
    assert drawn.shape == (10_000, 2)
    assert np.abs(drawn.mean(axis=0) - mean).max() < 4 * 0.3 / np.sqrt(10_000)
    assert np.array_equal(drawn, fit.predict(NEW, seed=1).draws)


def test_draws_are_averaged():
    # The posterior of the mean is N(m, s²), and that of a new row N(m, s² + 0.7²).
    generator, m, s = np.random.default_rng(0), 0.4, 0.5
    means = generator.normal(m, s, (4, 1000))
    fit = made(Known, Known.example(), draws={"mean": means})
    each = stats.norm(means.ravel(), 0.7)
    bands = fit.predict(prob=0.9)
    for share, found in ((0.05, bands.low), (0.95, bands.high)):
        mixed = optimize.brentq(lambda y, p=share: each.cdf(y).mean() - p, -9, 9, xtol=1e-13)
        assert found == pytest.approx([mixed], abs=1e-9)
        closed = stats.norm(m, np.hypot(s, 0.7))
        at = closed.ppf(share)
        error = each.cdf(at).std() / np.sqrt(means.size) / closed.pdf(at)
        assert abs(mixed - at) < 4 * error
    assert bands.mean == pytest.approx([means.mean()], abs=1e-12)
    rows = np.array([0.0, 2.5])
    averaged = special.logsumexp(stats.norm(means.ravel()[:, None], 0.7).logpdf(rows), axis=0)
    found = fit.predict({"y": rows}).log_density({"y": rows})
    assert found == pytest.approx(averaged - np.log(means.size), abs=1e-10)
    drawn = fit.predict({"y": rows}).draws
    assert drawn.shape == (4000, 2)  # columns that are not read only say how many rows
    assert abs(drawn.std() / np.hypot(s, 0.7) - 1) < 4 / np.sqrt(2 * 4000)


def test_blocks_change_nothing(monkeypatch):
    draws = np.random.default_rng(0).normal(size=(2, 50, 2))
    noise = np.random.default_rng(1).uniform(0.5, 1, (2, 50))
    fit = made(Linear, LINE, draws={"slopes": draws, "noise": noise})
    table = {name: np.arange(5.0) for name in LINE}
    whole = fit.predict(table)
    high, sd, scored = whole.high, whole.sd, whole.log_density(table)
    monkeypatch.setattr(mixture, "BLOCK", 200)  # two rows at a time
    monkeypatch.setattr(mixture, "TOGETHER", 30)  # of the 100 draws
    parted = fit.predict(table)
    assert parted.high == pytest.approx(high, rel=1e-11)
    assert parted.sd == pytest.approx(sd, abs=1e-12)
    assert parted.log_density(table) == pytest.approx(scored, abs=1e-12)
    assert parted.draws.shape == (100, 5)


def test_whole_numbers_have_whole_ends():
    fit = made(Counts, {"y": [2, 3, 4]}, estimate={"rate": 3.0})
    bands = fit.predict()
    assert (bands.low, bands.high) == tuple(stats.poisson(3).ppf([0.025, 0.975]))
    assert bands.mean == pytest.approx(3, abs=1e-12)


def test_a_fit_without_an_estimate_predicts_only_when_asked():
    fit = made(Gaussian, {"y": [1.0]}, "unbounded", last={"mean": 1.0, "sd": 1e-6})
    with pytest.raises(bb.BadInput, match=r"no estimate \(unbounded\).*last=True"):
        fit.predict({})
    assert fit.predict(last=True).high == pytest.approx(1 + 1.959964e-6, abs=1e-11)
    nothing = made(Gaussian, {"y": [1.0]}, "interrupted")
    with pytest.raises(bb.BadInput, match="see its status"):
        nothing.predict({}, last=True)
    with pytest.raises(bb.BadInput, match=r"prob: found 1\.5"):
        fit.predict(prob=1.5, last=True)


def test_new_rows_are_checked_as_the_first_were():
    bound = bind(Linear, LINE)
    again = bind_rows(bound, NEW, outcome=False)
    assert again.layout is bound.layout
    assert again.inputs["x"].tolist() == [[2.0, 0.5], [4.0, -1.0]]
    with pytest.raises(bb.BadInput, match=r"no column 'height'.*write 'height' for 'heigth'"):
        bind_rows(bound, {"age": [1.0], "heigth": [1.0]}, outcome=False)
    with pytest.raises(bb.BadInput, match="no column 'y'"):
        bind_rows(bound, NEW)
    with pytest.raises(bb.BadInput, match="row 2, column 'age': found 'old'"):
        bind_rows(bound, {"age": [1.0, "old"], "height": [1.0, 2.0]}, outcome=False)


def test_levels_keep_their_places():
    table = {"group": ["a", "b", "c"], "y": [1.0, 2.0, 3.0]}
    fit = made(Groups, table, estimate={"effect": [10.0, 20.0, 30.0]})
    assert fit.predict({"group": ["c", "a", "c"]}).mean.tolist() == [30, 10, 30]
    with pytest.raises(bb.BadInput, match="the level 'd', expected a level that the fit has seen"):
        fit.predict({"group": ["a", "d"]})


def test_levels_that_are_numbers_are_compared_as_numbers():
    """A table that has once had a missing value holds 2.0 for 2."""
    for seen, new in (([2, 10, 30], [10.0, 2.0]), ([2.0, 10.0, 30.0], [10, 2])):
        fit = made(Groups, {"group": seen, "y": [1.0, 2.0, 3.0]}, estimate={"effect": [1, 2, 3]})
        assert fit.bound.layout.entries == ("effect[2]", "effect[10]", "effect[30]")
        assert fit.predict({"group": new}).mean.tolist() == [2, 1]
    halves = bind(Groups, {"group": [0.5, 2.0], "y": [1.0, 2.0]})
    assert halves.layout.entries == ("effect[0.5]", "effect[2]")


def test_scores_of_rows_held_out():
    table = Known.example()
    fits = {
        "mle": made(Known, table, "unbounded", last={"mean": 0.4}),
        "posterior": made(Known, table, draws={"mean": np.full((1, 10), 0.1)}),
    }
    scores = bb.Contrast(bind(Known, table), 0, fits).held_out
    rows = stats.norm(0.4, 0.7).logpdf(Known.held_out()["y"])
    found = scores.table().loc["mle"]
    assert found["log_score"] == pytest.approx(rows.mean(), abs=1e-12)
    assert found["se"] == pytest.approx(rows.std(ddof=1) / 2, abs=1e-12)
    assert [each.at[0] for each in scores.judged.values()] == ["last", "draws"]
    # Rows of the example say nothing about a fit to other data.
    other = bind(Known, {"y": [5.0]})
    assert not is_example(other)
    assert bb.Contrast(other, 0, fits).held_out is None
