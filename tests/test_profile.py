"""Profile likelihood: ends against closed forms and SciPy's root finder; what is said of them."""

import json

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, xlogy
from scipy.stats import chi2
from typer.testing import CliRunner

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.cli import app
from bayesbench.diagnose import profile_interval
from bayesbench.figures.profile import window
from small_models import (
    Counts,
    Difference,
    Gaussian,
    Linear,
    Logistic,
    PositiveMean,
    Scale,
)

LEVEL = chi2.ppf(0.95, 1) / 2


class Mean(bb.Model):
    """A mean, the standard deviation being known: the log-likelihood is a parabola."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.mean, 2)


class Variance(Gaussian):
    """The same as `Gaussian`, on another scale."""

    sd = bb.parameter(bb.HalfNormal(5))

    def likelihood(self):
        return bb.Normal(self.mean, bn.sqrt(self.sd))


class Saturating(bb.Model):
    """A curve that is level where the rate is large."""

    outcome = "y"
    top = bb.parameter(bb.Normal(0, 10))
    rate = bb.parameter(bb.HalfNormal(5))

    def likelihood(self, x):
        return bb.Normal(self.top * (1 - bn.exp(-self.rate * x)), 0.2)


class Wells(bb.Model):
    """The log-likelihood -((a - 1)(a + 2))²/(2 sd²): two hills, as high as each other."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    sd = 1.0
    variants = {"wide": bb.variant(sd=1.5)}

    def likelihood(self):
        return bb.Normal((self.a - 1) * (self.a + 2), self.sd)


FIVE = np.array([0.3, -1.2, 2.0, 0.5, 1.1])
SATURATED = {"x": [1.0, 2.0, 3.0], "y": [0.9, 1.2, 0.9]}


def ends(found):
    return [found.low, found.high]


def kinds(found):
    return [found.lower.kind, found.upper.kind]


def crossing(profile, inside, outside):
    """Where a profile, less its maximum, is the level below."""
    return brentq(lambda at: profile(at) + LEVEL, inside, outside, xtol=1e-14, rtol=1e-14)


def test_the_coin():
    def profile(theta):
        return xlogy(3, theta) + xlogy(4, 1 - theta) - xlogy(3, 3 / 7) - xlogy(4, 4 / 7)

    coin = bb.load("coin")
    fit = bb.fit_mle(coin, coin.example())
    (found,) = fit.profile()
    truth = [crossing(profile, 3 / 7, 1e-9), crossing(profile, 3 / 7, 1 - 1e-9)]
    assert ends(found) == pytest.approx(truth, abs=1e-8)
    assert kinds(found) == ["falls", "falls"]
    assert found.ratios == pytest.approx(profile(found.values), abs=1e-10)
    se = np.sqrt(12 / 7**3)
    assert found.wald == pytest.approx((3 / 7 - 1.959964 * se, 3 / 7 + 1.959964 * se), abs=1e-6)
    assert found.apart == pytest.approx(abs(truth[0] - found.wald[0]) / se, abs=1e-6)
    assert found.words == "agrees with Wald’s to within 0.36 standard errors"
    # Another probability is another level: chi-square's quantile at 0.5 is 0.4549.
    (half,) = fit.profile("theta", prob=0.5)
    assert profile(half.low) == pytest.approx(-0.4549364 / 2, abs=1e-7)


def test_a_parabola_is_walds():
    (found,) = bb.profile(Mean, {"y": FIVE})
    assert ends(found) == pytest.approx(found.wald, abs=1e-9)
    assert found.high - found.low == pytest.approx(2 * 1.95996398 * 2 / np.sqrt(5), abs=1e-7)
    assert found.words == "Wald’s is the same"


@pytest.fixture(scope="module")
def gaussian():
    return bb.profile(Gaussian, {"y": FIVE})


def test_a_mean_and_a_standard_deviation(gaussian):
    n, mean, variance = 5, FIVE.mean(), FIVE.var()
    reach = np.sqrt(variance * np.expm1(2 * LEVEL / n))
    assert ends(gaussian["mean"]) == pytest.approx([mean - reach, mean + reach], abs=1e-8)

    def profile(sd):
        ratio = variance / sd**2
        return n / 2 * (np.log(ratio) - ratio + 1)

    sd = np.sqrt(variance)
    truth = [crossing(profile, sd, sd / 9), crossing(profile, sd, 9 * sd)]
    assert ends(gaussian["sd"]) == pytest.approx(truth, abs=1e-8)
    curve = gaussian["sd"]
    assert curve.ratios == pytest.approx(profile(curve.values), abs=1e-7)
    assert not curve.agrees
    assert "differs from Wald’s by up to" in curve.words


def test_the_interval_does_not_depend_on_the_scale(gaussian):
    found = bb.profile(Variance, {"y": FIVE}, "sd")
    assert np.sqrt(ends(found["sd"])) == pytest.approx(ends(gaussian["sd"]), abs=1e-8)


def test_tiny_units():
    found = bb.profile(Scale, {"y": 1e-9 * FIVE})
    large = bb.profile(Scale, {"y": FIVE})
    assert np.multiply(ends(found["sd"]), 1e9) == pytest.approx(ends(large["sd"]), rel=1e-7)


