"""The scores of fits: by folds and on rows held out, against closed forms and by hand."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.contrasting import Contrast
from bayesbench.fit.record import Fit, Status
from bayesbench.scores.folds import membership
from bayesbench.scores.judged import judge
from small_models import Counts, Gaussian

CONJUGATE = bb.load("linear_gaussian", variant="conjugate")
FOLDS = 4


class Known(bb.Model):
    """A mean with a known noise."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.mean, 0.7)


class Groups(bb.Model):
    """A mean for each group."""

    outcome = "y"
    effect = bb.parameter(bb.Normal(0, 1), dims="group")

    def likelihood(self, group=bb.levels()):
        return bb.Normal(self.effect[group], 1)


def fitted(model, table, status="converged", **found):
    """A fit with what it is said to have found."""
    method = "posterior" if "draws" in found else "mle"
    found = {name: model(**values) for name, values in found.items()}
    bound = bb.bind(model, table)
    return Fit(method, bound, "", "own", {}, Status(status, f"{status}."), **found)


@pytest.fixture(scope="module")
def line():
    made = bb.contrast(CONJUGATE, CONJUGATE.example(), seed=0, progress=False)
    return made, made.scores(folds=FOLDS)


def test_every_fit_is_scored_on_the_same_folds(line):
    made, scores = line
    assert list(scores.judged) == list(made.points)
    assert np.array_equal(scores.fold, membership(made.bound.n, FOLDS, 0))
    table = scores.table()
    assert (table["rows"] == 40).all()
    assert (table["failed"] == 0).all()
    assert table["elpd"].to_numpy() == pytest.approx(40 * table["log_score"].to_numpy())
    assert {len(ended) for ended in scores.ended.values()} == {FOLDS}


def test_least_squares_in_each_fold(line):
    """The MLE of a line is least squares, with the mean squared residual as its variance."""
    _, scores = line
    x, y = CONJUGATE.example()["x"], CONJUGATE.example()["y"]
    log, error, rank, upto = (np.empty(40) for _ in range(4))
    for k in range(FOLDS):
        out = scores.fold == k
        slope, intercept = np.polyfit(x[~out], y[~out], 1)
        sd = np.std(y[~out] - intercept - slope * x[~out])
        at = stats.norm(intercept + slope * x[out], sd)
        log[out], upto[out] = at.logpdf(y[out]), at.cdf(y[out])
        error[out] = (y[out] - at.mean()) ** 2
        z = (y[out] - at.mean()) / sd
        normal = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
        rank[out] = sd * normal
    mle = scores.judged["mle"]
    assert mle.log_score == pytest.approx(log, abs=1e-6)
    assert mle.squared_error == pytest.approx(error, abs=1e-6)
    assert mle.crps == pytest.approx(rank, abs=1e-6)
    assert mle.upto == pytest.approx(upto, abs=1e-6)
    row = scores.table().loc["mle"]
    assert row["rmse"] == pytest.approx(np.sqrt(error.mean()), abs=1e-6)
    assert row["coverage_80"] == np.mean(np.abs(upto - 0.5) <= 0.4)
    assert row["se"] == pytest.approx(log.std(ddof=1) / np.sqrt(40), abs=1e-6)


