"""What is special to a model: the numbers against NumPy and SciPy, and the page around them."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from scipy import stats
from test_predictive import made

import bayesbench as bb
from bayesbench.archive import read
from bayesbench.figures.curve import plot_curve
from bayesbench.figures.forest import plot_forest
from bayesbench.figures.landscape import plot_landscape
from bayesbench.figures.surface import levels, plot_surface
from bayesbench.figures.trace import plot_trace
from bayesbench.figures.views import KINDS, plot_view
from bayesbench.model import with_outcome, with_variant
from bayesbench.report import rebuild
from bayesbench.results import results
from bayesbench.views import (
    curve,
    fitted_density,
    landscape,
    naive_training,
    surface,
    underflow,
    variants_curve,
)
from small_models import Cosine, Gaussian, Linear

Y = np.random.default_rng(3).normal(1, 2, 40)
Z = stats.norm.ppf(0.975)


class Bell(Gaussian):
    """A Normal whose page shows what there is to show."""

    views = (surface("mean", "sd"), fitted_density(bins=12))

    @classmethod
    def example(cls):
        return {"y": Y}

    @classmethod
    def true_density(cls, x):
        return stats.norm(1, 2).pdf(x)

    @classmethod
    def held_out(cls):
        return {"y": [0.0, 1.0, 2.0]}


class Parabola(bb.Model):
    """A line, or with the variant a parabola, through three points."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 10))
    b = bb.parameter(bb.Normal(0, 10))
    c = bb.parameter(bb.Normal(0, 10))
    curved = False
    variants = {"curved": bb.variant(curved=True)}

    def likelihood(self, x):
        return bb.Normal(self.a + self.b * x + (self.c * x**2 if self.curved else 0.0), 1)

    @classmethod
    def example(cls):
        return {"x": [-1.0, 0.0, 1.0], "y": [-0.2445248, 0.1232554, 0.1713998]}

    @classmethod
    def truth(cls, x):
        return 2 * x, 0.5 + 0 * x


class Net(bb.Model):
    """Nothing but the weights of a network."""

    outcome = "y"
    mean = bb.mlp(1, 1, offset=False)
    views = (curve("x"),)

    def likelihood(self, x):
        return bb.Normal(self.mean(x), 0.5)


def contrast_of(**fits):
    return bb.Contrast(next(iter(fits.values())).bound, 0, fits)


@pytest.fixture(scope="module")
def bell():
    values = {"mean": float(Y.mean()), "sd": float(Y.std())}
    generator = np.random.default_rng(0)
    draws = {"mean": generator.normal(1, 0.3, (2, 100)), "sd": generator.uniform(1.5, 2, (2, 100))}
    table = {"y": Y}
    return contrast_of(
        mle=made(Bell, table, estimate=values), posterior=made(Bell, table, draws=draws)
    )


def test_a_surface_is_the_density_on_its_grid(bell):
    view = surface("mean", "sd", over=((0.0, 2.0), (1.0, 3.0))).compute(bell)
    for k, j in ((0, 0), (40, 17), (80, 80)):
        mean, sd = float(view["x"][j]), float(view["y"][k])
        likelihood = stats.norm(mean, sd).logpdf(Y).sum()
        prior = stats.norm(0, 10).logpdf(mean) + stats.halfnorm(scale=5).logpdf(sd)
        assert float(view["log_likelihood"][k, j]) == pytest.approx(likelihood, abs=1e-9)
        assert float(view["log_posterior"][k, j]) == pytest.approx(likelihood + prior, abs=1e-9)
    assert view["mark"].to_numpy() == pytest.approx(np.array([[Y.mean(), Y.std()]]))
    assert "200 draws" in view.attrs["caption"]
    ax = plot_surface(view)
    assert ax.get_xlim() == (0, 2)
    # Without a range it is that of the draws, and never beyond the support.
    wide = surface("mean", "sd", of="likelihood", style="heat").compute(bell)
    assert 0 < float(wide["y"][0]) < 1.5 < 2 < float(wide["y"][-1])
    assert plot_surface(wide).get_ylabel() == "sd"