def test_regression():
    generator = np.random.default_rng(3)
    x = generator.normal(size=(12, 2))
    y = x @ [1.0, -0.5] + generator.normal(size=12)
    found = bb.profile(Linear, {"a": x[:, 0], "b": x[:, 1], "y": y})
    best, (rss,), *_ = np.linalg.lstsq(x, y)
    reach = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * rss * np.expm1(2 * LEVEL / 12))
    for k, name in enumerate(("slopes[a]", "slopes[b]")):
        assert ends(found[name]) == pytest.approx([best[k] - reach[k], best[k] + reach[k]])
    # Asked one by one it is the same.
    assert list(bb.profile(Linear, {"a": x[:, 0], "b": x[:, 1], "y": y}, "slopes[b]").by_entry) == [
        "slopes[b]"
    ]


def test_no_events_in_four_rows():
    (found,) = bb.profile(Counts, {"y": [0, 0, 0, 0]})
    assert kinds(found) == ["edge", "falls"]
    assert found.low == 0
    assert found.high == pytest.approx(LEVEL / 4, abs=1e-8)
    assert np.isnan(found.wald).all()
    assert "reaches the edge of the support, 0" in found.words


def test_an_interval_up_to_the_edge():
    (found,) = bb.profile(PositiveMean, {"y": [0.3, 0.1]})
    assert kinds(found) == ["edge", "falls"]
    assert ends(found) == pytest.approx([0, 0.2 + np.sqrt(LEVEL)], abs=1e-8)
    assert found.wald_leaves
    assert "Wald’s leaves the support, [0, ∞)" in found.words


def test_a_profile_that_never_closes():
    found = bb.profile(Saturating, SATURATED)
    rate, y = found["rate"], np.array(SATURATED["y"])
    assert kinds(rate) == ["falls", "never"]
    assert rate.high == np.inf
    assert not rate.closed
    assert "the profile never falls by 1.92 above 2.245" in rate.words
    # Far out the curve is a constant, at best the mean.
    level = -((y - y.mean()) ** 2).sum() / 2 / 0.2**2 - 3 * np.log(0.2 * np.sqrt(2 * np.pi))
    assert rate.ratios[-1] == pytest.approx(level - found.height, abs=1e-7)
    x = np.array(SATURATED["x"])

    def profile(at):
        shape = 1 - np.exp(-at * x)
        rss = y @ y - (shape @ y) ** 2 / (shape @ shape)
        return -rss / 2 / 0.2**2 - 3 * np.log(0.2 * np.sqrt(2 * np.pi)) - found.height

    assert rate.low == pytest.approx(crossing(profile, rate.estimate, 0.01), abs=1e-7)
    assert window(found.results()["entries"]["rate"])[1] < 20


def test_separated_data_have_one_end():
    """No maximum, but a limit: the log-likelihood tends to 0."""
    found = bb.profile(Logistic, {"x": [-2.0, -1.0, 1.0, 2.0], "y": [0, 0, 1, 1]})

    def profile(slope):  # the intercept is then best at 0, by symmetry
        return 2 * np.log(expit(slope)) + 2 * np.log(expit(2 * slope))

    slope = found["slope"]
    assert slope.low == pytest.approx(brentq(lambda s: profile(s) + LEVEL, 0.01, 9), abs=1e-6)
    assert kinds(slope) == ["falls", "never"]
    assert np.isnan(slope.estimate)
    assert "never falls by 1.92 towards ∞" in slope.words
    assert kinds(found["intercept"]) == ["never", "never"]


@pytest.fixture(scope="module")
def schools():
    model = bb.load("eight_schools")
    return bb.profile(model, model.example())


def test_eight_schools(schools):
    """The effects are integrated out, and the spread is at its edge."""
    data = bb.load("eight_schools").example()
    y, se = (np.array(data[name], dtype=float) for name in ("y", "se"))

    def height(mean, spread):
        variance = se**2 + spread**2
        return -0.5 * np.sum(np.log(2 * np.pi * variance) + (y - mean) ** 2 / variance)

    def of_spread(spread):
        weights = 1 / (se**2 + spread**2)
        return height(weights @ y / weights.sum(), spread) - of_zero

    def of_mean(mean):
        done = minimize_scalar(
            lambda s: -height(mean, s), bounds=(0, 60), method="bounded", options={"xatol": 1e-9}
        )
        return max(-done.fun, height(mean, 0.0)) - of_zero

    of_zero = 0.0
    of_zero = of_spread(0.0)
    spread, mean = schools["spread"], schools["mean"]
    assert kinds(spread) == ["edge", "falls"]
    assert spread.high == pytest.approx(crossing(of_spread, 0.0, 60.0), abs=1e-6)
    middle = mean.estimate
    truth = [crossing(of_mean, middle, -30.0), crossing(of_mean, middle, 40.0)]
    assert ends(mean) == pytest.approx(truth, abs=1e-5)