def test_the_posterior_predicts_by_a_t(line):
    """Normal-inverse-gamma: a new row is Student-t (Gelman et al. 2013, section 14.3)."""
    _, scores = line
    x, y = CONJUGATE.example()["x"], CONJUGATE.example()["y"]
    log, rank = np.empty(40), np.empty(40)
    for k in range(FOLDS):
        out = scores.fold == k
        design, new = (np.column_stack([x[at], np.ones(at.sum())]) for at in (~out, out))
        precision = design.T @ design + np.eye(2) / 10
        mean = np.linalg.solve(precision, design.T @ y[~out])
        shape = 2 + len(design) / 2
        rate = 2 + (y[~out] @ y[~out] - mean @ precision @ mean) / 2
        wide = 1 + np.einsum("ij,jk,ik->i", new, np.linalg.inv(precision), new)
        at = stats.t(2 * shape, new @ mean, np.sqrt(rate / shape * wide))
        log[out] = at.logpdf(y[out])
        drawn = at.rvs((20_000, out.sum()), random_state=np.random.default_rng(k))
        rank[out] = np.abs(drawn - y[out]).mean(0) - np.abs(drawn[::2] - drawn[1::2]).mean(0) / 2
    posterior = scores.judged["posterior"]
    assert posterior.mc_error["log_score"] < 0.01
    assert abs(posterior.log_score.mean() - log.mean()) < 4 * posterior.mc_error["log_score"]
    # The sample's own error: the sd of |X - y| and of half of |X - X'| is below 0.8.
    error = np.hypot(0.8 / np.sqrt(20_000), posterior.mc_error["crps"])
    assert abs(posterior.crps.mean() - rank.mean()) < 4 * error


def test_loo_stands_beside_the_folds(line):
    import arviz_stats
    import xarray as xr

    from bayesbench.arviz_groups import sampled

    made, scores = line
    groups = sampled(made.bound, made.fits["posterior"])
    tree = xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})
    known = arviz_stats.loo(tree, pointwise=True)
    assert scores.loo.elpd == pytest.approx(float(known.elpd), abs=1e-9)
    assert scores.loo.se == pytest.approx(float(known.se), rel=1e-9)
    assert scores.loo.p == pytest.approx(float(known.p))
    # Ten rows fewer in training than one cost little on forty.
    assert abs(scores.loo.elpd / 40 - scores.table()["log_score"]["posterior"]) < 0.05
    (said,) = [text for text in scores.sentences if "PSIS-LOO" in text]
    assert f"k is {scores.loo.pareto_k.max():.2g} at most" in said


def test_what_is_said_of_alike_fits(line):
    _, scores = line
    assert scores.first == "posterior"
    text = " ".join(scores.sentences)
    assert "there is no difference to speak of" in text
    assert "share most of their data" in text
    assert repr(scores).startswith("Scores of 40 rows in 4 folds\n")
    apart = scores.judged["mle"].log_score - scores.judged["posterior"].log_score
    row = scores.differences().loc["mle"]
    assert row["log_score"] == pytest.approx(apart.mean())
    assert row["log_score_se"] == pytest.approx(apart.std(ddof=1) / np.sqrt(40))
    assert list(scores.differences("mle").index) == [f for f in scores.judged if f != "mle"]
    with pytest.raises(bb.BadInput, match=r"against: found 'postrior'.*did you mean 'posterior'"):
        scores.differences("postrior")


def test_rows_held_out(line):
    made, _ = line
    table = {"x": [-1.0, 0.5, 1.5, 4.0], "y": [0.1, 1.0, 1.5, 2.0]}
    scores = made.scores(held_out=table)
    at = made.fits["mle"].estimate
    mean = at.slopes[0] * np.array(table["x"]) + at.intercept
    known = stats.norm(mean, np.sqrt(at.variance)).logpdf(table["y"])
    assert scores.judged["mle"].log_score == pytest.approx(known, abs=1e-9)
    assert (scores.folds, scores.n, scores.loo) == (0, 4, None)
    assert "share" not in " ".join(scores.sentences)
    with pytest.raises(bb.BadInput, match="no column 'x'"):
        made.scores(held_out={"y": [1.0]})
    with pytest.raises(bb.BadInput, match="no column 'y'"):
        made.scores(held_out={"x": [1.0]})
    with pytest.raises(bb.BadInput, match="found folds and held-out rows"):
        made.scores(folds=2, held_out=table)
    with pytest.raises(bb.BadInput, match="found neither folds nor held-out rows"):
        made.scores()
    with pytest.raises(bb.BadInput, match="41 folds of 40 rows"):
        made.scores(folds=41)


