"""Many fits at once, against the fits one by one, closed forms, and other libraries."""

import pickle

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import stats

import bayesbench as bb
from bayesbench.batched.batch import batch_of, folds_of, stacked
from bayesbench.batched.chains import reliability
from bayesbench.batched.many import fit_many, joined
from bayesbench.batched.modes import STATUSES, find_modes
from bayesbench.batched.posterior import Sampling, sample_many
from bayesbench.binding import bind


def simulated(name, datasets, n, seed=0, variant=None):
    """Tables of the model's shape, and the batch of them."""
    generator = np.random.default_rng(seed)
    model = bb.load(name, variant=variant)
    if name == "coin":
        share = generator.uniform(size=(datasets, 1))
        columns = {"toss": (generator.uniform(size=(datasets, n)) < share).astype(float)}
    else:
        sd = np.exp(generator.normal(size=(datasets, 1)))
        columns = {
            "y": generator.normal(size=(datasets, 1)) + sd * generator.normal(size=(datasets, n))
        }
        if name == "linear_gaussian":
            columns["x"] = generator.normal(size=(datasets, n))
            columns["y"] += columns["x"]
    tables = [{key: values[k] for key, values in columns.items()} for k in range(datasets)]
    layout = bind(model, tables[0]).layout
    inputs = {"x": columns["x"][:, :, None]} if "x" in columns else {}
    return model, tables, stacked(layout, inputs, columns[model.outcome])


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
    assert found.sentences[0] == bb.fit_mle(model, tables[0]).status.sentence


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


@pytest.fixture(scope="module")
def coins():
    """64 coins of seven tosses under a uniform prior, whose posteriors are Beta."""
    _, tables, batch = simulated("coin", 64, 7, variant="uniform")
    heads = np.array([table["toss"].sum() for table in tables])
    return batch, stats.beta(heads + 1, 7 - heads + 1), fit_many(batch, seed=1)


def test_the_posteriors_of_coins_are_beta(coins):
    _, exact, many = coins
    posterior = many["posterior"]
    assert posterior.counts == {"converged": 64}
    # Of 64 means each is off by its Monte Carlo error, so the mean of the squares of the ratios
    # is 1 with the standard error sqrt(2 / 64) = 0.18; 1.7 is four of these away.
    errors = exact.std() / np.sqrt(posterior.numbers["ess"])
    ratios = (posterior.estimate[:, 0] - exact.mean()) / errors
    assert np.mean(ratios**2) < 1.7
    assert abs(ratios.mean()) < 4 / 8
    # Every draw's place in its Beta is uniform: by the tenths of all draws, each of which holds
    # 1/10 of some 64 times 400 effective ones, with a standard error of 0.002.
    places = exact.cdf(np.moveaxis(posterior.draws[..., 0], 0, 1))
    shares = np.histogram(places, 10, (0, 1))[0] / places.size
    np.testing.assert_allclose(shares, 0.1, atol=0.008)


def test_laplace_draws_are_normal_in_the_logit(coins):
    batch, _, many = coins
    draws = many["laplace"].draws[..., 0]
    modes = find_modes(batch, "unconstrained")
    logits = np.log(draws / (1 - draws))
    unit = (logits - modes.z) / np.sqrt(modes.covariance[:, 0])
    # 64,000 independent standard Normals.
    assert abs(unit.mean()) < 4 / np.sqrt(unit.size)
    assert abs(unit.var() - 1) < 4 * np.sqrt(2 / unit.size)


def test_equal_numbers_however_the_study_is_cut(coins):
    batch, _, whole = coins
    order = np.random.default_rng(0).permutation(64)
    cuts = [order[:5], order[5:13], order[13:]]
    parts = joined([fit_many(batch.only(cut), seed=1, index=cut) for cut in cuts])
    assert (parts.index == order).all()
    for method in ("mle", "map", "laplace", "posterior"):
        np.testing.assert_array_equal(parts[method].estimate, whole[method].estimate[order])
        np.testing.assert_array_equal(parts[method].se, whole[method].se[order])
    np.testing.assert_array_equal(parts["posterior"].draws, whole["posterior"].draws[order])


def test_records_can_be_pickled(coins):
    batch, _, many = coins
    if batch.model.variant_name is not None:  # a variant has no name to be found by
        return
    again = pickle.loads(pickle.dumps(many))
    np.testing.assert_array_equal(again["map"].estimate, many["map"].estimate)


def test_r_hat_and_ess_are_arviz_s(coins):
    _, _, many = coins
    draws = many["posterior"].draws.reshape(64, 4, -1, 1)
    r_hat, ess = reliability(draws)
    axes = {"chain_axis": 1, "draw_axis": 2}
    np.testing.assert_allclose(r_hat, array_stats.rhat(draws, **axes), rtol=1e-6)
    bulk = array_stats.ess(draws, method="bulk", **axes)
    tail = array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)
    # The two end the sum over lags by rules that differ in the last term.
    np.testing.assert_allclose(ess, np.minimum(bulk, tail), rtol=0.03)


def test_what_is_not_there_yet_goes_on(coins):
    batch, exact, _ = coins
    some = batch.only(np.arange(16))
    modes = find_modes(some, "unconstrained")
    asked = Sampling(ess=700, rounds=3)
    found = sample_many(some, modes, 1, np.arange(16), asked)
    assert found.draws.shape == (16, 4, 500, 1)
    assert found.converged.all()
    assert (found.ess >= 700).all()
    assert set(found.thinned) >= {1, 2}
    # A draw kept is one of the chain's, and the posterior is the same.
    means = found.draws.mean(axis=(1, 2))[:, 0]
    ratios = (means - exact.mean()[:16]) / (exact.std()[:16] / np.sqrt(found.ess))
    assert np.mean(ratios**2) < 1 + 4 * np.sqrt(2 / 16)


def test_posteriors_of_gaussians_against_the_closed_form():
    _, tables, batch = simulated("gaussian", 64, 5, variant="conjugate")
    many = fit_many(batch, ["posterior"], seed=2)
    posterior = many["posterior"]
    assert posterior.counts == {"converged": 64}
    exact = [batch.model.exact(table)["estimates"] for table in tables]
    for entry, name in enumerate(("mean", "variance")):
        mean = np.array([np.ravel(each[name]["posterior"]["mean"])[0] for each in exact])
        sd = np.array([np.ravel(each[name]["posterior"]["sd"])[0] for each in exact])
        # Tails of a t with few degrees of freedom: in standard errors, with room for these.
        ratios = (posterior.estimate[:, entry] - mean) / (sd / np.sqrt(posterior.numbers["ess"]))
        assert abs(np.median(ratios)) < 4 * 1.25 / 8
        assert np.mean(ratios**2) < 1.7
