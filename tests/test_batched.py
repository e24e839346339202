"""Many fits at once, against the fits one by one, closed forms, and other libraries."""

import numpy as np
import pytest
from scipy import optimize, stats

import bayesbench as bb
from bayesbench.batched.batch import batch_of, folds_of
from bayesbench.batched.heights import Heights
from bayesbench.batched.modes import STATUSES, find_modes
from bayesbench.batched.profile import profile_ends
from bayesbench.batched.sufficient import with_few_rows
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.fit.torch_objective import log_likelihood
from many_data_sets import simulated

MODELS = [
    ("coin", None, 3),
    ("coin", "uniform", 7),
    ("gaussian", None, 5),
    ("gaussian", "conjugate", 5),
    ("linear_gaussian", None, 8),
]


@pytest.mark.parametrize(("name", "variant", "n"), MODELS)
def test_every_mode_is_that_of_a_single_fit(name, variant, n):
    model, tables, batch = simulated(name, 200, n, variant=variant)
    for scale in ("likelihood", "own", "unconstrained"):
        found = find_modes(batch, scale)
        for k in range(0, 200, 40):
            if scale == "likelihood":
                single = bb.fit_mle(model, tables[k])
            else:
                single = bb.fit_map(model, tables[k], scale=scale)
            assert STATUSES[found.status[k]] == single.status.name
            estimate = batch.layout.join(single.estimate.values)
            np.testing.assert_allclose(found.values[k], estimate, rtol=1e-8, atol=1e-8)
            errors = batch.layout.join(single.standard_errors)
            np.testing.assert_allclose(found.standard_errors[k], errors, rtol=1e-8)


def test_the_mle_in_closed_form():
    _, tables, batch = simulated("gaussian", 300, 5)
    y = np.array([table["y"] for table in tables])
    exact = np.column_stack([y.mean(axis=1), y.var(axis=1)])
    found = find_modes(batch)
    np.testing.assert_allclose(found.values, exact, rtol=1e-8)
    # The information of a Normal's mean and variance (Lehmann and Casella 1998, section 2.5).
    errors = np.column_stack([np.sqrt(exact[:, 1] / 5), exact[:, 1] * np.sqrt(2 / 5)])
    np.testing.assert_allclose(found.standard_errors, errors, rtol=1e-8)


def test_a_coin_that_shows_one_side_is_at_the_boundary():
    coin = bb.load("coin")
    found = find_modes(batch_of(coin, [{"toss": [1, 1, 1]}, {"toss": [0, 0]}, {"toss": [0, 1]}]))
    assert [STATUSES[k] for k in found.status] == ["boundary", "boundary", "converged"]
    assert found.values[:, 0].tolist() == pytest.approx([1.0, 0.0, 0.5], abs=1e-12)
    assert np.isnan(found.standard_errors[:2]).all()


def test_what_has_no_maximum_says_so_in_the_words_of_a_single_fit():
    model = bb.load("gaussian")
    tables = [{"y": [1.0, 1.0, 1.0]}, {"y": [1.0, 2.0, 3.0]}]
    found = find_modes(batch_of(model, tables))
    assert [STATUSES[k] for k in found.status] == ["unbounded", "converged"]
    assert np.isnan(found.values[0]).all()
    # The values of the likelihood are those at other places.
    said, alone = found.sentences[0], bb.fit_mle(model, tables[0]).status.sentence
    assert said.partition(" (")[0] == alone.partition(" (")[0]
    assert said.partition("); ")[2] == alone.partition("); ")[2]


def test_folds_see_their_own_rows():
    model, tables, _ = simulated("linear_gaussian", 1, 20)
    bound = bind(model, tables[0])
    masks = np.arange(20) % 5 != np.arange(5)[:, None]
    found = find_modes(folds_of(bound, masks))
    for k, mask in enumerate(masks):
        design = np.column_stack([tables[0]["x"][mask], np.ones(mask.sum())])
        best, (rss,), *_ = np.linalg.lstsq(design, tables[0]["y"][mask])
        np.testing.assert_allclose(found.values[k], [*best, rss / mask.sum()], rtol=1e-8)


def test_tables_of_unequal_length():
    model, tables, _ = simulated("gaussian", 3, 9)
    tables = [{"y": table["y"][: 9 - 2 * k]} for k, table in enumerate(tables)]
    batch = batch_of(model, tables)
    assert batch.n.tolist() == [9, 7, 5]
    exact = [[table["y"].mean(), table["y"].var()] for table in tables]
    np.testing.assert_allclose(find_modes(batch).values, exact, rtol=1e-8)


def test_what_can_not_be_fitted_in_a_batch_is_refused():
    schools = bb.load("eight_schools")
    with pytest.raises(bb.BadInput, match="by itself"):
        batch_of(schools, [schools.example()])


LEVELS = (0.5, 0.95)
FALLS = stats.chi2.ppf(LEVELS, 1) / 2


