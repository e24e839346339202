"""Studies from end to end, held against what mathematics says of a Gaussian."""

import json
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from scipy.stats import chi2, norm, t
from typer.testing import CliRunner

import bayesbench as bb
from bayesbench import Flat, Model, Normal, parameter, positive
from bayesbench import numpy as bn
from bayesbench.batched import many, profile
from bayesbench.batched.modes import find_modes
from bayesbench.cli import app
from bayesbench.studies import fitted
from bayesbench.studies.calibration import BAND
from bayesbench.terminal_study import print_study

GAUSSIAN = bb.load("gaussian")
HELD = {"mean": 1.0, "variance": 4.0}
N, SETS, FEWER = 5, 1000, 384


class ScaleFree(Model):
    """The prior 1/σ² on the variance: flat on log σ, and on the mean."""

    outcome = "y"
    mean = parameter(Flat())
    log_sd = parameter(Flat())

    def likelihood(self):
        return Normal(self.mean, bn.exp(self.log_sd))


class FlatScale(Model):
    """A flat prior on σ, and on the mean."""

    outcome = "y"
    mean = parameter(Flat())
    sd = parameter(Flat(), support=positive)

    def likelihood(self):
        return Normal(self.mean, self.sd)


def holds(reach, df):
    """The share of new outcomes within reach · s · √(1 + 1/n) of the mean of n = df + 1 rows."""
    return t(df).cdf(reach) - t(df).cdf(-reach)


@pytest.fixture(scope="module")
def held():
    """Five rows of a Gaussian whose parameters are held; no draws."""
    return bb.study(GAUSSIAN, N, 4 * SETS, methods=("mle",), at=HELD)


def test_plug_in_prediction_from_five_rows_holds_81_5_percent(held):
    """The plug-in interval is ȳ ± 1.96 s √(4/5), and (y - ȳ) / (s √(6/5)) is Student's t."""
    found = held.predictions().loc[(N, "mle")]
    for level in (50, 80, 95):
        reach = norm.ppf((1 + level / 100) / 2) * np.sqrt((4 / 5) / (6 / 5))
        error = found[f"coverage_{level}_error"]
        assert found[f"coverage_{level}"] == pytest.approx(holds(reach, 4), abs=3.5 * error)
        assert error < 0.005
    assert holds(norm.ppf(0.975) * np.sqrt(4 / 6), 4) == pytest.approx(0.815, abs=5e-4)


def test_bias_and_rmse_of_the_mle_are_those_of_theory(held):
    """(1/n) Σ (y - ȳ)² is σ² χ²(n - 1) / n, and the mean's variance σ² / n."""
    found = held.table()
    spread = 4.0 * chi2(N - 1).std() / N
    wanted = {"mean": (0.0, np.sqrt(4 / N)), "variance": (-4 / N, np.hypot(4 / N, spread))}
    for entry, (bias, rmse) in wanted.items():
        row = found.loc[(N, entry, "mle")]
        assert row["bias"] == pytest.approx(bias, abs=3.5 * row["bias_error"])
        assert row["rmse"] == pytest.approx(rmse, abs=3.5 * row["rmse_error"])
        assert row["over"] == 4 * SETS


def test_the_wald_interval_of_the_mean_holds_what_theory_says(held):
    """ȳ ± z s √(4/5) / √5, and (ȳ - μ) √5 / s is Student's t with four degrees of freedom."""
    for level in (0.5, 0.8, 0.95):
        row = held.coverage().loc[(N, "mean", "mle", level)]
        wanted = holds(norm.ppf((1 + level) / 2) * np.sqrt(4 / 5), 4)
        assert row["coverage"] == pytest.approx(wanted, abs=3.5 * row["coverage_error"])


@pytest.fixture(scope="module")
def drawn():
    """Five rows of a Gaussian, its parameters drawn from the prior; all methods."""
    return bb.study(GAUSSIAN, N, SETS)


