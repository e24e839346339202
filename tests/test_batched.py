"""Many fits at once, against the fits one by one, closed forms, and other libraries."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.batched.batch import batch_of, folds_of, stacked
from bayesbench.batched.modes import STATUSES, find_modes
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
