"""The estimates as the data grow, against closed forms at each number of rows."""

import json
from importlib.resources import files

import jax
import jsonschema
import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.density import Pins, columns_in
from bayesbench.figures.growth import plot_growth
from bayesbench.fit import torch_objective
from bayesbench.fit.growing import usual_sizes
from bayesbench.fit.growth_in_words import sentences
from bayesbench.fit.mle import climber
from bayesbench.fit.prefixes import masked_log_density, sample_prefixes
from bayesbench.fit.t_proposal import importance_sample, weighted_quantile
from bayesbench.influence import page_sizes
from bayesbench.libraries import jax_library
from small_models import Difference, DifferenceWithPrior, Gaussian, Logistic, Waiting

SCHEMA = json.loads(files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8"))


class Mean(bb.Model):
    """A mean, known sd 2."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(1, 3))

    def likelihood(self):
        return bb.Normal(self.mean, 2)


Y = np.random.default_rng(5).normal(0.5, 2, size=30)


def known(n):
    """The Normal posterior of `Mean` on the first rows."""
    precision = 1 / 9 + n / 4
    return stats.norm((1 / 9 + Y[:n].sum() / 4) / precision, precision**-0.5)


@pytest.fixture(scope="module")
def coin():
    model = bb.load("coin", prior="uniform")
    return bb.growth(model, model.example())


def test_the_coin_at_each_number_of_tosses(coin):
    tosses = np.array([0, 0, 1, 1, 0, 0, 1])
    assert [each.rows for each in coin.at] == [1, 2, 5, 7]
    for each in coin.at:
        heads = tosses[: each.rows].sum()
        share = heads / each.rows
        beta = stats.beta(heads + 1, each.rows - heads + 1)
        assert each.mle.values[0] == pytest.approx(share, abs=1e-6)
        assert each.map.values[0] == pytest.approx(share, abs=1e-6)  # the prior is level
        assert each.mle.status.name == ("boundary" if heads == 0 else "converged")
        made = each.posterior
        assert made.made_by == "importance sampling"
        # Four standard errors; those of quantiles by the density there.
        error = 4 * beta.std() / np.sqrt(made.numbers["ess"])
        assert made.mean[0] == pytest.approx(beta.mean(), abs=error)
        for level, end in ((0.025, made.low[0]), (0.975, made.high[0])):
            assert beta.cdf(end) == pytest.approx(
                level, abs=4 * np.sqrt(level * (1 - level) / made.numbers["ess"])
            )


def test_a_mean_with_known_sd():
    found = bb.growth(Mean, {"y": Y}, [1, 10, 30])
    for each in found.at:
        normal = known(each.rows)
        assert each.mle.values[0] == pytest.approx(Y[: each.rows].mean(), abs=1e-9)
        assert each.map.values[0] == pytest.approx(normal.mean(), abs=1e-9)
        assert each.posterior.mean[0] == pytest.approx(normal.mean(), abs=0.02 * normal.std())
        ends = np.array([each.posterior.low[0], each.posterior.high[0]])
        assert ends == pytest.approx(normal.ppf([0.025, 0.975]), abs=0.1 * normal.std())
    table = found.table()
    assert table.loc[(30, "mean"), "mle"] == pytest.approx(Y.mean())
    apart = (table["mle"] - table["map"]).abs()
    assert apart.iloc[-1] < apart.iloc[0]


def test_nuts_on_the_first_rows():
    bound = bb.bind(Mean, {"y": Y})
    for rows, made in zip((2, 20), sample_prefixes(bound, [2, 20], seed=0), strict=True):
        normal = known(rows)
        assert made.status.converged
        error = 4 * normal.std() / np.sqrt(made.numbers["ess"])
        assert made.mean[0] == pytest.approx(normal.mean(), abs=error)
        assert (made.high[0] - made.low[0]) / (2 * 1.96) == pytest.approx(normal.std(), rel=0.15)


def test_the_mask_gives_the_density_of_the_first_rows():
    generator = np.random.default_rng(1)
    table = {"x": generator.normal(size=6), "y": [0, 1, 1, 0, 1, 0]}
    bound = bb.bind(Logistic, table)
    z = generator.normal(size=2)
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        for rows in (1, 4, 6):
            part = torch_objective.log_posterior(bound.only(slice(rows)), "unconstrained")
            masked = float(masked_log_density(bound.layout, z, inputs, outcome, rows))
            assert masked == pytest.approx(part.value(z, Pins.none(2)), abs=1e-10)


def test_torch_and_jax_agree_on_the_posterior():
    from bayesbench.fit import jax_objective

    bound, z = bb.bind(Gaussian, {"y": Y}), np.array([0.3, -0.4])
    for scale in ("own", "unconstrained"):
        ours, theirs = (m.log_posterior(bound, scale) for m in (torch_objective, jax_objective))
        assert ours.value(z, Pins.none(2)) == pytest.approx(theirs.value(z, Pins.none(2)))
        assert ours.gradient(z, Pins.none(2)) == pytest.approx(theirs.gradient(z, Pins.none(2)))


def test_what_is_not_there_is_a_gap_with_a_reason():
    found = bb.growth(DifferenceWithPrior, {"y": Y}, [2, 30])
    first, last = found.at
    assert first.mle.values is None
    assert first.mle.status.name == "not identified"
    assert last.posterior.mean is not None  # the priors are proper
    # b and c share what the data say: of precision 30 against priors of variance 100 each.
    known = Y.mean() / (2 + 1 / 3000) * np.array([1, -1])
    assert last.map.values == pytest.approx(known, abs=1e-6)
    assert np.isnan(found.table().loc[(2, "b"), "mle"])
    assert any("With 2, 30 rows there is no MLE; not identified" in s for s in found.sentences)
    ax = found.plot()
    assert np.isnan(ax.lines[0].get_ydata()).all()
    assert [each.get_title("left") for each in ax.figure.axes] == ["b", "c"]


def test_of_many_numbers_four_are_drawn_and_it_is_said(coin):
    found = coin.results()
    found["entries"] = [f"theta{k}" for k in range(6)]
    for each in found["at"]:
        for fit in ("mle", "map"):
            each[fit]["values"] = (each[fit]["values"] or [None]) * 6
        for part in ("mean", "low", "high"):
            each["posterior"][part] = (each["posterior"][part] or [None]) * 6
    figure = plot_growth(found).figure
    assert len(figure.axes) == 4
    assert figure.get_suptitle() == "4 of 6 numbers; the table has all"


def test_a_posterior_that_chains_did_not_reach_is_no_missing_one(coin):
    found = coin.results()
    status = {"name": "not converged", "sentence": "not converged: largest R-hat 1.020."}
    found["at"][0]["posterior"] |= {"mean": None, "status": status}
    said = "With 1 row the posterior was not reached; not converged: largest R-hat 1.020."
    assert sentences(found)[-1] == said


def test_line_searches_turn_back_from_where_there_is_no_density():
    """A rate 3 + t that is none below -3: the MLE is n/Σy - 3."""
    y = np.array([0.9, 1.2, 3.0])
    target = torch_objective.log_likelihood(bb.bind(Waiting, {"y": y}))
    for start in (-2.9, 0.0, 30.0):
        climb = climber(target, len(y))(np.array([start]), Pins.none(1))
        assert climb.z[0] == pytest.approx(3 / y.sum() - 3, abs=1e-8)
    posterior = torch_objective.log_posterior(bb.bind(Waiting, {"y": y}), "unconstrained")
    total = y.sum() - 3 / 25  # with r = 3 + t: 3/r - Σy - (r - 3)/25 = 0
    mode = 12.5 * (np.sqrt(total**2 + 12 / 25) - total) - 3
    for start in (-2.9, 0.0, 30.0):
        climb = climber(posterior, len(y))(np.array([start]), Pins.none(1))
        assert climb.z[0] == pytest.approx(mode, abs=1e-8)


def test_under_flat_priors_there_may_be_no_posterior():
    found = bb.growth(Difference, {"y": [0.3, 0.4]}, [2])
    (at,) = found.at
    assert at.posterior.mean is None
    assert at.posterior.status.name == "not identified"
    assert "there is no posterior" in at.posterior.status.sentence


def test_poor_weights_are_seen():
    def log_density(z):  # a Cauchy squared's narrow twin far away from the mode that is given
        return stats.norm(40, 0.01).logpdf(z[:, 0])

    poor = importance_sample(log_density, np.zeros(1), np.eye(1), 0)
    assert not poor.good
    good = importance_sample(lambda z: stats.norm.logpdf(z[:, 0]), np.zeros(1), np.eye(1), 0)
    assert good.good
    assert weighted_quantile(good.z, good.weights, 0.975)[0] == pytest.approx(1.96, abs=0.02)


def test_order_and_sizes():
    ordered = np.arange(8.0)
    same, other = (bb.growth(Mean, {"y": ordered}, [2], shuffle=s) for s in (None, 3))
    assert same.at[0].mle.values[0] == pytest.approx(0.5)
    taken = np.random.default_rng(3).permutation(8)[:2]
    assert other.at[0].mle.values[0] == pytest.approx(taken.mean())
    assert "the table's order" in same.sentences[0]
    assert "shuffled with the seed 3" in other.sentences[0]
    assert usual_sizes(7) == (1, 2, 5, 7)
    assert usual_sizes(100) == (1, 2, 5, 10, 20, 50, 100)
    bound = bb.bind(Gaussian, {"y": np.zeros(2500)})
    assert page_sizes(bound) == (10, 100, 1000, 2500)


def test_what_is_refused():
    for sizes, said in (([0], "found 0"), ([31], "found 31"), ([], "found none")):
        with pytest.raises(bb.BadInput, match=said):
            bb.growth(Mean, {"y": Y}, sizes)
    schools = bb.load("eight_schools")
    with pytest.raises(bb.BadInput, match="groups of rows that share effect"):
        bb.growth(schools, schools.example())
    net = bb.load("three_points")
    with pytest.raises(bb.BadInput, match="networks, whose weights can be permuted"):
        bb.growth(net, net.example())


def test_the_command(run, tmp_path):
    done = run("growth", "coin", "--sizes", "2,7", "--json", "-", "--plot", "g.svg")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    grown = {"$ref": "#/$defs/growth", "$defs": SCHEMA["$defs"]}
    jsonschema.validate(found, grown)
    assert [each["rows"] for each in found["at"]] == [2, 7]
    assert (tmp_path / "g.svg").read_text("utf-8").count("<svg") == 1
    assert "With 2 rows the MLE of θ" in " ".join(done.stderr.split())
    refused = run("growth", "coin", "--sizes", "9")
    assert refused.returncode == 2
    assert "sizes: found 9" in refused.stderr
