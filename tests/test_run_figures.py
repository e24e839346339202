"""The way to the maximum: what its figures draw, and its section of the page."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

import bayesbench as bb
from bayesbench.archive import read
from bayesbench.diagnose import optimisation
from bayesbench.diagnose.finding import Finding
from bayesbench.report import rebuild
from bayesbench.views.run_paths import run_paths
from bayesbench.views.run_traces import MARKED, peaks, run_traces, total_log_likelihood
from small_models import Gaussian, Linear, PositiveMean, Scale

Y = np.random.default_rng(3).normal(1, 2, 40)
CURVE = {"x": np.linspace(-1, 1, 20), "y": np.sin(np.linspace(-1, 1, 20))}
START = {"mean": -2.0, "sd": 4.0}


class Bell(Gaussian):
    """A Normal whose page compares two optimisers, and the model with a variant."""

    runs = (
        bb.run("gradient ascent", learning_rate=0.5, steps=200, start=START),
        bb.run("adam", learning_rate=0.1, steps=90, batch_size=1000, start={"mean": -2.0}),
        bb.run("adam", learning_rate=0.1, steps=30, variant="wide", label="another prior"),
    )
    variants = {"wide": bb.variant(priors={"mean": bb.Normal(0, 100)})}


class Net(bb.Model):
    """A number, and a network with so many weights that the MLE is a training run."""

    outcome = "y"
    f = bb.mlp(1, 100, 1)
    sd = bb.parameter(bb.HalfNormal(1))

    def likelihood(self, x):
        return bb.Normal(self.f(x), self.sd)


@pytest.fixture(scope="module")
def ascent():
    return bb.fit_mle(
        Gaussian, {"y": Y}, optimizer="gradient ascent", learning_rate=0.5, steps=60, start=START
    )


@pytest.fixture(scope="module")
def adam():
    return bb.fit_mle(Gaussian, {"y": Y}, optimizer="adam", learning_rate=2, steps=90, start=START)


def normal(path):
    """The log-likelihood of Y at means and sds, by its formula."""
    mean, sd = np.asarray(path).T
    squares = ((Y - mean[:, None]) ** 2).sum(axis=1)
    return -len(Y) * np.log(sd * np.sqrt(2 * np.pi)) - squares / (2 * sd**2)


def test_a_trace_is_the_log_likelihood_of_all_the_data(ascent):
    ax = ascent.plot_trace()
    (line,) = (each for each in ax.lines if len(each.get_xdata()) > 1)
    assert line.get_label() == "SGD at 0.5"
    np.testing.assert_array_equal(line.get_xdata(), np.arange(61))
    # Gradient ascent on the mean log-likelihood by hand, in (mean, log sd).
    at, seen = np.array([-2.0, np.log(4.0)]), []
    for _ in range(61):
        seen.append([at[0], np.exp(at[1])])
        off, variance = Y - at[0], np.exp(2 * at[1])
        at = at + 0.5 * np.array([off.mean() / variance, (off**2).mean() / variance - 1])
    np.testing.assert_allclose(line.get_ydata(), normal(seen), rtol=1e-12)
    assert ax.get_yscale() == "linear"


def test_every_drop_has_a_mark(adam):
    """Adam with giant steps falls back: the marks are where it is lowest, counted by hand."""
    total = total_log_likelihood(adam)
    best, lowest, since = -np.inf, [], None
    for step, height in enumerate(total):
        if height >= best:
            if since is not None and best - total[since] > 1:
                lowest.append(since)
            best, since = height, None
        elif since is None or height < total[since]:
            since = step
    if since is not None and best - total[since] > 1:
        lowest.append(since)
    assert lowest
    view = run_traces({"adam": adam})
    assert int(view["drops"][0]) == len(lowest) < MARKED
    ax = adam.plot_trace()
    assert [*ax.lines[1].get_xdata()] == lowest
    np.testing.assert_allclose(view["drop"][:, 2], total[lowest])
    assert f"adam: {len(lowest)}, the deepest" in view.attrs["caption"]


def test_runs_far_below_are_shown_on_a_log_scale_less_the_highest(ascent):
    far = bb.fit_mle(
        Gaussian, {"y": Y}, optimizer="adam", steps=500, learning_rate=0.05,
        start={"mean": 40.0, "sd": 1.0},
    )  # fmt: skip
    ax = bb.plot_traces({"near": ascent, "far": far})
    assert ax.get_yscale() == "symlog"
    top = max(total_log_likelihood(fit)[-1] for fit in (ascent, far))
    line = next(each for each in ax.lines if each.get_label() == "far")
    assert line.get_ydata()[0] == pytest.approx(normal([[40.0, 1.0]])[0] - top)
    assert f"{top:.6g}" in ax.get_ylabel()


def test_a_thinned_line_keeps_its_dips():
    values = -np.exp(-np.arange(10_000) / 500)
    values[[4321, 7777]] -= 0.5
    values[17] = np.nan
    seen = peaks(values)
    assert {0, 4321, 7777, 9999} <= {*seen}
    assert 17 not in seen
    assert len(seen) < 2000


def test_paths_lie_on_the_likelihood_on_the_own_scale(ascent, adam):
    view = run_paths({"a": ascent, "b": adam}, "mean", "sd")
    grid = np.stack(np.meshgrid(view["x"], view["y"]), axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(view["log_likelihood"].to_numpy().ravel(), normal(grid), rtol=1e-9)
    ax = bb.plot_paths([ascent, adam])
    for line, fit in zip(ax.lines[::2], (ascent, adam), strict=True):
        ends = line.get_xydata()[[0, -1]]
        end = (fit.estimate or fit.last).values
        np.testing.assert_allclose(ends, [[-2.0, 4.0], [end["mean"], end["sd"]]], rtol=1e-12)
        assert line.get_label().startswith(fit.run.recipe.words)
    (low, high), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    path = np.concatenate([line.get_xydata() for line in ax.lines])
    assert (path > [low, bottom]).all()
    assert (path < [high, top]).all()
    assert bottom > 0  # the support's edge
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("mean", "sd")


def test_paths_of_more_than_two_parameters_are_named():
    x = np.random.default_rng(0).normal(size=(20, 2))
    table = {"age": x[:, 0], "height": x[:, 1], "y": x @ [1, 2] + np.linspace(-1, 1, 20)}
    fit = bb.fit_mle(Linear, table, optimizer="adam", learning_rate=0.1, steps=50)
    ax = bb.plot_paths(fit, x="slopes[age]", y="slopes[height]")
    assert ax.get_xlabel() == "slopes[age]"
    with pytest.raises(bb.BadInput, match=r"two of them; there are: slopes\[age\], slopes\[height"):
        bb.plot_paths(fit)
    with pytest.raises(bb.BadInput, match=r"no parameter 'noize'.*did you mean 'noise'"):
        bb.plot_paths(fit, x="slopes[age]", y="noize")


def test_parameters_step_by_step():
    fit = bb.fit_mle(Net, CURVE, learning_rate=0.01, steps=40, starts=2)
    axs = fit.plot_parameters().figure.axes
    assert [ax.get_ylabel() for ax in axs] == ["sd", "‖f‖"]
    at = fit.last if fit.estimate is None else fit.estimate
    weights = [at.values[name] for name in Net.groups["f"].parameters]
    ends = [ax.lines[0].get_ydata()[-1] for ax in axs]
    norm = np.sqrt(sum((w**2).sum() for w in weights))
    np.testing.assert_allclose(ends, [float(at.values["sd"]), norm], rtol=1e-12)
    assert axs[0].lines[0].get_xdata()[-1] == 40


def test_several_starts_show_the_best_one():
    fit = bb.fit_mle(PositiveMean, {"y": Y}, optimizer="lbfgs", steps=20, starts=3)
    total = total_log_likelihood(fit)
    assert total[-1] == pytest.approx(fit.run.heights.max() * len(Y), rel=1e-12)
    assert fit.plot_parameters().lines[0].get_ydata()[-1] == pytest.approx(Y.mean(), rel=1e-6)


def test_what_cannot_be_drawn(ascent, adam):
    searched = bb.fit_mle(Gaussian, {"y": Y})
    with pytest.raises(bb.BadInput, match=r"no recorded run.*optimizer=.adam"):
        searched.plot_trace()
    with pytest.raises(bb.BadInput, match="no recorded run"):
        bb.plot_traces([ascent, searched])
    other = bb.fit_mle(Gaussian, {"y": Y + 1}, optimizer="adam", steps=5)
    with pytest.raises(bb.BadInput, match=r"'Adam at 0\.001'.*the same outcomes"):
        bb.plot_traces([ascent, other])
    another = bb.fit_mle(Bell, {"y": Y}, optimizer="adam", steps=5)
    with pytest.raises(bb.BadInput, match="one model and the same data"):
        bb.plot_paths([adam, another])
    with pytest.raises(bb.BadInput, match="no fits"):
        bb.plot_traces([])


def test_runs_of_the_same_recipe_are_told_apart(adam):
    labels = [t.get_text() for t in bb.plot_traces([adam, adam]).get_legend().get_texts()]
    assert labels == ["Adam at 2", "Adam at 2 #2"]


def test_a_run_that_diverged_says_so_and_leaves_the_figure(ascent):
    lost = bb.fit_mle(
        Gaussian, {"y": Y}, optimizer="gradient ascent", learning_rate=5, steps=100, start=START
    )
    assert lost.status.name == "diverged"
    ax = bb.plot_traces([ascent, lost])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["SGD at 0.5", "SGD at 5, diverged"]
    # Both begin as far below the highest; ten times that is the lowest that is shown.
    begins = total_log_likelihood(ascent)
    assert ax.get_ylim()[0] == pytest.approx(10 * (begins[0] - begins.max()))
    assert total_log_likelihood(lost).min() - begins.max() < ax.get_ylim()[0]
    # Where the likelihood is drawn is where the other run was.
    left, right = bb.plot_paths([ascent, lost]).get_xlim()
    assert right - left < 1.5 * (Y.mean() + 2.0)


def test_a_run_that_was_lost_in_its_first_step_is_one_point():
    lost = bb.fit_mle(
        Gaussian, {"y": [0.0, 1.0, 3.0]}, optimizer="sgd", learning_rate=1e300, steps=5
    )
    assert lost.status.name == "diverged"
    line, *_ = bb.plot_traces(lost).get_lines()
    assert line.get_xdata().tolist() == [0]
    assert line.get_ydata() == pytest.approx([total_log_likelihood(lost)[0]])


def test_one_parameter_has_no_path():
    fit = bb.fit_mle(PositiveMean, {"y": [1.0, 2.0]}, optimizer="adam", steps=2)
    with pytest.raises(bb.BadInput, match="a model of one parameter"):
        bb.plot_paths(fit)


def test_figures_draw_on_given_axes(ascent):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert ascent.plot_trace(ax) is ax
    assert bb.plot_paths(ascent, ax=ax) is ax


def test_a_declared_run_that_cannot_be_is_refused_before_any_fit():
    class Wrong(Gaussian):
        """With a run of no optimiser."""

        runs = (bb.run("adan"),)

    with pytest.raises(bb.BadInput, match="did you mean 'adam'"):
        bb.contrast(Wrong, {"y": Y})

    class Elsewhere(Gaussian):
        """With a start that is none."""

        runs = (bb.run("adam", start={"sd": -1.0}),)

    with pytest.raises(bb.BadInput, match="start= for sd"):
        bb.contrast(Elsewhere, {"y": Y})

    class Unknown(Gaussian):
        """With a variant that is none."""

        runs = (bb.run("adam", variant="wild"),)

    with pytest.raises(bb.BadInput, match="no variant 'wild'"):
        bb.contrast(Unknown, {"y": Y})


def test_a_start_at_which_the_data_are_impossible_is_not_taken():
    """So that a page can be made of any data: y²/2sd² overflows there."""
    bound = bb.bind(Scale, {"y": Y})
    possible, not_so = (bb.run("adam", steps=5, start={"sd": sd}) for sd in (2.0, 1e-160))
    assert possible.fit(bound, 0).run.starts == pytest.approx(np.log(2.0))
    assert not_so.fit(bound, 0).run.starts == 0.0


class Rule:
    """A rule that has something to say of every run."""

    @staticmethod
    def look(recorded):
        steps = int(recorded.run.steps[recorded.start])
        return [Finding("seen", "warning", f"{steps} <steps> were taken.", {}, "Take more.")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("bell")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimisation, "RULES", (Rule,))
        made = bb.contrast(Bell, {"y": Y}, seed=0, draws=50, warmup=50, chains=1)
        assert "runs" not in vars(made)  # nothing is run before it is asked for
        made.report(place)
    return place


def test_the_section_of_the_page(folder):
    html = (folder / "index.html").read_text("utf-8")
    section = html.partition('<section id="runs">')[2].partition("</section>")[0]
    assert 'href="#runs"' in html
    for said in ("SGD at 0.5", "Adam at 0.1", "another prior", "Triangles mark drops"):
        assert said in section
    assert section.count("Take more.") == 3
    assert "200 &lt;steps&gt; were taken." in section
    assert section.count("<img") == 3  # traces, paths, parameters


def test_the_numbers_of_the_runs(folder):
    schema = files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8")
    found = json.loads((folder / "results.json").read_text("utf-8"))
    jsonschema.validate(found, json.loads(schema))
    runs = found["runs"]
    assert [*runs] == ["SGD at 0.5", "Adam at 0.1", "another prior"]
    assert [run["steps"] for run in runs.values()] == [200, 90, 30]
    assert runs["Adam at 0.1"]["settings"]["batch_size"] is None  # there are 40 rows, not 1000
    assert runs["another prior"]["variant"] == "wide"
    assert runs["SGD at 0.5"]["findings"][0]["rule"] == "seen"
    # The maximum in closed form: the sample's mean, and its standard deviation about it.
    top = normal([[Y.mean(), Y.std()]])[0]
    assert runs["SGD at 0.5"]["log_likelihood"] == pytest.approx(top, abs=1e-6)
    tree = read(folder / "fits.nc").tree
    assert tree["run_path"].sizes["run"] == 2  # the variant is another model
    start = tree["run_path"]["path"].to_numpy()[1, 0]
    np.testing.assert_allclose(start, [-2.0, 1.0], rtol=1e-12)  # sd begins in the middle


def test_the_page_with_runs_repeats_to_the_byte(folder, tmp_path):
    again = rebuild(folder / "fits.nc", tmp_path / "again")
    assert again.read_bytes() == (folder / "index.html").read_bytes()
    results = (tmp_path / "again" / "results.json").read_bytes()
    assert results == (folder / "results.json").read_bytes()


def test_the_way_of_the_fit_itself_is_shown_where_it_is_recorded():
    made = bb.contrast(Net, CURVE, methods=())
    assert made.runs == {}
    fit = bb.fit_mle(Net, CURVE, steps=30, starts=1)
    with_mle = type(made)(made.bound, 0, {"mle": fit})
    assert with_mle.runs == {"Adam at 0.001": fit}


def test_the_zoos_runs_are_possible():
    for name, count in {"cosine_exponential": 2, "gaussian": 3, "three_points": 2}.items():
        model = bb.load(name)
        assert len(model.runs) == count
        for variant in (None, *model.variants):
            chosen = bb.load(name, variant=variant)
            for each in chosen.runs:
                each.check(bb.bind(chosen, chosen.example()))
