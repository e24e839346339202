"""The numbers of the coin, held against closed forms and published digits."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.fit.chains import convergence

EXACT = 1e-8
TABLE = {
    "normal": {
        "mle": 3 / 7,
        "map": 0.4472135955,
        "map_unconstrained": 0.4564499152,
        "two_tails_map": 0.3055728090,
        "two_tails": 0.3187673781,
        "mean": 0.4541550812,
        "sd": 0.1442938072,
        "log_evidence": -5.4077243640,
    },
    "uniform": {
        "mle": 3 / 7,
        "map": 3 / 7,
        "map_unconstrained": 4 / 9,
        "two_tails_map": (4 / 7) ** 2,
        "two_tails": 1 / 3,
        "mean": 4 / 9,
        "sd": 0.1571348403,
        "log_evidence": -5.6347896032,
    },
}


@pytest.mark.parametrize("prior", TABLE)
def test_points_and_plug_in(contrasts, prior):
    truth, made = TABLE[prior], contrasts[prior]
    for fit in ("mle", "map", "map_unconstrained"):
        assert abs(float(made.points[fit].estimate.theta) - truth[fit]) < EXACT
        assert made.points[fit].status.name == "converged"
    plugged = made.probabilities["map"]
    assert abs(plugged["two_tails"].value - truth["two_tails_map"]) < EXACT
    assert abs(plugged["heads"].value - truth["map"]) < EXACT


@pytest.mark.parametrize("prior", TABLE)
def test_integrals(contrasts, prior):
    truth, integral = TABLE[prior], contrasts[prior].integral
    assert abs(integral.mean - truth["mean"]) < EXACT
    assert abs(integral.sd - truth["sd"]) < EXACT
    assert abs(integral.events["heads"] - truth["mean"]) < EXACT
    assert abs(integral.events["two_tails"] - truth["two_tails"]) < EXACT
    assert abs(integral.log_evidence - truth["log_evidence"]) < EXACT
    assert integral.error < EXACT


@pytest.mark.parametrize("prior", TABLE)
def test_sampled_within_four_monte_carlo_errors(contrasts, prior):
    truth, made = TABLE[prior], contrasts[prior]
    posterior = made.fits["posterior"]
    errors = posterior.diagnostics["convergence"]["theta"]
    draws = posterior.draws.theta
    assert draws.shape == (4, posterior.diagnostics["draws"])
    assert draws.dtype == np.float64
    assert abs(draws.mean() - truth["mean"]) < 4 * errors["mcse_mean"]
    assert abs(draws.std() - truth["sd"]) < 4 * errors["mcse_sd"]
    for event, value in (("heads", truth["mean"]), ("two_tails", truth["two_tails"])):
        found = made.probabilities["posterior"][event]
        assert abs(found.value - value) < 4 * found.mcse
        assert 0 < found.mcse < 0.01


def test_bayes_factor_of_the_two_priors(contrasts):
    first, second = (contrasts[prior].integral.log_evidence for prior in ("normal", "uniform"))
    assert abs(np.exp(first - second) - 1.2549) < 5e-5


def test_standard_error_of_the_mle(contrasts):
    # The inverse of the observed information n / θ(1 - θ).
    expected = np.sqrt(3 / 7 * 4 / 7 / 7)
    assert abs(float(contrasts["normal"].fits["mle"].standard_errors["theta"]) - expected) < EXACT


def test_laplace_against_its_closed_form(contrasts):
    # With the uniform prior and the Jacobian the density of the logit is that of Beta(4, 5):
    # mode log(4/5), curvature 4·5/9; its draws are carried back by the logistic function.
    laplace = contrasts["uniform"].fits["laplace"]
    logit = np.log(laplace.draws.theta / (1 - laplace.draws.theta))
    errors = convergence({"z": logit})["z"]
    assert abs(logit.mean() - np.log(4 / 5)) < 4 * errors["mcse_mean"]
    assert abs(logit.std() - np.sqrt(9 / 20)) < 4 * errors["mcse_sd"]
    expected = 4 * np.log(4 / 9) + 5 * np.log(5 / 9) + 0.5 * np.log(2 * np.pi * 9 / 20)
    assert abs(laplace.diagnostics["log_evidence"] - expected) < EXACT


def test_prior_with_standard_deviation_mistaken_for_variance(contrasts):
    (note,) = [f.message for f in contrasts["normal"].findings if f.rule == "notes"]
    assert "variance" in note
    assert "0.4843630517" in note


@pytest.mark.parametrize("n", [1, 3, 4, 5, 6, 20])
def test_all_heads(n):
    data = {"toss": [1] * n}
    normal, uniform = bb.load("coin"), bb.load("coin", prior="uniform")
    for fit in (bb.fit_mle(normal, data), bb.fit_map(uniform, data)):
        assert fit.status.name == "boundary"
        assert fit.converged
        assert float(fit.estimate.theta) == 1.0
        assert np.isnan(fit.standard_errors["theta"])
    # θ^n exp(-5 (θ - 1/2)²) has slope n - 5 at θ = 1, so the mode is inside for n < 5:
    # the positive root of θ² - θ/2 - n/10.
    mode = bb.fit_map(normal, data)
    assert mode.status.name == ("converged" if n < 5 else "boundary")
    expected = min(1.0, 0.25 + np.sqrt(1 / 16 + n / 10))
    assert abs(float(mode.estimate.theta) - expected) < EXACT
    # Beta(n + 1, 1)
    integral = bb.quadrature(uniform, data)
    assert abs(integral.mean - (n + 1) / (n + 2)) < EXACT
    assert abs(integral.sd - np.sqrt((n + 1) / ((n + 2) ** 2 * (n + 3)))) < EXACT
    assert abs(integral.log_evidence + np.log(n + 1)) < EXACT


def test_all_tails_lie_on_the_other_edge():
    coin = bb.load("coin")
    mle = bb.fit_mle(coin, {"toss": [0, 0, 0]})
    assert mle.status.name == "boundary"
    assert float(mle.estimate.theta) == 0.0
    assert mle.estimate.two_tails == 1.0


def test_the_closed_forms_of_the_model_agree(contrasts):
    for made in contrasts.values():
        (finding,) = [
            f for f in made.findings if f.rule == "against_truth" and "closed" in f.message
        ]
        assert finding.severity == "ok"
        assert max(finding.evidence.values()) < EXACT


def test_plug_in_and_posterior_predictive_differ_and_the_finding_says_why(contrasts):
    found = {f.evidence["event"]: f for f in contrasts["normal"].findings if f.rule == "plug_in"}
    tails = found["two_tails"].evidence
    # E(1 - θ)² = (1 - Eθ)² + var θ
    assert abs(tails["due_to_spread"] - TABLE["normal"]["sd"] ** 2) < EXACT
    both = tails["due_to_spread"] + tails["due_to_mean_against_mode"]
    assert abs(both - (TABLE["normal"]["two_tails"] - TABLE["normal"]["two_tails_map"])) < EXACT
    assert "curved" in found["two_tails"].message
    assert abs(found["heads"].evidence["due_to_spread"]) < EXACT
    assert "straight line" in found["heads"].message


def test_table_has_the_fits_side_by_side(contrasts):
    table = contrasts["normal"].table()
    assert list(table.index) == ["theta"]
    assert [*dict.fromkeys(table.columns.get_level_values("fit"))] == [
        *("mle", "map", "map_unconstrained", "laplace", "pathfinder", "posterior")
    ]
    assert abs(table.loc["theta", ("map", "value")] - TABLE["normal"]["map"]) < EXACT
    assert "theta" in contrasts["normal"]._repr_html_()
    assert "0.42857" in contrasts["normal"].fits["mle"]._repr_html_()
