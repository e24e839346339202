"""Predictions of models with latents: plugged in at their means given the estimate."""

import numpy as np
import pytest
from scipy import stats
from test_predictive import made

import bayesbench as bb
from bayesbench.predict.predicting import predict
from bayesbench.views import curve, fitted_density, landscape, underflow, variants_curve
from small_models import Gaussian

Z = stats.norm.ppf(0.975)
SCHOOLS = bb.load("eight_schools")


class Groups(bb.Model):
    """A level for each group, and a slope that they share."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 5))
    spread = bb.parameter(bb.HalfNormal(2))
    slope = bb.parameter(bb.Normal(0, 5))
    effect = bb.latent(lambda m: bb.Normal(m.mean, m.spread), dims="g")
    variants = {"declared": bb.variant()}

    def likelihood(self, x, g=bb.levels()):
        return bb.Normal(self.effect[g] + self.slope * x, 0.5)

    @classmethod
    def example(cls):
        x = np.arange(12.0) / 4
        y = np.repeat([-2.0, 0.5, 3.0], 4) + x + 0.3 * np.sin(7 * np.arange(12))
        return {"x": x, "g": np.repeat(list("abc"), 4), "y": y}

    @classmethod
    def held_out(cls):
        return {"x": [0.0, 2.0], "g": ["c", "a"], "y": [3.5, 0.0]}


class Shared(Gaussian):
    """One level that all rows share."""

    level = bb.latent(lambda m: bb.Normal(m.mean, 0.5))

    def likelihood(self):
        return bb.Normal(self.level, self.sd)


@pytest.fixture(scope="module")
def points():
    return {
        "mle": bb.fit_mle(Groups, Groups.example()),
        "map": bb.fit_map(Groups, Groups.example()),
    }


def _effects(fit):
    """Each group's mean given the estimate, by precisions (Gelman et al. 2013, eq. 5.17)."""
    at, table = fit.estimate, Groups.example()
    rest = (table["y"] - at.slope * table["x"]).reshape(3, 4)
    precision = 4 / 0.5**2 + at.spread**-2
    return (rest.sum(axis=1) / 0.5**2 + at.mean / at.spread**2) / precision


@pytest.mark.parametrize("method", ["mle", "map"])
def test_latents_are_plugged_in(points, method):
    fit, new = points[method], Groups.held_out()
    mean = _effects(fit)[[2, 0]] + float(fit.estimate.slope) * np.array(new["x"])
    bands = fit.predict(new)
    assert bands.mean == pytest.approx(mean, abs=1e-8)
    assert bands.high == pytest.approx(mean + Z * 0.5, abs=1e-8)
    scored = stats.norm(mean, 0.5).logpdf(new["y"])
    assert fit.predict(new).log_density(new) == pytest.approx(scored, abs=1e-8)
    drawn = bands.draws.mean(axis=0)
    assert np.abs(drawn - mean).max() < 4 * 0.5 / np.sqrt(10_000)


def test_on_the_boundary_all_schools_are_alike():
    se = np.array(SCHOOLS.example()["se"], dtype=float)
    pooled = np.average(SCHOOLS.example()["y"], weights=se**-2)  # Gelman et al. (2013), sec. 5.5
    bands = bb.fit_mle(SCHOOLS, SCHOOLS.example()).predict(
        {"school": ["A", "H"], "se": [10.0, 2.0]}
    )
    assert bands.mean == pytest.approx(np.full(2, pooled), abs=1e-8)
    assert bands.low == pytest.approx(pooled - Z * np.array([10.0, 2.0]), abs=1e-7)


def test_where_latents_are_not_known_nothing_is_predicted(points):
    place = {"mean": 0.0, "spread": 1.0, "slope": 1.0}
    lost = made(Groups, Groups.example(), "stopped early", last=place)
    with pytest.raises(bb.BadInput, match=r"no value of effect where its search stopped"):
        predict(lost, Groups.held_out(), last=True)
    fits = {"mle": lost, "map": points["map"]}
    contrast = bb.Contrast(lost.bound, 0, fits)
    scores = contrast.held_out.table()
    mean = _effects(points["map"])[[2, 0]] + points["map"].estimate.slope * np.array([0.0, 2.0])
    expected = stats.norm(mean, 0.5).logpdf(Groups.held_out()["y"]).mean()
    assert scores["rows"].to_dict() == {"mle": 0, "map": 2, "map_unconstrained": 2}
    assert scores["log_score"]["map"] == pytest.approx(expected, abs=1e-8)
    assert curve("x").compute(contrast)["fit"].to_numpy().tolist() == ["map"]


def test_views_of_a_model_with_latents(points):
    contrast = bb.Contrast(points["mle"].bound, 0, points)
    view = curve("x", over=(0, 2)).compute(contrast)
    for k, fit in enumerate(points.values()):
        line = _effects(fit)[0] + float(fit.estimate.slope) * view["x"].to_numpy()
        assert view["mean"].to_numpy()[k] == pytest.approx(line, abs=1e-8)
    own = variants_curve("x", (None,)).compute(contrast)
    table, mle = Groups.example(), points["mle"]
    fitted = np.repeat(_effects(mle), 4) + float(mle.estimate.slope) * table["x"]
    assert own["mse"].to_numpy() == pytest.approx([np.mean((table["y"] - fitted) ** 2)], abs=1e-8)


def test_the_density_of_rows_that_share_a_latent():
    y = np.array([0.3, 1.1, -0.2, 2.0, 0.8])
    fit = bb.fit_map(Shared, {"y": y})
    view = fitted_density(over=(-2, 3)).compute(bb.Contrast(fit.bound, 0, {"map": fit}))
    sd, mean = float(fit.estimate.sd), float(fit.estimate.mean)
    level = (y.sum() / sd**2 + mean / 0.5**2) / (len(y) / sd**2 + 0.5**-2)
    expected = stats.norm(level, sd).pdf(view["x"])
    assert view["density"].to_numpy()[0] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (underflow(), "view underflow of Groups: found the latents effect.*independent"),
        (landscape("slope", (0, 2)), "view landscape of Groups: found the latents effect"),
    ],
)
def test_views_of_independent_rows_are_refused_before_any_fit(view, sentence):
    shown = type("Groups", (Groups,), {"views": (view,), "__module__": __name__})
    with pytest.raises(bb.BadInput, match=sentence):
        bb.contrast(shown, shown.example(), methods=("mle",))