def test_contours_hold_their_share():
    # Of a Normal in two dimensions the share above exp(-q/2) of the peak is 1 - exp(-q/2).
    x = np.linspace(-6, 6, 601)
    found = levels(-0.5 * (x[:, None] ** 2 + x[None, :] ** 2))
    assert found == pytest.approx(np.log([0.01, 0.1, 0.5]), abs=0.01)


def test_densities_are_plugged_in_and_averaged(bell):
    view = fitted_density(over=(-9, 11)).compute(bell)
    x, draws = view["x"].to_numpy(), bell.fits["posterior"].draws
    plugged, averaged = view["density"].to_numpy()
    assert plugged == pytest.approx(stats.norm(Y.mean(), Y.std()).pdf(x), abs=1e-12)
    each = stats.norm(draws.mean.ravel()[:, None], draws.sd.ravel()[:, None]).pdf(x)
    assert averaged == pytest.approx(each.mean(axis=0), abs=1e-12)
    assert np.trapezoid(averaged, x) == pytest.approx(1, abs=1e-4)  # beyond ±5 sd lies 6e-7
    assert float((view["histogram"] * np.diff(view["edge"])).sum()) == pytest.approx(1)
    assert view["true"].to_numpy() == pytest.approx(stats.norm(1, 2).pdf(x))
    other = made(Bell, {"y": Y + 1}, estimate={"mean": 0.0, "sd": 1.0})
    assert "true" not in fitted_density().compute(contrast_of(mle=other))


def test_a_curve_and_its_band():
    table = Parabola.example()
    mle = made(Parabola, table, "not identified", last={"a": 0.1, "b": 0.2, "c": 5.0})
    mode = made(Parabola, table, estimate={"a": 0.0, "b": 0.3, "c": 0.0})
    view = curve("x", over=(-2, 2), truth="truth").compute(contrast_of(mle=mle, map=mode))
    x = view["x"].to_numpy()
    assert view["mean"].to_numpy() == pytest.approx(np.stack([0.1 + 0.2 * x, 0.3 * x]), abs=1e-12)
    assert (view["high"] - view["mean"]).to_numpy() == pytest.approx(Z, abs=1e-9)
    assert view["true_low"].to_numpy() == pytest.approx(2 * x - 0.5 * Z, abs=1e-12)
    headings = [str(heading) for heading in view["heading"].to_numpy()]
    assert headings == ["MLE (not identified: where the search stopped)", "MAP"]
    titles = [ax.get_title() for ax in plot_curve(view).figure.axes]
    assert titles == ["MLE\n(not identified:\nwhere the search stopped)", "MAP"]
    failed = made(Parabola, table, "interrupted")
    assert curve("x").compute(contrast_of(mle=failed)) is None


def test_other_features_stand_at_their_means():
    table = {"age": [0.0, 1.0, 3.0], "height": [2.0, 1.0, 3.0], "y": [1.0, 2.0, 2.5]}
    fit = made(Linear, table, estimate={"slopes": [0.5, -0.25], "noise": 0.3})
    for name, column, mean in (
        ("x", "age", lambda x: 0.5 * x - 0.25 * 2.0),  # a block means its first column
        ("height", "height", lambda x: 0.5 * 4 / 3 - 0.25 * x),
    ):
        view = curve(name).compute(contrast_of(mle=fit))
        assert view.attrs["xlabel"] == column
        assert view["mean"].to_numpy()[0] == pytest.approx(mean(view["x"].to_numpy()), abs=1e-12)