def test_hills_that_are_apart():
    (found,) = bb.profile(Wells, {"y": [0.0]}, starts=8)
    centre = found.estimate
    assert min(abs(centre - 1), abs(centre + 2)) < 1e-7
    assert not found.one_interval
    (other,) = found.elsewhere
    assert other == pytest.approx((-1 - centre, 0.0), abs=1e-6)
    assert "is not one interval: another hill at" in found.words
    assert "as high" in found.words
    # One start does not know of the other hill: what lies beyond the ends is looked at.
    (alone,) = bb.profile(Wells, {"y": [0.0]}, starts=1)
    assert len(alone.elsewhere) == 1


def test_hills_in_one_interval():
    (found,) = bb.profile(bb.load(f"{__file__}:Wells", variant="wide"), {"y": [0.0]}, starts=8)
    depth = np.sqrt(2 * LEVEL) * 1.5  # of (a - 1)(a + 2) at the ends
    reach = np.sqrt(9 / 4 + depth)
    assert ends(found) == pytest.approx([-0.5 - reach, -0.5 + reach], abs=1e-7)
    assert found.one_interval


@pytest.fixture(scope="module")
def waves():
    model = bb.load("cosine_exponential", variant="spread_5")
    return model, {name: values[:200] for name, values in model.example().items()}


def test_a_local_maximum_is_not_taken_for_the_highest(waves):
    model, data = waves
    found = bb.fit_mle(model, data, start={"a": 1.98, "b": 0.1}).profile()
    assert found.higher.values == pytest.approx({"a": 0.583, "b": 0.112}, abs=1e-4)
    assert found.higher.gain == pytest.approx(found.higher.height - found.height)
    for each in found:
        assert np.isnan(ends(each)).all()
        assert kinds(each) == ["none", "none"]
    assert "local maximum only" in found.sentences[0]
    assert found.table()["low"].isna().all()


def test_the_highest_has_a_mirror_image(waves):
    model, data = waves
    found = bb.fit_mle(model, data, start={"a": 0.58, "b": 0.1}).profile("a")["a"]
    assert found.low < 0.583 < found.high
    assert any(value == pytest.approx(-0.583, abs=1e-4) for value, _ in found.elsewhere)


def test_what_has_no_profile():
    for model, data, words in (
        (Difference, {"y": [1.0, 2.0]}, "no estimate .not identified"),
        (Gaussian, {"y": [1.5]}, "grows without limit"),
        (bb.load("mean_sigma_mlp"), bb.load("mean_sigma_mlp").example(), "weights of networks"),
    ):
        with pytest.raises(bb.BadInput, match=words):
            bb.profile(model, data)
    coin = bb.load("coin")
    with pytest.raises(bb.BadInput, match=r"found 'thta'.*did you mean 'theta'"):
        bb.profile(coin, coin.example(), "thta")
    with pytest.raises(bb.BadInput, match=r"prob: found 95"):
        bb.profile(coin, coin.example(), prob=95)


def rule(model, data, **options):
    made = bb.contrast(model, data, methods=("mle",), **options)
    return profile_interval.look(made), made


def test_findings(waves):
    (fine,), _ = rule(bb.load("coin"), bb.load("coin").example())
    assert fine.severity == "ok"
    assert (
        "nowhere more than 0.5 standard errors apart: at most 0.36, for θ "
        "(profile likelihood 0.1287 to 0.7728, Wald 0.0620 to 0.7952)" in fine.message
    )
    (off,), _ = rule(Gaussian, {"y": FIVE})
    assert off.severity == "info"
    assert off.evidence["parameter"] == "sd"
    found, _ = rule(Saturating, SATURATED)
    assert [each.severity for each in found] == ["warning", "info"]
    assert "from 0.5626 to ∞" in found[0].message
    nothing, made = rule(Difference, {"y": [1.0, 2.0]})
    assert nothing == []
    assert made.profile is None
    assert made.why_no_profile.startswith("no estimate")
    fit = bb.fit_mle(waves[0], waves[1], start={"a": 1.98, "b": 0.1})
    local = bb.Contrast(fit.bound, 0, {"mle": fit})
    (said,) = profile_interval.look(local)
    assert said.severity == "warning"
    assert "local maximum only" in said.message


def test_what_takes_too_long_for_a_page_is_left_out(monkeypatch):
    monkeypatch.setattr("bayesbench.contrasting.QUICK", 19)
    made = bb.contrast(Gaussian, {"y": FIVE}, methods=("mle",))
    assert made.profile is None
    assert "5 rows and 2 numbers" in made.why_no_profile


def test_the_command(tmp_path):
    place, figure = tmp_path / "coin.json", tmp_path / "coin.svg"
    words = ["profile", "coin", "--entry", "theta", "--json", str(place), "--plot", str(figure)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "0.1287" in done.output
    assert "agrees with Wald’s to within 0.36 standard errors" in done.output
    theta = json.loads(place.read_text("utf-8"))["profile"]["entries"]["theta"]
    assert theta["low"] == pytest.approx(0.12874291, abs=1e-8)
    assert theta["ends"] == ["falls", "falls"]
    assert figure.read_text("utf-8").count("<svg") == 1
