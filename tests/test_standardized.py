"""Priors meant for standardised columns: every answer in the table's units, exactly."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.rescaled import moved, multiplied
from small_models import Linear

N = 40
GENERATOR = np.random.default_rng(3)
AREA, INCOME = GENERATOR.uniform(20, 200, N), GENERATOR.normal(1e-3, 2e-4, N)
TABLE = {
    "y": 3e5 + 2000 * AREA + GENERATOR.normal(0, 4e4, N),
    "area": AREA,
    "income": INCOME,
}
MEANS = np.array([AREA.mean(), INCOME.mean()])
SDS = np.array([AREA.std(), INCOME.std()])
MEAN, SD = TABLE["y"].mean(), TABLE["y"].std()
STANDARD = {name: (x - x.mean()) / x.std() for name, x in TABLE.items()}


def _in_units(slopes, intercept, variance):
    """Answers for the standardised columns, carried over by hand."""
    beta = np.asarray(slopes) * SD / SDS
    return beta, MEAN + SD * intercept - (beta * MEANS).sum(-1), variance * SD**2


@pytest.mark.parametrize("variant", [None, "conjugate"])
def test_estimates_are_those_of_the_standardised_columns(variant):
    model = bb.load("linear_gaussian", variant=variant)
    made = bb.standardized(model, TABLE)
    for fit in (bb.fit_mle, bb.fit_map):
        ours, theirs = fit(made, TABLE), fit(model, STANDARD)
        assert ours.converged
        at = theirs.estimate
        beta, alpha, variance = _in_units(at.slopes, at.intercept, at.variance)
        assert ours.estimate.slopes == pytest.approx(beta, rel=1e-7)
        assert float(ours.estimate.intercept) == pytest.approx(float(alpha), rel=1e-7)
        assert float(ours.estimate.variance) == pytest.approx(float(variance), rel=1e-7)


def test_the_posterior_is_that_of_the_standardised_columns():
    # With the conjugate prior it is a Normal-inverse-gamma in closed form.
    model = bb.load("linear_gaussian", variant="conjugate")
    z = np.column_stack([STANDARD["area"], STANDARD["income"]])
    exact = model.exact({"x": z, "y": STANDARD["y"]})["estimates"]
    means = [exact[name]["posterior"]["mean"] for name in ("slopes", "intercept", "variance")]
    beta, _, variance = _in_units(*means)
    fit = bb.fit_posterior(bb.standardized(model, TABLE), TABLE, seed=1)
    assert fit.converged
    table = fit.table()
    # Four Monte Carlo errors of a mean of 400 effective draws.
    for name, true in zip(("slopes[area]", "slopes[income]"), beta, strict=True):
        assert abs(table["mean"][name] - true) < 4 * table["sd"][name] / 20
    assert abs(table["mean"]["variance"] - variance) < 4 * table["sd"]["variance"] / 20
    # The sd of a slope scales with its unit, here within 4 of its Monte Carlo errors of 1 in 28.
    sd = np.asarray(exact["slopes"]["posterior"]["sd"]) * SD / SDS
    found = table["sd"][["slopes[area]", "slopes[income]"]].to_numpy()
    assert found == pytest.approx(sd, rel=0.15)


def test_the_density_is_the_same_up_to_a_constant():
    from bayesbench.density import log_prior
    from bayesbench.libraries import jax_library

    model = bb.load("linear_gaussian")
    made, heights = bb.standardized(model, TABLE), []
    for slopes, intercept, variance in (([0.3, -1], 0.2, 0.5), ([-2, 0.1], 1.5, 2.0)):
        beta, alpha, square = _in_units(slopes, intercept, variance)
        ours = {"slopes": beta, "intercept": alpha, "variance": square}
        theirs = {"slopes": np.array(slopes), "intercept": intercept, "variance": variance}
        import jax

        with jax.enable_x64(True):
            library = jax_library()
            each = [
                float(log_prior(m, {k: library.array(v) for k, v in values.items()}, library))
                for m, values in ((made, ours), (model, theirs))
            ]
        heights.append(each[0] - each[1])
    constant = -np.log(SD / SDS).sum() - np.log(SD) - 2 * np.log(SD)
    assert heights == pytest.approx([constant, constant], abs=1e-10)


def test_predictions_are_in_the_units_of_the_table():
    model = bb.load("linear_gaussian")
    ours = bb.fit_map(bb.standardized(model, TABLE), TABLE).predict(
        {"area": [50], "income": [1e-3]}
    )
    new = {"area": [(50 - MEANS[0]) / SDS[0]], "income": [(1e-3 - MEANS[1]) / SDS[1]]}
    theirs = bb.fit_map(model, STANDARD).predict(new)
    assert ours.mean == pytest.approx(MEAN + SD * theirs.mean, rel=1e-8)
    assert ours.sd == pytest.approx(SD * theirs.sd, rel=1e-7)


REFUSED = {
    "no line": (bb.load("coin"), {"toss": [0, 1]}, "found the model Coin, expected a formula, or"),
    "another line": (Linear, TABLE, "found the model Linear"),
    "still": (
        bb.load("linear_gaussian"),
        TABLE | {"area": [1.0] * N},
        "column 'area': found one",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_standardised(case):
    model, table, sentence = REFUSED[case]
    with pytest.raises(bb.BadInput, match=sentence):
        bb.standardized(model, table)


def test_a_prior_without_a_scale_is_refused():
    class LogLine(bb.load("linear_gaussian")):
        variance = bb.parameter(bb.LogNormal(0, 1))

    with pytest.raises(bb.BadInput, match=r"the prior of LogLine.variance: found LogNormal"):
        bb.standardized(LogLine, TABLE)


@pytest.mark.parametrize(
    "prior",
    [
        *(
            bb.Normal(1, 2),
            bb.StudentT(3, 1, 2),
            bb.Cauchy(1, 2),
            bb.Laplace(1, 2),
            bb.Gumbel(1, 2),
        ),
        *(bb.HalfNormal(2), bb.HalfCauchy(2), bb.Weibull(2, 3), bb.Exponential(2), bb.Gamma(2, 3)),
        *(bb.InverseGamma(2, 3), bb.Uniform(1, 3)),
    ],
    ids=lambda prior: prior.family.name,
)
def test_a_multiple_has_the_density_that_it_should(prior):
    """The density of c x at c x is p(x) / c, and that of x + d at x + d is p(x)."""
    from bayesbench.libraries import torch_library

    library = torch_library()

    def log_density(of, at):
        return float(of.build(library).log_prob(library.array(at)))

    x, c, d = 1.7, 40.0, 5.0
    expected = log_density(prior, x) - np.log(c)
    assert log_density(multiplied(prior, c), c * x) == pytest.approx(expected, rel=1e-12)
    shifted = moved(prior, d)
    if shifted is not None:
        assert log_density(shifted, x + d) == pytest.approx(log_density(prior, x), rel=1e-12)


def test_hugely_different_scales_are_told_of():
    model = bb.load("linear_gaussian")
    table = {"y": STANDARD["y"], "metres": AREA * 1e-4, "people": AREA[::-1] * 1e3}
    made = bb.contrast(model, {k: v[:5] for k, v in table.items()}, methods=(), progress=False)
    (found,) = [each for each in made.findings if each.rule == "column_scales"]
    assert "people has the sd" in found.message
    assert "--standardize" in found.remedy
    alike = bb.contrast(model, STANDARD, methods=(), progress=False)
    assert not [each for each in alike.findings if each.rule == "column_scales"]


def test_the_command_standardises_and_can_be_repeated(run, tmp_path):
    import pandas as pd

    pd.DataFrame(TABLE).to_csv(tmp_path / "t.csv", index=False)
    words = ("fit", "linear_gaussian", "--data", "t.csv", "--standardize", "--method", "mle")
    done = run(*words, "--json", "found.json")
    assert done.returncode == 0, done.stderr
    import json

    found = json.loads((tmp_path / "found.json").read_text())
    x = np.column_stack([AREA, INCOME, np.ones(N)])
    best = np.linalg.lstsq(x, TABLE["y"])[0]
    assert found["estimates"]["slopes[area]"]["mle"]["value"] == pytest.approx(best[0], rel=1e-7)
    assert found["reading"]["standardize"] is True