def test_profiles_of_a_gaussian_in_closed_form():
    _, tables, batch = simulated("gaussian", 40, 5)
    y = np.array([table["y"] for table in tables])
    centre, variance = y.mean(axis=1), y.var(axis=1)
    found = profile_ends(batch, LEVELS)
    for level, fall in enumerate(FALLS):
        # With the variance maximised the likelihood of the mean is that of a t.
        reach = np.sqrt(variance * np.expm1(2 * fall / 5))
        np.testing.assert_allclose(found.low[:, level, 0], centre - reach, rtol=1e-7)
        np.testing.assert_allclose(found.high[:, level, 0], centre + reach, rtol=1e-7)
        # With the mean maximised that of the variance falls by n/2 (r - 1 - log r), r its
        # maximum over it.
        drop = lambda r, fall=fall: 2.5 * (r - 1 - np.log(r)) - fall  # noqa: E731
        most, least = optimize.brentq(drop, 1, 50), optimize.brentq(drop, 1e-9, 1)
        np.testing.assert_allclose(found.low[:, level, 1], variance / most, rtol=1e-7)
        np.testing.assert_allclose(found.high[:, level, 1], variance / least, rtol=1e-7)


def test_profiles_of_coins_that_reach_the_edge():
    coin = bb.load("coin")
    tosses = [[1, 1, 1], [0, 0, 0], [1, 0, 0, 1, 0, 0, 0]]
    found = profile_ends(batch_of(coin, [{"toss": each} for each in tosses]), LEVELS)
    np.testing.assert_allclose(found.low[0, :, 0], np.exp(-FALLS / 3), rtol=1e-8)
    assert (found.high[0] == 1).all()
    np.testing.assert_allclose(found.high[1, :, 0], 1 - np.exp(-FALLS / 3), rtol=1e-8)
    assert (found.low[1] == 0).all()
    single = bb.profile(coin, {"toss": tosses[2]})["theta"]
    assert found.low[2, 1, 0] == pytest.approx(single.low, abs=1e-8)
    assert found.high[2, 1, 0] == pytest.approx(single.high, abs=1e-8)


def test_profiles_of_a_line_are_those_of_a_single_fit():
    model, tables, batch = simulated("linear_gaussian", 16, 8)
    found = profile_ends(batch)
    for k in (0, 7):
        for entry, single in enumerate(bb.profile(model, tables[k])):
            assert found.low[k, 0, entry] == pytest.approx(single.low, abs=1e-7 * single.se)
            assert found.high[k, 0, entry] == pytest.approx(single.high, abs=1e-7 * single.se)


def test_a_profile_that_never_closes_and_one_of_no_maximum():
    class Fading(bb.Model):
        """An exponential of a logarithm: the rate may go to zero, and nothing is lost."""

        outcome = "y"
        slow = bb.parameter(bb.Normal(0, 1))

        def likelihood(self):
            return bb.Normal(bb.numpy.exp(-self.slow), 1)

    # The mean is positive, and at y = 0.5 a mean of zero is within the 95% interval.
    batch = batch_of(Fading, [{"y": [0.5]}, {"y": [5.0]}])
    found = profile_ends(batch)
    assert found.high[0, 0, 0] == np.inf
    reach = np.sqrt(2 * FALLS[1])
    assert found.low[0, 0, 0] == pytest.approx(-np.log(0.5 + reach), abs=1e-8)
    ends = (-np.log(5 + reach), -np.log(5 - reach))
    assert (found.low[1, 0, 0], found.high[1, 0, 0]) == pytest.approx(ends, abs=1e-8)
    level = profile_ends(batch_of(bb.load("gaussian"), [{"y": [1.0, 1.0]}]))
    assert np.isnan(level.low).all()
    assert np.isnan(level.high).all()


@pytest.mark.parametrize(
    ("name", "n", "rows"), [("coin", 7, 2), ("gaussian", 9, 2), ("linear_gaussian", 9, 4)]
)
def test_a_few_rows_have_the_likelihood_of_all(name, n, rows):
    _, tables, _ = simulated(name, 8, n)
    bound = bind(bb.load(name), tables[0])
    masks = np.random.default_rng(0).uniform(size=(8, n)) < 0.7
    masks[:, :2] = True
    batch = folds_of(bound, masks)
    few = with_few_rows(batch)
    assert few.rows == rows
    z = np.random.default_rng(1).normal(size=(8, bound.layout.size))
    free = np.zeros(z.shape, dtype=bool)
    for all_rows, some in zip(
        Heights(batch, "likelihood")(z, free, z),
        Heights(few, "likelihood")(z, free, z),
        strict=True,
    ):
        np.testing.assert_allclose(some, all_rows, rtol=1e-12, atol=1e-12)
    for k in range(2):  # by the library that single fits use, on the rows themselves
        alone = log_likelihood(batch.bound(k)).value(z[k], Pins.none(len(z[k])))
        assert Heights(few, "likelihood")(z, free, z)[0][k] == pytest.approx(alone, rel=1e-12)


def test_what_reads_its_input_otherwise_keeps_its_rows():
    class Growing(bb.Model):
        """The noise grows with the spread of x."""

        outcome = "y"
        slope = bb.parameter(bb.Normal(0, 1), dims="feature")

        def likelihood(self, x=bb.columns(dims="feature")):
            return bb.NormalLinear(x, self.slope, 0.0, 1.0 + x.std())

    _, tables, _ = simulated("linear_gaussian", 4, 8)
    batch = batch_of(Growing, tables)
    assert with_few_rows(batch) is batch