def test_a_landscape_and_its_optima():
    x = np.random.default_rng(0).uniform(0, 10, 2500)  # times 2,001 points: several blocks
    table = {"x": x, "y": np.cos(0.583 * x)}
    fit = made(Cosine, table, estimate={"a": 0.583})
    view = landscape("a", (-2, 2)).compute(contrast_of(mle=fit))
    at, height = view["at"].to_numpy(), view["height"].to_numpy()[0]
    direct = np.array([np.mean((table["y"] - np.cos(a * x)) ** 2) for a in at])
    assert height == pytest.approx(direct, abs=1e-12)
    dips = np.sum((direct[1:-1] < direct[:-2]) & (direct[1:-1] <= direct[2:]))
    assert f": {dips} local optima" in view.attrs["caption"]
    assert view["mark"].to_numpy() == pytest.approx(np.array([[0, 0.583, 0]]), abs=1e-12)
    assert plot_landscape(view).get_xlabel() == "a"
    rows = landscape("a", (0.5, 0.6), of="log_likelihood").compute(contrast_of(mle=fit))
    likelihood = [stats.norm(np.cos(a * x), 0.5).logpdf(table["y"]).mean() for a in (0.5, 0.6)]
    assert rows["height"].to_numpy()[0, [0, -1]] == pytest.approx(likelihood, abs=1e-10)


def test_variants_are_fitted_to_their_own_example():
    mle = bb.fit_mle(Parabola, Parabola.example())
    view = variants_curve("x", (None, "curved")).compute(contrast_of(mle=mle))
    x, y = (np.array(Parabola.example()[name]) for name in "xy")
    line = np.polyfit(x, y, 1)
    straight, curved = view["mse"].to_numpy()
    assert straight == pytest.approx(np.mean((y - np.polyval(line, x)) ** 2), abs=1e-14)
    assert straight == pytest.approx(0.0056759, abs=5e-8)  # as the mission states
    assert curved < 1e-20
    at = view["x"].to_numpy()
    assert view["mean"].to_numpy()[1] == pytest.approx(np.polyval(np.polyfit(x, y, 2), at))
    first, second = (str(heading) for heading in view["heading"].to_numpy())
    assert first == "as declared (MSE 0.00568, not identified)"
    assert second.startswith("curved (MSE ")
    panels = landscape("b", (-1, 1), variants=("curved",)).compute(contrast_of(mle=mle))
    assert panels["mark"].to_numpy()[:, 1] == pytest.approx(np.polyfit(x, y, 2)[1], abs=1e-9)


def test_variants_of_another_column_are_fitted_to_the_example_too():
    """The example has the outcome that is declared, whichever is modelled."""
    for model in (Parabola, with_variant(Parabola, "curved")):
        other = with_outcome(model, "z")
        mle = bb.fit_mle(other, {"x": [0.0, 1.0, 2.0], "z": [1.0, 0.0, 5.0]})
        view = variants_curve("x", (None, "curved")).compute(contrast_of(mle=mle))
        straight, curved = view["mse"].to_numpy()
        assert straight == pytest.approx(0.0056759, abs=5e-8)  # as the mission states
        assert curved < 1e-20


def test_a_product_underflows_where_the_sum_does_not(bell):
    pytest.importorskip("bayesbench.underflow")
    view = underflow(most=2000).compute(bell)
    product, n = 1.0, 0
    densities = stats.norm(Y.mean(), Y.std()).pdf(Y)
    while product > 0:
        product *= densities[n % len(Y)]
        n += 1
    assert view.attrs["zero_at"] == n
    assert np.isfinite(view["log_sum"]).all()
    assert f"n = {n}" in plot_view(view).texts[0].get_text()


def test_a_trace_of_named_series():
    import xarray as xr

    values = {"value": (("series", "at"), [[0.0, 1e3, 1e6], [0.0, -1.0, -2.0]])}
    view = xr.Dataset(values | {"step": ("at", [0, 1, 2])}, coords={"series": ["up", "down"]})
    ax = plot_trace(view.assign_attrs(xlabel="step", ylabel="value"))
    assert [line.get_label() for line in ax.lines] == ["up", "down"]
    assert ax.get_yscale() == "symlog"