def test_the_coin_by_hand():
    """Leaving out one toss at a time: the MLE of the others, and their Beta posterior."""
    coin = bb.load("coin", prior="uniform")
    table = coin.example()
    made = bb.contrast(coin, table, seed=0, methods=("mle", "posterior"), progress=False)
    scores = made.scores(folds=7)
    heads, toss = 3, np.array(table["toss"])
    left = heads - toss  # heads among the other six
    plugged = np.where(toss == 1, left / 6, 1 - left / 6)
    averaged = np.where(toss == 1, (left + 1) / 8, 1 - (left + 1) / 8)
    assert scores.judged["mle"].log_score == pytest.approx(np.log(plugged), abs=1e-8)
    assert scores.judged["mle"].crps == pytest.approx((1 - plugged) ** 2, abs=1e-8)  # Brier
    found = scores.judged["posterior"]
    assert abs(found.log_score.mean() - np.log(averaged).mean()) < 4 * found.mc_error["log_score"]
    assert scores.rowwise().attrs["kind"] == "binary"
    assert not np.array_equal(found.below, found.upto)


def test_the_better_model_is_told_better():
    generator = np.random.default_rng(0)
    draws = {"mean": generator.normal(0, 0.01, (2, 500))}
    good = fitted(Known, {"y": [0.0]}, draws=draws)
    bad = fitted(Known, {"y": [0.0]}, estimate={"mean": 1.0})
    made = Contrast(good.bound, 0, {"mle": bad, "posterior": good})
    scores = made.scores(held_out={"y": generator.normal(0, 0.7, 200)})
    assert "Posterior predicts better than MLE" in scores.sentences[0]
    # E log N(y; 0) - log N(y; 1) is ½/0.49, with an sd of 1/0.7 a row.
    gain = -scores.differences()["log_score"]["mle"]
    assert gain == pytest.approx(0.5 / 0.49, abs=4 / 0.7 / np.sqrt(200))
    same = fitted(Known, {"y": [0.0]}, draws={"mean": generator.normal(0, 0.01, (2, 500))})
    alike = Contrast(good.bound, 0, {"laplace": same, "posterior": good})
    (said,) = alike.scores(held_out={"y": generator.normal(0, 0.7, 200)}).sentences
    assert said.startswith("Between Posterior and Laplace there is no difference to speak of")


def test_overconfidence_is_told():
    fit = fitted(Gaussian, {"y": [0.0, 1.0]}, estimate={"mean": 0.0, "sd": 0.5})
    scores = Contrast(fit.bound, 0, {"mle": fit}).scores(
        held_out={"y": np.random.default_rng(1).normal(0, 1, 400)}
    )
    share = scores.table()["coverage_95"]["mle"]
    # 0.98 sd to either side hold 67%; 400 rows know that to 2.3%.
    assert share == pytest.approx(stats.norm.cdf(0.98) * 2 - 1, abs=4 * 0.0235)
    assert f"MLE is overconfident: its 95% intervals hold {share:.1%}" in scores.sentences[0]


@pytest.mark.parametrize(
    ("rows", "misses", "told"),
    # P(X ≤ n - misses) of Binomial(n, 0.95): 0.05, 0.14, 0.0025, 0.057, 0.016, 0.0026.
    [(1, 1, 0), (3, 1, 0), (2, 2, 1), (8, 2, 0), (20, 4, 0), (20, 5, 1)],
)
def test_few_misses_are_no_overconfidence(rows, misses, told):
    fit = fitted(Gaussian, {"y": [0.0, 1.0]}, estimate={"mean": 0.0, "sd": 1.0})
    table = {"y": np.array([9.0] * misses + [0.0] * (rows - misses))}
    text = " ".join(Contrast(fit.bound, 0, {"mle": fit}).scores(held_out=table).sentences)
    assert text.count("overconfident") == told
    chance = stats.binom.cdf(rows - misses, rows, 0.95)
    assert text.count(f"(so few by chance: probability {chance:.2g})") == told


