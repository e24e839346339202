"""Which fit to use: that the verdict says what the numbers say, and that these are right."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from test_energy import Rate
from test_predictive import made

import bayesbench as bb
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding
from bayesbench.estimates import estimates
from bayesbench.fit.record import Status
from bayesbench.results import results
from bayesbench.verdict import scored, which
from bayesbench.verdict.distance import Distance, Gap, distance
from bayesbench.verdict.held import shares
from bayesbench.verdict.record import Verdict
from small_models import DifferenceWithPrior, Gaussian

QUICK = {"draws": 500, "warmup": 500, "progress": False}


def _said(found, rule):
    return " ".join(each.text for each in found.findings if each.rule == rule)


def _evidence(found, rule):
    return next(each.evidence for each in found.findings if each.rule == rule)


@pytest.fixture(scope="module")
def five():
    """Five rows under the conjugate prior: the next value is a Student t."""
    gaussian = bb.load("gaussian", variant="conjugate")
    return bb.contrast(gaussian, {"y": gaussian.example()["y"][:5]}, **QUICK)


@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_the_coin(contrasts, prior):
    """Seven tosses: Laplace is close, and the two points are not."""
    found = contrasts[prior].verdict
    assert found.use == "laplace"
    first = found.sentences[0]
    assert first.startswith("Use Laplace: it agrees with the posterior.")
    own, integral = contrasts[prior].fits["laplace"], contrasts[prior].integral
    shift = (own.draws.theta.mean() - integral.mean) / integral.sd
    assert f"within {abs(shift):.2g} posterior standard deviations" in first
    evidence = _evidence(found, "which")
    se = float(contrasts[prior].fits["mle"].standard_errors["theta"])
    assert evidence["mle"]["width"]["value"] == pytest.approx(se / integral.sd, rel=1e-6)
    assert f"the MLE has {se / integral.sd:.2f} times the posterior's uncertainty of θ" in first
    # A level prior has no power; the other's is heard of.
    assert ("largest sensitivity" in _said(found, "prior")) == (prior == "normal")


def test_three_heads_of_three():
    """Under the uniform prior the next is heads with (3 + 1)/(3 + 2); the MLE is certain of it."""
    coin = bb.load("coin", prior="uniform")
    found = bb.contrast(coin, {"toss": [1, 1, 1]}, **QUICK).verdict
    assert found.use == "posterior"
    assert "the MLE gives “next is heads” 1.0000 in place of 0.8000" in found.sentences[0]
    said = _said(found, "existence")
    assert "sits on the boundary (θ = 1)" in said
    assert "gives “next is heads” the probability 1, the posterior 0.8000" in said
    held = _evidence(found, "overconfidence")["mle"]["held"]
    assert f"interval of 100% holds {held['value']:.1%}" in _said(found, "overconfidence")
    assert (held["against"], held["value"]) == (1, pytest.approx(0.8, abs=4 * 0.163 / 20))


def test_five_rows_of_a_gaussian(five):
    """What the MLE's and the MAP's intervals hold under the Student t (Gelman et al., 3.3)."""
    model = five.bound.model
    df, loc, scale = model.exact_predictive(five.bound.columns)
    truth = stats.t(df, loc, scale)
    found = five.verdict
    assert found.use == "posterior"
    for name in ("mle", "map"):
        at = five.fits[name].estimate
        low, high = stats.norm(at.mean, np.sqrt(at.variance)).ppf([0.025, 0.975])
        gap = distance(five, name).held
        assert 0 < gap.error < 0.1 / 20  # from draw to draw it varies by some 0.1
        assert gap.value == pytest.approx(truth.cdf(high) - truth.cdf(low), abs=4 * gap.error)
        assert gap.against == pytest.approx(0.95, abs=1e-9)
        spread = np.sqrt(float(at.variance)) / truth.std()
        assert distance(five, name).spread.value == pytest.approx(spread, rel=0.1)
    said = _said(found, "overconfidence")
    assert f"the MAP's interval of 95% holds {distance(five, 'map').held.value:.1%}" in said
    assert ("the MLE" in said) == (distance(five, "mle").held.size > 1)  # 94.7% are close
    table = estimates(five.fits["posterior"])
    shift = (five.fits["mle"].estimate.variance - table["mean"]["variance"]) / table["sd"][
        "variance"
    ]
    assert distance(five, "mle").shift.value == pytest.approx(float(shift), abs=1e-9)


def test_where_the_data_leave_a_direction_open():
    made_of = bb.contrast(DifferenceWithPrior, {"y": [1.0, 2.0, 1.5]}, progress=False)
    found = made_of.verdict
    assert found.use == "laplace"  # the posterior is a Normal
    assert "1 of 2 directions of the parameters open (b + c)" in _said(found, "existence")
    (say, _) = made_of.power_scaling
    assert "The prior drives" in _said(found, "prior")
    assert f"{max(each.prior for each in made_of.power_scaling):.2f}" in _said(found, "prior")
    assert say.prior > 0.05 > say.likelihood
    # b - c is known to 1/√3 and b and c apart to 7: a point knows nothing of the former.
    known = np.sqrt(1 / (1 / 200 + 3))
    share = stats.norm(0, np.hypot(1, known)).cdf(1.959964)
    held = _evidence(found, "overconfidence")["map"]["held"]["value"]
    assert held == pytest.approx(2 * share - 1, abs=0.01)


def test_with_many_rows_all_agree():
    y = np.random.default_rng(0).normal(1, 1.5, 2000)
    many = bb.contrast(Gaussian, {"y": y}, **QUICK)
    found = many.verdict
    assert found.use == "mle"
    first = found.sentences[0]
    assert first.startswith(
        "Use the MLE: it agrees with the posterior, and so do the MAP and Laplace."
    )
    assert "its interval of 95% for new rows holds 95% under the posterior predictive" in first
    assert _said(found, "existence") == _said(found, "overconfidence") == ""
    assert "does not drive the answer" in _said(found, "prior")


def test_a_posterior_that_is_none_decides_nothing():
    fits = {
        "mle": made(Gaussian, {"y": [1.0, 2.0]}, estimate={"mean": 1.5, "sd": 0.5}),
        "posterior": made(
            Gaussian, {"y": [1.0, 2.0]}, "not converged", draws={"mean": [[1.0]], "sd": [[1.0]]}
        ),
    }
    found = bb.Contrast(bb.bind(Gaussian, {"y": [1.0, 2.0]}), 0, fits).verdict
    assert found.use is None
    assert found.sentences[0].startswith("None of them yet: the posterior, which would tell, is")
    words = "unbounded: the likelihood grows as sd goes to 0 (1.5, 2.5 ...); there is no estimate."
    lost = replace(fits["mle"], status=Status("unbounded", words), diagnostics={"value": 49.987})
    alone = bb.Contrast(lost.bound, 0, {"mle": replace(lost, estimate=None)}).verdict
    assert alone.use is None
    (sentence,) = alone.sentences
    assert sentence == (
        "Maximum likelihood has no estimate: the likelihood grows as sd goes to 0 (it had reached "
        "49.99)."
    )


def test_rows_that_were_not_seen():
    generator = np.random.default_rng(0)
    table = {"y": [0.5, 1.0, 2.0]}
    draws = {"mean": generator.normal(1, 0.4, (4, 250)), "sd": generator.uniform(0.5, 2, (4, 250))}
    fits = {
        "mle": made(Gaussian, table, estimate={"mean": 1.0, "sd": 0.4}),
        "posterior": made(Gaussian, table, draws=draws),
    }
    contrast = bb.Contrast(bb.bind(Gaussian, table), 0, fits)
    for rows, word in (([4.0, -2.0, 3.9, -2.1], "better"), ([1.0, 1.6], "no difference")):
        scores = contrast.scores(held_out={"y": rows})
        (found,) = scored.say(scores)
        apart = scores.difference("posterior", "mle")
        assert f"On {len(rows)} rows that the fits had not seen" in found.text
        assert f"{apart.mean:+.4f} ± {apart.error:.4f} a row" in found.text
        assert word in found.text
        held = scores.table()["coverage_95"]
        assert f"posterior's intervals of 95% held {held['posterior']:.0%}" in found.text
        assert f"the MLE's {held['mle']:.0%}" in found.text
    plugged = stats.norm(1, 0.4).logpdf(rows)
    each = stats.norm(draws["mean"].reshape(-1, 1), draws["sd"].reshape(-1, 1)).pdf(rows)
    assert apart.mean == pytest.approx((np.log(each.mean(axis=0)) - plugged).mean(), abs=1e-10)
    assert scored.say(None) == []


def test_rows_that_were_held_impossible():
    """A point at the edge gives the other side the probability zero, and draws do not."""
    coin, table = bb.load("coin"), {"toss": [0, 0]}
    fits = {
        "mle": made(coin, table, estimate={"theta": 0.0}),
        "posterior": made(coin, table, draws={"theta": np.full((2, 50), 0.2)}),
    }
    scores = bb.Contrast(bb.bind(coin, table), 0, fits).scores(held_out={"toss": [0, 1, 1]})
    (found,) = scored.say(scores)
    assert found.text.startswith(
        "On 3 rows that the fits had not seen the log score is infinitely worse for the MLE on 2. "
    )
    (alone,) = scored.say(bb.Contrast(scores.bound, 0, fits).scores(held_out={"toss": [0]}))
    # The MLE is certain of it; of one row there is no standard error.
    assert f"posterior and MLE: {np.log(0.8):+.4f} a row. The" in alone.text


def test_an_unnormalised_density():
    """exp(-r y) r in disguise: what an interval holds is e^(-r low) - e^(-r high)."""
    generator, table = np.random.default_rng(0), {"y": [0.5, 1.0, 2.0]}
    rates = generator.gamma(3, 0.3, (4, 250))
    fits = {
        "map": made(Rate, table, estimate={"rate": 1.0}),
        "posterior": made(Rate, table, draws={"rate": rates}),
    }
    new, averaged = fits["map"].predict({}), fits["posterior"].predict({})
    low, high = float(new.low[0]), float(new.high[0])
    (claimed,) = shares(new, new)
    assert claimed == pytest.approx(np.exp(-low) - np.exp(-high), abs=1e-8)
    each = np.exp(-rates * low) - np.exp(-rates * high)
    assert shares(averaged, new, chains=4) == pytest.approx(each.ravel(), abs=1e-8)


CLOSE = Gap(1.0, 1.0, "a", 0.0, 0.05)
ALIKE = Gap(0.0, 0.0, "a", 0.0, 0.1)


def test_a_shape_that_no_weights_mend_is_not_named(five):
    """Means and widths agree, and the draws' weights say that the rest does not."""
    close = {"shift": ALIKE, "width": CLOSE, "held": Gap(0.95, 0.95, "", 0.0, 0.005)}
    found = {"laplace": Distance("laplace", **close, light="unusable", pareto_k=1.03)}
    use, (said,) = which.say(five, found)
    assert use == "posterior"
    assert said.text == (
        "Use the posterior: Laplace is close by its numbers, and yet its draws have another shape "
        "than the posterior's (Pareto's k is 1.03, unusable)."
    )
    assert said.evidence["laplace"]["pareto_k"] == 1.03
    use, (said,) = which.say(five, found | {"map": Distance("map", **close)})
    assert use == "map"
    assert said.text.startswith("Use the MAP: it agrees with the posterior. Its estimates")
    assert "But Laplace is close by its numbers, and yet" in said.text
    good = found["laplace"]
    assert which.say(five, {"laplace": replace(good, light="good", pareto_k=0.3)})[0] == "laplace"