def test_the_posterior_holds_what_it_says_if_parameters_are_from_the_prior(drawn):
    found, held = drawn.predictions().loc[(N, "posterior")], drawn.coverage()
    for level in (50, 80, 95):
        error = found[f"coverage_{level}_error"]
        assert found[f"coverage_{level}"] == pytest.approx(level / 100, abs=3.5 * error)
        for entry in ("mean", "variance"):
            row = held.loc[(N, entry, "posterior", level / 100)]
            assert row["coverage"] == pytest.approx(level / 100, abs=3.5 * row["coverage_error"])


def test_ranks_in_the_gaussian_are_uniform_by_their_bands(drawn):
    """Two curves: a correct sampler fails for one seed in twenty."""
    found = [drawn.calibration[N, "posterior", entry] for entry in ("mean", "variance")]
    assert min(each.p for each in found) > (1 - BAND) / 2
    # Five rows are few for a Normal in log σ², whose posterior has the longer tail above.
    assert drawn.calibration[N, "laplace", "variance"].p < 1e-3


def test_an_overconfident_posterior_is_caught(monkeypatch):
    """Draws at 0.7 of their distance from each data set's mean."""
    sample = many.sample_many

    def shrunk(*arguments):
        made = sample(*arguments)
        centre = made.draws.mean(axis=(1, 2), keepdims=True)
        return replace(made, draws=centre + 0.7 * (made.draws - centre))

    monkeypatch.setattr(many, "sample_many", shrunk)
    found = bb.study(GAUSSIAN, N, FEWER, methods=("posterior",))
    each = found.calibration[N, "posterior", "mean"]
    assert each.p < 1e-3
    assert not each.inside
    assert each.shape == "narrow"
    assert "the draws are too narrow" in found.sentences[-1]
    row = found.coverage().loc[(N, "mean", "posterior", 0.95)]
    assert row["coverage"] < 0.95 - 3 * row["coverage_error"]


def test_plugging_in_is_overconfident(drawn):
    found = drawn.predictions().xs(N, level="n")
    for method in ("mle", "map"):
        assert found.loc[method, "coverage_95"] < 0.95 - 5 * found.loc[method, "coverage_95_error"]
    assert (found["difference"].dropna() < 0).all()


@pytest.mark.parametrize(
    ("model", "at", "wanted"),
    [
        (ScaleFree, {"mean": 1.0, "log_sd": np.log(2)}, 0.95),
        # σ^-n times a flat prior leaves one degree of freedom less: Student's t with three.
        (FlatScale, {"mean": 1.0, "sd": 2.0}, holds(t(3).ppf(0.975) * np.sqrt(4 / 3), 4)),
    ],
)
def test_the_prior_of_the_scale_moves_the_coverage(model, at, wanted):
    """Exactly 95% under 1/σ², whatever the parameters are, and 97.9% under a flat prior on σ.

    The posterior's quantiles are those of 1,000 draws, which moves the share by less than
    half an error.
    """
    found = bb.study(model, N, FEWER, methods=("posterior",), at=at)
    row = found.predictions().loc[(N, "posterior")]
    assert row["coverage_95"] == pytest.approx(wanted, abs=3.5 * row["coverage_95_error"])
    assert row["coverage_95_error"] < 0.008
    assert row["over"] > 0.98 * FEWER
    assert found.calibration == {}
    assert "held" in found.sentences[-1]


def test_wanted_values():
    assert holds(t(3).ppf(0.975) * np.sqrt(4 / 3), 4) == pytest.approx(0.979, abs=5e-4)


def test_a_study_is_told(drawn):
    text = "\n".join(drawn.sentences)
    assert "the 95% plug-in interval of the MLE holds" in text
    assert "The truth’s ranks among the posterior’s draws show no departure from uniform" in text
    assert re.search("The posterior’s 95% interval shows no departure .* ± .* of 1,000 data", text)
    assert "randomised" not in text
    assert repr(drawn) == text
    found = drawn.results()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["statuses"]["5"]["mle"] == {"converged": SETS}
    assert drawn.statuses[N]["posterior"]["converged"] > 0.99 * SETS
    assert {row["method"] for row in found["calibration"]} == {"laplace", "posterior"}
    for draw in (drawn.plot, drawn.plot_ranks, drawn.plot_ecdf):
        assert draw().figure.axes