def test_components_of_a_vector_are_not_counted_as_rows():
    plane = bb.load("gaussian_mean")
    fit = fitted(plane, {"x1": [0.0], "x2": [0.0]}, estimate={"mu": [0.0, 0.0]})
    table = {"x1": [50.0] * 5, "x2": [0.0] * 5}
    text = " ".join(Contrast(fit.bound, 0, {"mle": fit}).scores(held_out=table).sentences)
    assert "overconfident" not in text


def test_fits_that_fail_are_counted_and_labelled():
    """With one row in training the likelihood of a Gaussian is unbounded."""
    made = bb.contrast(Gaussian, {"y": [0.1, 1.2]}, methods=("mle",), seed=0)
    scores = made.scores(folds=2)
    row = scores.table().loc["mle"]
    assert (row["failed"], row["from_last"], row["rows"]) == (2, 2, 2)
    text = " ".join(scores.sentences)
    assert "MLE was not found in 2 of 2 folds (unbounded 2×)" in text
    assert "MLE’s score of 2 of 2 rows is that of the place where its search stopped" in text


def test_a_fit_that_predicts_nothing_has_no_scores():
    good = fitted(Known, {"y": [0.0]}, estimate={"mean": 0.0})
    nothing = fitted(Known, {"y": [0.0]}, "interrupted")
    made = Contrast(good.bound, 0, {"mle": good, "laplace": nothing})
    scores = made.scores(held_out={"y": [0.5, 1.0]})
    assert scores.table()["rows"].to_dict() == {"mle": 2, "laplace": 0}
    assert np.isnan(scores.table()["log_score"]["laplace"])
    assert scores.first == "mle"
    assert "2 of 2 rows have no score by it" in " ".join(scores.sentences)


def test_an_impossible_outcome():
    coin = bb.load("coin")
    made = bb.contrast(coin, {"toss": [0, 0, 0]}, methods=("mle", "map"), seed=0)
    scores = made.scores(held_out={"toss": [0, 1]})
    assert scores.table()["log_score"]["mle"] == -np.inf
    text = " ".join(scores.sentences)
    assert "MLE gave the probability zero to 1 of 2 outcomes that came true" in text
    assert (
        "MAP predicts better than MLE, which gave the probability zero to 1 outcome that came true."
    ) in text


class Window(bb.Model):
    """Uniform on an interval of length one."""

    outcome = "y"
    start = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Uniform(self.start, self.start + 1)


def test_fits_that_are_each_impossible_on_rows_of_their_own():
    """Row 5 lies in neither window, rows 1 and 2 in one, rows 3 and 4 in the other, 6 in both."""
    left, right = (fitted(Window, {"y": [0.7]}, estimate={"start": at}) for at in (0.0, 0.5))
    made = Contrast(left.bound, 0, {"mle": left, "map": right})
    scores = made.scores(held_out={"y": [0.1, 0.2, 1.2, 1.3, 7.0, 0.7]})
    found = scores.difference("mle", "map")
    assert (found.lower, found.higher, found.speaks) == (2, 2, False)
    text = " ".join(scores.sentences)
    for said in (
        "Between MLE and MAP the log score does not decide: it is infinitely worse for MLE on 2 "
        "rows, and for MAP on 2 rows. On the other 1 row both have the same.",
        "MLE gave the density zero to 3 of 6 outcomes that came true (rows 3, 4 and 5)",
        "MAP gave the density zero to 3 of 6 outcomes that came true (rows 1, 2 and 5)",
    ):
        assert said in text
    assert "nan" not in text
    row = scores.table().loc["mle"]
    assert (row["impossible"], row["infinite"], row["log_score"]) == (3, 0, -np.inf)
    both = bb.compare({"one": made, "other": made}, held_out={"y": [0.1, 1.3]})
    assert "nan" not in " ".join(both.sentences)


def test_models_that_are_each_impossible_on_rows_of_their_own():
    left, right = (
        Contrast(fit.bound, 0, {"mle": fit})
        for fit in (fitted(Window, {"y": [0.7]}, estimate={"start": at}) for at in (0.0, 0.5))
    )
    compared = bb.compare({"left": left, "right": right}, held_out={"y": [0.1, 1.2, 1.3, 0.7]})
    assert compared.best == ("right", "mle")  # with one impossible outcome, of the other's two
    text = " ".join(compared.sentences)
    assert "Between right and left the log score does not decide" in text
    assert "infinitely worse for right on 1 row, and for left on 2 rows" in text
    assert "nan" not in text


