"""The curve that the page of a regression has, by formula or by class, without being asked."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.archive import _views
from bayesbench.predict.usual_rows import rows_of_figure, usual_rows
from bayesbench.views import curve
from bayesbench.views.standing import along, columns_read, running_columns, standing_in_words
from bayesbench.views.usual import views_of
from small_models import Gaussian, Linear

GENERATOR = np.random.default_rng(4)
N = 60
FLATS = pd.DataFrame(
    {
        "age": GENERATOR.integers(0, 100, N),
        "area": GENERATOR.uniform(20, 200, N),
        "district": GENERATOR.choice(["north", "south", "south", "west"], N),
        "lift": GENERATOR.integers(0, 2, N),
    }
)
FLATS["price"] = 100 + 3 * FLATS["area"] - FLATS["age"] + GENERATOR.normal(0, 30, N)
FLATS["sold"] = (GENERATOR.uniform(size=N) < 0.4).astype(int)
FORMULA = "price ~ area + np.log(age + 1) + C(district) + lift"


def test_where_the_inputs_stand():
    bound = bb.bind(bb.formula(FORMULA, FLATS), FLATS)
    assert [*columns_read(bound)] == ["area", "age", "district", "lift"]
    assert [*running_columns(bound)] == ["area", "age"]
    rows = along(bound, "area", np.array([50.0, 60.0]))
    assert rows["area"].tolist() == [50, 60]
    assert rows["age"] == pytest.approx(FLATS["age"].mean())
    assert rows["district"].tolist() == ["south", "south"]
    often = int(FLATS["lift"].mode()[0])
    assert rows["lift"].tolist() == [often, often]
    assert standing_in_words(bound, "area") == (
        f" The other inputs stand at the mean: age ({FLATS['age'].mean():.4g}); at what is most "
        f"frequent: district (south), lift ({often})."
    )


def test_the_usual_rows_of_formulas():
    bound = bb.bind(bb.formula(FORMULA, FLATS), FLATS)
    area = FLATS["area"]
    assert usual_rows(bound)["area"].tolist() == [area.min(), area.mean(), area.max()]
    assert len(rows_of_figure(bound)["area"]) == 61
    groups = bb.bind(bb.formula("price ~ C(district)", FLATS), FLATS)
    assert usual_rows(groups)["district"].tolist() == ["north", "south", "west"]


def test_a_formula_has_its_curve():
    """Least squares along the area, and its plug-in band; the posterior's is wider."""
    model = bb.formula("price ~ area + age", FLATS)
    (view,) = views_of(bb.bind(model, FLATS))
    contrast = bb.contrast(
        model, FLATS, methods=("mle", "posterior"), chains=2, warmup=300, draws=400
    )
    (shown,) = _views(contrast).values()
    design = np.column_stack([np.ones(N), FLATS["area"], FLATS["age"]])
    solved, (rss,), *_ = np.linalg.lstsq(design, FLATS["price"])
    line = solved[0] + solved[1] * shown["x"] + solved[2] * FLATS["age"].mean()
    np.testing.assert_allclose(shown["mean"][0], line, rtol=1e-6)
    half = stats.norm.ppf(0.975) * np.sqrt(rss / N)
    np.testing.assert_allclose(shown["high"][0] - shown["mean"][0], half, rtol=1e-5)
    widths = (shown["high"] - shown["low"]).mean("point")
    assert widths[1] > widths[0]
    assert shown.sizes["point"] == view.points
    assert "stand at the mean: age" in shown.attrs["caption"]


def test_a_chance_has_a_curve_of_its_own():
    """Of zeros and ones the mean is drawn, plugged in without a band."""
    model = bb.formula("sold ~ area", FLATS, family="bernoulli")
    contrast = bb.contrast(model, FLATS, methods=("mle", "laplace"))
    (shown,) = _views(contrast).values()
    fit = contrast.fits["mle"]
    centred = shown["x"] - FLATS["area"].mean()
    expected = 1 / (1 + np.exp(-(fit.params["intercept"] + fit.params["b_area"] * centred)))
    # The file's centre has four digits.
    np.testing.assert_allclose(shown["mean"][0], expected, rtol=1e-3)
    assert (shown["low"][0] == shown["high"][0]).all()
    assert "probability of a 1" in shown.attrs["caption"]


def test_which_models_have_one():
    table = {"age": [0.0, 1, 2, 5], "height": [1.0, 1, 1, 1], "y": [1.0, 2, 3, 5]}
    assert [view.input for view in views_of(bb.bind(Linear, table))] == ["age"]
    own = type("Own", (Linear,), {"views": (curve("height"),)})
    assert views_of(bb.bind(own, table)) == own.views
    assert views_of(bb.bind(Gaussian, {"y": [1.0, 2.0]})) == ()
    schools = bb.load("eight_schools")
    assert views_of(bb.bind(schools, schools.example())) == schools.views
    assert views_of(bb.bind(Linear, table | {"age": [0.0, 1, 0, 1]})) == ()  # two values only