@pytest.mark.parametrize(
    ("model", "view", "sentence"),
    [
        (Bell, surface("maen", "sd"), "no parameter 'maen'.*did you mean 'mean'"),
        (Bell, surface("mean", "mean"), "'mean' on both axes"),
        (Bell, curve("x"), "the view curve of Bell: found no input 'x'"),
        (Parabola, curve("x", truth="true"), "no method 'true'"),
        (Parabola, fitted_density(), "found the inputs x.*use curve"),
        (Parabola, landscape("a", (0, 1), variants=("crved",)), "did you mean 'curved'"),
        (Parabola, variants_curve("x", ("none",)), "no variant 'none'"),
    ],
)
def test_what_cannot_be_shown_is_said_before_any_fit(model, view, sentence):
    shown = type(model.__name__, (model,), {"views": (view,), "__module__": __name__})
    with pytest.raises(bb.BadInput, match=sentence):
        bb.contrast(shown, shown.example(), methods=("mle",))


def test_declarations_are_small_values():
    assert surface("a", "b") == surface("a", "b")
    assert hash(naive_training()) == hash(naive_training())
    with pytest.raises(TypeError, match="of is 'posterior'"):
        surface("a", "b", of="prior")
    with pytest.raises(TypeError, match="of is 'mse'"):
        landscape("a", (0, 1), of="loss")


def test_the_page_of_a_model_with_views(tmp_path):
    c = bb.contrast(Bell, Bell.example(), draws=100, warmup=150, chains=2, progress=False)
    html = c.report(tmp_path / "bell").read_text("utf-8")
    for said in (
        "What is special to this model",
        "The posterior of mean and sd",
        "none of which it has seen",
    ):
        assert said in html
    again = rebuild(tmp_path / "bell" / "fits.nc", tmp_path / "again")
    assert again.read_text("utf-8") == html
    kept = read(tmp_path / "bell" / "fits.nc")
    assert {"view_0", "view_1"} <= kept.tree.children.keys()
    assert {view.attrs["kind"] for view in (kept.tree["view_0"], kept.tree["view_1"])} <= {*KINDS}
    found = kept.results["scores"]["by_fit"]
    assert list(found) == list(c.points)
    mle = stats.norm(Y.mean(), Y.std()).logpdf([0.0, 1.0, 2.0])
    assert found["mle"]["log_score"] == pytest.approx(mle.mean(), abs=1e-8)


def test_weights_of_networks_have_no_tables(tmp_path):
    x = np.linspace(-2, 2, 15)
    table = {"x": x, "y": np.sin(x)}
    c = bb.contrast(Net, table, draws=30, warmup=60, chains=2, progress=False)
    found = results(c)
    schema = files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8")
    jsonschema.validate(json.loads(json.dumps(found, allow_nan=False)), json.loads(schema))
    assert found["estimates"] == {}
    assert found["description"]["weights"] == {"mean": 1}
    html = c.report(tmp_path).read_text("utf-8")
    assert "mean (1 weight)" in html
    assert "Rank ECDF" not in html
    assert "y against x: plugged in, and averaged" in html


def test_a_vector_has_one_forest():
    from bayesbench.archive import Archive

    table = {"age": [0.3, -1.2, 2.0, 0.5], "height": [1.0, 0.1, -0.4, 2.0], "y": [0.2, 1, -0.7, 3]}
    c = bb.contrast(Linear, table, methods=("mle", "map"))
    kept = Archive(results(c), None)
    ax = plot_forest(kept, ["slopes[age]", "slopes[height]"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["age", "height"]
    labels = [line.get_label() for line in ax.lines]
    assert labels == ["MLE", "MAP", "MAP, unconstrained"]
    assert ax.lines[0].get_xdata() == pytest.approx(c.fits["mle"].estimate.slopes)