class Heavy(bb.Model):
    """Student's t around zero."""

    outcome = "y"
    df = bb.parameter(bb.Gamma(2, 1), support=bb.positive)

    def likelihood(self):
        return bb.StudentT(self.df, 0, 1)


def test_a_crps_that_does_not_exist_is_said_to_be_infinite():
    heavy, light = (fitted(Heavy, {"y": [0.7]}, estimate={"df": df}) for df in (0.4, 5.0))
    scores = Contrast(heavy.bound, 0, {"mle": heavy, "map": light}).scores(
        held_out={"y": [0.1, -1.0]}
    )
    assert scores.table()["crps"].to_dict() == {
        "mle": np.inf,
        "map": pytest.approx(scores.judged["map"].crps.mean()),
    }
    text = " ".join(scores.sentences)
    assert "MLE’s CRPS of 2 of 2 rows is infinite" in text
    assert "By CRPS MAP predicts better than MLE, of which it is infinite." in text
    assert "nan" not in text


def test_crps_tells_what_the_log_score_does_not():
    """One outcome far out costs the narrow Normal its log score, and little of its CRPS."""
    wide, narrow = (
        fitted(Gaussian, {"y": [0.0, 1]}, estimate={"mean": 0, "sd": sd}) for sd in (3, 1)
    )
    outcome = np.array([*stats.norm.ppf((np.arange(99) + 0.5) / 99), 16.0])
    made = Contrast(wide.bound, 0, {"mle": narrow, "map": wide})
    scores = made.scores(held_out={"y": outcome})
    log, rank = (scores.difference("mle", "map", name) for name in ("log_score", "crps"))
    assert (log.speaks, rank.speaks, rank.mean < 0) == (False, True, True)
    (said,) = [text for text in scores.sentences if "By CRPS" in text]
    assert said == (
        f"By CRPS MLE predicts better than MAP: it is lower by {-rank.mean:.4f} ± {rank.error:.4f} "
        "a row (100 rows, paired)."
    )
    few = made.scores(held_out={"y": outcome[1:]})
    assert few.difference("mle", "map", "crps").speaks
    assert "By CRPS" not in " ".join(few.sentences)


def test_a_level_that_only_one_fold_has():
    """Its parameter is not identified by the other rows: the MLE of that fold is no estimate."""
    table = {"group": ["a", "a", "b", "b", "c"], "y": [0.1, 0.4, -1.0, -0.8, 2.0]}
    made = bb.contrast(Groups, table, methods=("mle", "map"), seed=0)
    scores = made.scores(folds=5)
    assert list(scores.judged["mle"].at) == ["estimate"] * 4 + ["last"]
    # MAP falls back on the prior's mode, zero.
    assert scores.judged["map"].mean[4] == pytest.approx(0, abs=1e-8)
    assert scores.failed("mle") == 1


def test_predictions_of_counts_and_vectors():
    fit = fitted(Counts, {"y": [2, 3]}, estimate={"rate": 2.5})
    outcome = np.array([0.0, 2.0, 7.0])
    found = judge(fit, bb.bind(Counts, {"y": outcome}), 0)
    family, at = stats.poisson(2.5), np.arange(200)
    assert found.upto == pytest.approx(family.cdf(outcome), abs=1e-9)
    assert found.below == pytest.approx(family.cdf(outcome - 1), abs=1e-9)
    known = [np.sum((family.cdf(at) - (at >= y)) ** 2) for y in outcome]
    assert found.crps == pytest.approx(known, abs=1e-8)
    plane = bb.load("gaussian_mean")
    fit = fitted(plane, {"x1": [0.0], "x2": [0.0]}, estimate={"mu": [0.0, 1.0]})
    found = judge(fit, bb.bind(plane, {"x1": [0.5, 2.0], "x2": [1.0, -3.0]}), 0)
    each = stats.norm([0, 1], np.sqrt(5)).logpdf([[0.5, 1], [2, -3]])
    assert found.log_score == pytest.approx(each.sum(axis=1), abs=1e-9)
    assert found.squared_error == pytest.approx([0.125, 10.0])
    assert found.crps.shape == (2,)
    assert found.upto.shape == (2, 2)


