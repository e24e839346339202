"""Power-scaling against posteriors that are known in closed form."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.contrasting import Contrast
from bayesbench.diagnose import power_scaling as rule
from bayesbench.fit.record import Fit, Status
from bayesbench.power_scaling import Say, says

SD = 1.0


def conjugate(loc, scale):
    """A mean with a Normal prior and data of known standard deviation."""

    class Mean(bb.Model):
        """A mean, known sd."""

        outcome = "y"
        mean = bb.parameter(bb.Normal(loc, scale))

        def likelihood(self):
            return bb.Normal(self.mean, SD)

    return Mean


def posterior(y, loc, scale, prior=1.0, likelihood=1.0):
    """The Normal posterior with the prior and the likelihood raised to powers."""
    precision = prior / scale**2 + likelihood * len(y) / SD**2
    centre = (prior * loc / scale**2 + likelihood * np.sum(y) / SD**2) / precision
    return stats.norm(centre, precision**-0.5)


def distance(base, other, low, high):
    """The cumulative Jensen-Shannon distance (Nguyen and Vreeken 2015), by quadrature."""
    x = np.linspace(low, high, 20_001)

    def one(p, q):
        with np.errstate(divide="ignore", invalid="ignore"):
            mixture = (p + q) / 2
            first = np.where(p > 0, p * np.log2(p / mixture), 0.0)
            second = np.where(q > 0, q * np.log2(q / mixture), 0.0)
        # The two terms (Q - P) / 2 ln 2 of both directions cancel.
        return np.trapezoid(first + second, x) / np.trapezoid(p + q, x)

    cdfs = [each.cdf(x) for each in (base, other)]
    tails = [each.sf(x) for each in (base, other)]
    return np.sqrt(max(one(*cdfs), one(*tails)))


def by_quadrature(y, loc, scale, part, low, high):
    base = posterior(y, loc, scale)
    found = [
        distance(base, posterior(y, loc, scale, **{part: power}), low, high) / abs(np.log2(power))
        for power in (0.99, 1.01)
    ]
    return np.mean(found)


def drawn(model, y, draws):
    """The fit that a perfect sampler would give."""
    status = Status("converged", "converged: drawn from the closed form.")
    return Fit("posterior", bb.bind(model, {"y": y}), "", "own", {}, status, draws=draws)


@pytest.fixture(scope="module")
def fits():
    generator = np.random.default_rng(3)
    y, made = generator.normal(0.3, SD, size=5), {}
    for name, prior in {"vague": (0, 10), "sharp": (0, 0.05), "contrary": (4, 0.5)}.items():
        model, known = conjugate(*prior), posterior(y, *prior)
        draws = model(mean=known.rvs((4, 1000), random_state=generator))
        made[name] = y, prior, drawn(model, y, draws)
    return made


def test_the_numbers_are_those_of_the_scaled_posteriors(fits):
    # ArviZ compares weighted draws with the draws themselves, so the Monte Carlo error is
    # that of a difference of two averages over the same draws: some percent. Its integrals
    # reach from the smallest draw to the largest.
    for y, prior, fit in fits.values():
        (say,) = says(fit)
        low, high = fit.draws.mean.min(), fit.draws.mean.max()
        for part in ("prior", "likelihood"):
            known = by_quadrature(y, *prior, part, low, high)
            assert getattr(say, part) == pytest.approx(known, rel=0.1, abs=0.004), (prior, part)


def test_what_is_said_of_them(fits):
    said = {name: says(fit)[0] for name, (_, _, fit) in fits.items()}
    assert "the prior has little say" in said["vague"].sentence
    assert "the prior drives it" in said["sharp"].sentence
    assert "may contradict each other" in said["contrary"].sentence
    assert "neither" in Say("a", 0.01, 0.02).sentence
    table = bb.sensitivity(fits["vague"][2])
    assert list(table.columns) == ["prior", "likelihood", "sentence"]
    assert table.loc["mean", "likelihood"] > 0.05 > table.loc["mean", "prior"]


def test_the_rule_speaks_where_there_is_something_to_say(fits):
    def found(name):
        y, prior, fit = fits[name]
        model = conjugate(*prior)
        others = {m: f(model, {"y": y}) for m, f in (("mle", bb.fit_mle), ("map", bb.fit_map))}
        return rule.look(Contrast(fit.bound, 0, others | {"posterior": fit}))

    assert found("vague") == []
    (driven,) = found("sharp")
    assert driven.message.startswith("The prior drives mean")
    assert driven.evidence["mean"]["prior"] > 0.05 > driven.evidence["mean"]["likelihood"]
    (both,) = found("contrary")
    assert "both move mean" in both.message


def test_what_is_not_looked_at(fits):
    y, prior, _ = fits["vague"]
    laplace = bb.fit_laplace(conjugate(*prior), {"y": y}, draws=10)
    with pytest.raises(bb.BadInput, match="a fit of another kind"):
        bb.sensitivity(laplace)

    class Improper(conjugate(0, 1)):
        """Nothing is believed."""

        mean = bb.parameter(bb.Flat())

    fit = drawn(Improper, y, Improper(mean=np.zeros((4, 10))))
    with pytest.raises(bb.BadInput, match="flat priors only"):
        bb.sensitivity(fit)


def test_a_level_prior_has_nothing_to_say():
    coin = bb.load("coin", prior="uniform")
    theta = stats.beta(4, 5).rvs((4, 500), random_state=1)
    status = Status("converged", "converged: drawn from the closed form.")
    bound = bb.bind(coin, coin.example())
    (say,) = says(Fit("posterior", bound, "", "own", {}, status, draws=coin(theta=theta)))
    assert say.prior == 0.0
    assert say.data_speak