def test_a_study_fits_into_a_terminal(drawn):
    from rich.console import Console

    console = Console(width=96, file=StringIO(), highlight=False)
    print_study(drawn, console)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == f"Gaussian: {drawn.sentences[0]}"
    assert max(map(len, lines)) <= 96
    row = next(line.split() for line in lines if line.startswith("MLE, plugged in"))
    found = drawn.predictions().loc[(N, "mle")]
    assert float(row[7]) == pytest.approx(100 * found["coverage_95"], abs=0.051)
    assert row[-1] == f"{SETS:,}"
    for method in ("MLE", "profile", "MAP", "Laplace", "posterior"):
        assert sum(method in line.split() for line in lines) >= 2


def test_of_held_parameters_there_are_no_ranks(held):
    assert held.calibration == {}
    for draw in (held.plot_ranks, held.plot_ecdf):
        with pytest.raises(bb.BadInput, match="ranks of the truth: found no method that draws"):
            draw()
    assert held.plot().figure.axes


def test_an_interval_alone_has_no_predictions():
    found = bb.study(GAUSSIAN, N, 20, methods=("profile",))
    assert found.predictions().empty
    assert found.coverage().loc[(N, "mean", "profile", 0.95), "over"] == 20
    assert len(found.plot().figure.axes) == 2
    assert found.results()["predictions"] == []


def test_chains_are_run_as_the_command_is_told(monkeypatch):
    asked, sample = [], many.sample_many
    monkeypatch.setattr(many, "sample_many", lambda *to: asked.append(sample(*to)) or asked[-1])
    words = "study coin --n 7 --datasets 10 --methods posterior --no-checkpoint"
    words += " --chains 3 --draws 80 --warmup 40 --ess 110 --json -"
    done = CliRunner().invoke(app, words.split())
    assert done.exit_code == 0
    (made,) = asked
    assert made.draws.shape[1:] == (3, 80, 1)
    assert made.ess[made.converged].min() >= 110
    found = json.loads(done.stdout)
    assert found["chains"] == {"chains": 3, "draws": 80, "warmup": 40, "ess": 110}


def test_profiles_without_ends_are_counted(monkeypatch):
    """One is made to lose an end; the MLEs are looked for once."""
    climbed, ends_of = [], fitted.profile_ends

    def without_one(*asked):
        made = ends_of(*asked)
        made.low[3] = np.nan
        return made

    def climb(*asked):
        climbed.append(asked)
        return find_modes(*asked)

    monkeypatch.setattr(fitted, "profile_ends", without_one)
    for module in (many, profile, fitted):
        monkeypatch.setattr(module, "find_modes", climb)
    found = bb.study(bb.load("coin"), N, 20, methods=("mle", "profile"))
    assert len(climbed) == 1
    mle, profiled = (found.statuses[N][method] for method in ("mle", "profile"))
    assert profiled["not converged"] == 1
    assert sum(profiled.values()) == sum(mle.values()) == 20
    assert "Of new outcomes (randomised between whole numbers), with 5 rows" in str(found)
    assert "The profile failed (not converged) on 1 of 20 data sets with 5 rows" in str(found)
    assert found.coverage().loc[(N, "theta", "profile", 0.95), "over"] == 19


def test_log_scores_without_a_mean_and_sizes_without_an_estimate_are_told():
    """One row of a Gaussian has no MLE; with two the plugged-in log score has no finite mean."""
    found = bb.study(GAUSSIAN, (1, 2), 128, methods=("mle", "posterior"))
    text = str(found)
    assert "The MLE failed (unbounded) on 128 of 128 data sets with 1 row" in text
    assert "plug-in interval of the MLE is none (with 2 rows " in text
    assert re.search("A few data sets make that mean of the MLE’s log scores, .* with 2 rows", text)
    assert "no difference to speak of" not in text
    assert "nan" not in text
    assert found.predictions().loc[(2, "mle"), "tail"] > 1
    assert found.predictions().loc[(2, "posterior"), "tail"] < 0.7
    assert json.loads(json.dumps(found.results(), allow_nan=False))
    from rich.console import Console

    console = Console(width=96, file=StringIO(), highlight=False)
    print_study(found, console)
    assert "nan" not in console.file.getvalue()