def test_few_draws_are_not_held_against_a_fit():
    """The mean CRPS by 10 draws is that of all of them: a Normal whose variances are added."""
    rows = bb.bind(Known, {"y": [-1.5, -0.4, 0.4, 1.5]})
    draws = np.random.default_rng(0).normal(0, 0.7, (100, 1, 10))
    found = [
        judge(fitted(Known, {"y": [0.0]}, draws={"mean": each}), rows, 0).crps.mean()
        for each in draws
    ]
    sd = 0.7 * np.sqrt(2)
    z = rows.outcome / sd
    each = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    error = np.std(found, ddof=1) / 10
    excess = (sd - 0.7) / np.sqrt(np.pi) / 10  # ∫ Var F dx / 10, if it were left in
    assert abs(np.mean(found) - sd * each.mean()) < 4 * error < excess


def test_energies_are_scored_by_draws():
    energy = bb.load("energy", variant="quadratic")
    made = bb.fit_mle(energy, energy.example())
    rows = bb.bind(energy, energy.example()).only(slice(20))
    found = judge(made, rows, 0)
    assert np.isfinite(found.log_score).all()
    assert ((found.upto > 0) & (found.upto < 1)).all()
    assert np.array_equal(found.below, found.upto)


def test_what_can_be_fitted_together_is(line, monkeypatch):
    """Beside each other or one after the other, the fits of the folds are the same."""
    from bayesbench.scores import refits
    from bayesbench.scores.together import fitted_together

    made, scores = line
    together = fitted_together(made, scores.fold)
    assert together.keys() == {"mle", "map", "map_unconstrained", "laplace", "posterior"}
    assert all(fit is not None for fits in together.values() for fit in fits)
    points = Contrast(made.bound, 0, {name: made.fits[name] for name in ("mle", "map")})
    monkeypatch.setattr(refits, "fitted_together", lambda *_: {})
    alone = points.scores(folds=FOLDS)
    for name in alone.judged:
        found, known = scores.judged[name].log_score, alone.judged[name].log_score
        assert found == pytest.approx(known, abs=1e-6)


def test_a_row_that_psis_loo_can_not_leave_out():
    """Far from the others, so that the draws without it are hardly among those with it."""
    from dataclasses import replace

    from bayesbench.scores.loo import loo_of

    options = {"draws": 250, "warmup": 250, "progress": False}
    table = {"y": [*np.linspace(-0.6, 0.6, 9), 7.0]}
    made = bb.contrast(Known, table, methods=("posterior",), **options)
    found = loo_of(made)
    assert found.pareto_k.argmax() == 9
    assert found.unreliable == 1
    scores = replace(made.scores(held_out={"y": [0.1]}), loo=found)
    (said,) = [text for text in scores.sentences if "PSIS-LOO" in text]
    assert "It is above 0.7 for 1 of 10 rows, where PSIS-LOO can’t be relied on" in said
    points = Contrast(made.bound, 0, {"mle": bb.fit_mle(Known, {"y": [0.0, 1.0]})})
    assert loo_of(points) == "there are no draws of the posterior"


@pytest.mark.parametrize(("seen", "never"), [([1, 1, 1], 0), ([0, 0, 0], 1)])
def test_what_an_estimate_on_the_edge_rules_out_is_impossible(seen, never):
    coin = bb.load("coin")
    scores = bb.contrast(coin, {"toss": seen}, methods=("mle",)).scores(held_out={"toss": [0, 1]})
    logs = scores.judged["mle"].log_score
    assert logs[never] == -np.inf
    assert abs(logs[1 - never]) < 1e-12
