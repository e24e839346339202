"""What is counted in a study, held against closed forms and against simulated repetition."""

import numpy as np
import pytest
from scipy.stats import norm, t

from bayesbench.studies.judge import average, covered, rmse, share, tail_of, within


def test_numbers_of_a_few_data_sets():
    errors = np.array([1.0, -2.0, np.nan, 4.0])
    bias, root = average(errors), rmse(errors)
    assert (bias.value, bias.over) == (1.0, 3)
    assert bias.error == pytest.approx(np.std([1, -2, 4], ddof=1) / np.sqrt(3))
    assert root.value == pytest.approx(np.sqrt(7))
    truth = np.array([0.0, 1.0, 2.0, 3.0])
    held = covered(truth, np.array([-1, 1, np.nan, -np.inf]), np.array([1, 2, np.nan, 2]))
    assert (held.value, held.over) == (2 / 3, 3)


def test_where_there_is_nothing_to_count():
    nothing = np.full(3, np.nan)
    assert average(nothing).over == 0
    assert rmse(nothing).over == 0
    assert covered(nothing, nothing, nothing).over == 0
    assert within(nothing[:, None], 0.5).over == 0


def test_an_impossible_outcome_makes_the_mean_score_infinite():
    assert average(np.array([-1.0, -np.inf])).value == -np.inf


def test_a_share_of_all_or_none_has_an_error():
    every = share(np.ones(100, bool), np.ones(100, bool))
    assert every.value == 1
    assert 0 < every.error < 0.01


def test_the_same_share_in_every_data_set_is_that_share():
    pit = np.tile([0.5] * 9 + [0.999], (2, 1))
    found = within(pit, 0.9)
    assert found.value == 0.9
    assert found.error == pytest.approx(np.sqrt(0.9 * 0.1 / 2))


def test_monte_carlo_errors_are_the_spread_of_repeated_studies():
    """Of 2,000 studies with 100 data sets; a spread is known to 1.6%, and ten are allowed."""
    generator = np.random.default_rng(0)
    errors = generator.normal(0.5, 2, (2000, 100))
    for measure in (average, rmse):
        found = [measure(row) for row in errors]
        spread = np.std([each.value for each in found])
        assert np.mean([each.error for each in found]) == pytest.approx(spread, rel=0.1)
    truth = np.zeros(100)
    held = [covered(truth, row - 2, row + 2) for row in errors]
    wanted = norm(0.5, 2).cdf(2) - norm(0.5, 2).cdf(-2)
    error = np.std([each.value for each in held])
    assert np.mean([each.value for each in held]) == pytest.approx(
        wanted, abs=4 * error / 2000**0.5
    )
    assert np.mean([each.error for each in held]) == pytest.approx(error, rel=0.1)


def test_plug_in_prediction_from_five_values():
    """81.5% of new outcomes lie in the 95% interval: Student's t with four degrees of freedom.

    With 20,000 data sets and ten new outcomes each; four standard errors are allowed.
    """
    generator = np.random.default_rng(0)
    y, new = generator.normal(size=(20_000, 5)), generator.normal(size=(20_000, 10))
    pit = norm.cdf(new, y.mean(axis=1)[:, None], y.std(axis=1)[:, None])
    for level in (0.5, 0.8, 0.95):
        reach = norm.ppf((1 + level) / 2) * np.sqrt(4 / 6)
        wanted = t(4).cdf(reach) - t(4).cdf(-reach)
        found = within(pit, level)
        assert found.value == pytest.approx(wanted, abs=4 * found.error)
        assert found.error < 0.003
    assert wanted == pytest.approx(0.815, abs=5e-4)


@pytest.mark.parametrize(("df", "k"), [(2, 1.0), (4, 0.5)])
def test_the_tail_of_plugged_in_log_scores_is_told(df, k):
    """-F(1, df) has a tail like that of its square root's t: k is 2 / df.

    Of 20,000 values the fit's standard error is below 0.05; three are allowed.
    """
    generator = np.random.default_rng(0)
    assert tail_of(-(generator.standard_t(df, 20_000) ** 2)) == pytest.approx(k, abs=0.15)


def test_a_tail_is_not_told_of_few_values_nor_of_equal_ones():
    assert np.isnan(tail_of(np.arange(99.0)))
    assert np.isnan(tail_of(np.append(np.ones(200), -np.inf)))
    assert tail_of(np.random.default_rng(0).normal(size=1000)) < 0.3
    assert np.isnan(tail_of(np.random.default_rng(0).integers(0, 40, 1000) / 3.0))