def test_predictions_alone_and_a_spread_alone(five):
    """Without a parameter to compare a fit is good for predictions; a spread is too little."""
    held, spread = Gap(0.95, 0.95, "", 0.0, 0.005), Gap(0.998, 1.0, "", 0.0, 0.05)
    use, (said,) = which.say(five, {"map": Distance("map", held=held, spread=spread)})
    assert use == "map"
    assert said.text.startswith("Use the MAP to predict new rows: it agrees with the posterior.")
    assert "Nothing but predictions is compared" in said.text
    use, (said,) = which.say(five, {"map": Distance("map", spread=spread)})
    assert use == "posterior"
    assert "0.998 times the posterior's standard deviation, which is too little" in said.text


def test_a_gap_allows_for_the_error_of_the_draws():
    assert Gap(0.2, 0.0, "a", 0.05, 0.1).size == pytest.approx(1.0)
    assert Gap(0.2, 0.0, "a", 0.2, 0.1).size == 0


def test_an_entry_that_is_known_badly_hides_no_other(five, monkeypatch):
    before = distance(five, "map").shift
    module = sys.modules[distance.__module__]  # whose name in its package is the function's
    centre, sd, error = module._posterior(five)
    named = {name_in_formula(entry): entry for entry in error.index}
    error[named[before.where]] = 100.0
    monkeypatch.setattr(module, "_posterior", lambda _: (centre, sd, error))
    after = distance(five, "map").shift
    assert len(named) == 2
    assert after.where == next(each for each in named if each != before.where)


def test_every_sentence_carries_a_number_and_is_kept(five, contrasts):
    for each in (five, contrasts["normal"]):
        assert all(any(c.isdigit() for c in sentence) for sentence in each.verdict.sentences)
        told = json.loads(json.dumps(results(each)))["verdict"]
        assert told["use"] == each.verdict.use
        assert [said["message"] for said in told["sentences"]] == each.verdict.sentences
    html = five.verdict._repr_html_()
    assert html.count("<li>") == len(five.verdict.sentences)
    assert repr(five.verdict).startswith("Which one should I use?\n- Use the posterior")
    said = (("a", "info", "One."), ("b", "info", "Two."), ("scored", "info", "Three."))
    found = [Finding(*each) for each in (*said, ("c", "warning", "Four."))]
    assert Verdict("mle", tuple(found)).in_short == ["One.", "Three.", "Four."]


def test_a_posterior_alone_is_compared_with_nothing(contrasts):
    alone = replace(contrasts["normal"], fits={"posterior": contrasts["normal"].fits["posterior"]})
    assert alone.verdict.use is None
    told = results(alone)
    assert json.loads(json.dumps(told))["verdict"]["use"] is None
