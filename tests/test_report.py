"""The page: what it says, that it is safe, and that it is replaced whole or not at all."""

import json
import re
from html.parser import HTMLParser

import jsonschema
import numpy as np
import pytest
from test_results import SCHEMA

import bayesbench as bb
from bayesbench.archive import archive, read
from bayesbench.figures.density import plot_density
from bayesbench.figures.estimates import plot_estimates
from bayesbench.figures.predictive import plot_predictive
from bayesbench.figures.ranks import independent, plot_ranks
from bayesbench.figures.search import plot_search
from bayesbench.methods import APPROXIMATIONS
from bayesbench.report import gallery, rebuild, write
from bayesbench.report.formats import number, prose
from bayesbench.report.formula import mathml
from small_models import Gaussian, Linear


class Page(HTMLParser):
    """The text and the tags of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def folder(contrasts, tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    contrasts["normal"].report(place / "coin")
    return place / "coin"


def test_three_files_and_nothing_else(folder):
    assert {p.name for p in folder.iterdir()} == {"index.html", "results.json", "fits.nc"}
    assert json.loads((folder / "results.json").read_text("utf-8"))["model"] == "coin"


def test_what_the_page_says(folder):
    text = Page((folder / "index.html").read_text("utf-8")).text
    for said in (
        *("0.4286", "0.4472", "0.4564", "0.3056", "0.3188", "0.4542", "0.4843630517"),
        *("is a variance", "next two are tails", "-5.4077243640", "SHA-256", "R-hat"),
        "bayesbench report coin --variant normal --seed 0",
    ):
        assert said in text
    sentences = re.findall(r"<li class=\"(?:info|warning)\">", (folder / "index.html").read_text())
    assert 3 <= len(sentences) <= 6


def test_what_each_predicts(folder, contrasts):
    """A toss is Bernoulli: its variance is p(1 - p) in all, and of its parts one is that of θ."""
    found = json.loads((folder / "results.json").read_text("utf-8"))
    jsonschema.validate(found, SCHEMA)
    (row,) = found["predictions"]["rows"]
    for values in row["fits"].values():
        p = values["mean"]
        assert values["sd"] ** 2 == pytest.approx(p * (1 - p), abs=1e-12)
    theta = contrasts["normal"].fits["posterior"].draws.theta
    assert row["fits"]["posterior"]["parameter_sd"] == pytest.approx(theta.std(), abs=1e-12)
    html = (folder / "index.html").read_text("utf-8")
    section = html.partition('<section id="predictions">')[2].partition("</section>")[0]
    assert f"<td>{row['fits']['posterior']['noise_sd']:.4f}</td>" in section


def test_the_page_begins_with_the_verdict(folder, contrasts):
    html = (folder / "index.html").read_text("utf-8")
    assert '<a href="#verdict">Which one should I use?</a>' in html
    before, _, begins = html.partition('<section id="verdict">')
    assert "<section" not in before
    first = begins.partition("<section")[0]
    assert "<b>Use Laplace</b>: it agrees with the posterior." in first
    assert Page(first).text.count(contrasts["normal"].verdict.sentences[-1]) == 1


def test_the_likelihood_intervals(folder):
    """The coin's, which `test_profile` holds: among the estimates, and beside Wald's."""
    html = (folder / "index.html").read_text("utf-8")
    text = Page(html).text
    assert "Maximum likelihood: intervals without a prior" in text
    assert text.count("0.129 to 0.773") == 2
    assert "0.062 to 0.795" in text
    assert '<img src="data:image/svg+xml;base64,' in html.partition('id="profile"')[2]


def test_the_page_stands_alone(folder):
    html = (folder / "index.html").read_text("utf-8")
    page = Page(html)
    names = [tag for tag, _ in page.tags]
    assert not {"script", "link", "iframe", "object"} & {*names}
    for tag, attributes in page.tags:
        for key in ("src", "href"):
            value = attributes.get(key, "#")
            assert value.startswith(("#", "data:image/svg+xml;base64,")), (tag, value)
        if tag == "img":
            assert len(attributes["alt"]) > 20
    assert names.count("img") >= 4
    assert "default-src 'none'" in html
    assert "url(" not in html


def test_the_page_repeats_to_the_byte(folder, tmp_path):
    again = rebuild(folder / "fits.nc", tmp_path / "again")
    assert again.read_bytes() == (folder / "index.html").read_bytes()
    first, second = (f / "results.json" for f in (folder, tmp_path / "again"))
    assert first.read_bytes() == second.read_bytes()


def test_the_tree_works_with_arviz(folder):
    import arviz_stats

    tree = read(folder / "fits.nc").tree
    groups = {"posterior", "sample_stats", "log_likelihood", "observed_data", "curves"}
    assert groups | {*APPROXIMATIONS} <= tree.children.keys()
    drawn = json.loads(tree.attrs["results"])["diagnostics"]["posterior"]["draws"]
    assert tree["posterior"]["theta"].shape == (4, drawn)
    assert tree["log_likelihood"]["outcome"].shape == (4, drawn, 7)
    # Σ log p(toss | θ) at the first draw, by hand.
    theta = float(tree["posterior"]["theta"][0, 0])
    rows = tree["log_likelihood"]["outcome"][0, 0].to_numpy()
    assert rows.sum() == pytest.approx(3 * np.log(theta) + 4 * np.log(1 - theta), abs=1e-12)
    assert np.isfinite(arviz_stats.loo(tree).elpd)


def test_text_of_others_is_escaped(tmp_path):
    evil = "<script>alert(1)</script>"

    def likelihood(self):
        return bb.Normal(self.mean, 1)

    def odds(self):
        return 0 * self.mean + 0.5

    body = {
        "outcome": evil,
        "mean": bb.parameter(bb.Normal(0, 1)),
        "likelihood": likelihood,
        "odds": bb.event(evil)(odds),
        "__doc__": f"{evil}\n\n{evil} & more.",
        "notes": classmethod(lambda cls, data: [evil]),
    }
    model = type(evil, (bb.Model,), body)
    made = bb.contrast(model, {evil: [1.0, 2.0]}, draws=100, warmup=100, chains=2)
    html = made.report(tmp_path).read_text("utf-8")
    assert "<script" not in html.lower()
    assert Page(html).text.count("alert(1)") >= 4
    assert "<script" not in made._repr_html_()


def test_vectors_and_failures_have_a_page_too(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 2))
    table = {"age": x[:, 0], "height": x[:, 1], "y": x @ [1, 2]}
    made = bb.contrast(Linear, table, draws=100, warmup=100)
    text = Page(made.report(tmp_path / "linear").read_text("utf-8")).text
    assert "slopes[age]" in text
    assert "unbounded" in text  # the points lie on a plane
    single = bb.contrast(Gaussian, {"y": [1.5]}, draws=100, warmup=100, chains=1)
    text = Page(single.report(tmp_path / "one").read_text("utf-8")).text
    assert "Careful." in text
    assert "sd goes to 0" in text


def test_an_interrupted_write_leaves_the_old_report(contrasts, folder, monkeypatch, tmp_path):
    place = tmp_path / "coin"
    contrasts["uniform"].report(place)
    before = {p.name: p.read_bytes() for p in place.iterdir()}

    def stop(kept, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        contrasts["normal"].report(place)
    assert {p.name: p.read_bytes() for p in place.iterdir()} == before

    def full(kept, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "save", full)
    with pytest.raises(bb.BadInput, match="no space left on device"):
        contrasts["normal"].report(place)
    assert {p.name: p.read_bytes() for p in place.iterdir()} == before


def test_what_is_drawn(contrasts):
    kept = archive(contrasts["normal"])
    ax = plot_density(kept)
    labels = [line.get_label() for line in ax.lines]
    assert labels[:3] == ["prior", "likelihood (scaled)", "posterior"]
    assert "MLE 0.4286" in labels
    assert "MAP 0.4472" in labels
    peak = ax.lines[2].get_xdata()[np.argmax(ax.lines[2].get_ydata())]
    assert abs(peak - 0.4472) < 0.0025  # the grid's step
    assert len(plot_estimates(kept, "theta").get_yticks()) == 6
    words = [label.get_text() for label in plot_predictive(kept).get_yticklabels()]
    assert words == ["next is heads", "next two are tails"]
    lines = plot_ranks(kept, "theta").lines
    assert len(lines) == 4
    assert all(abs(line.get_ydata()[-1]) < 0.02 for line in lines)
    assert len(plot_search(kept).lines) == 2


def test_chains_are_thinned_to_what_their_draws_are_worth():
    """Of autoregressive draws (1 - ρ) / (1 + ρ) of them; four chains tell it to a factor of two."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(4, 4000))
    assert independent(noise).shape == (4, 200)
    assert independent(np.zeros((4, 1000))).shape == (4, 200)
    slow = np.zeros_like(noise)
    for t in range(1, 4000):
        slow[:, t] = 0.95 * slow[:, t - 1] + noise[:, t]
    left = independent(slow)
    assert 0.5 < left.shape[1] / (4000 * 0.05 / 1.95) < 2
    every = int(np.flatnonzero(slow[0] == left[0, 1])[0])
    np.testing.assert_array_equal(left, slow[:, ::every])


def test_figures_draw_on_given_axes(contrasts):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_search(archive(contrasts["normal"]), ax) is ax


def test_mathml():
    assert "<mi>θ</mi>" in mathml("θ ~ Uniform(low = 0, high = 1)")
    assert "<b>" not in mathml("<b> ~ Normal(0, 1)")
    assert "&lt;" in mathml("<b> ~ Normal(0, 1)")
    assert "<mo form='infix'>-</mo>" in mathml("x - 1")
    assert "<mo form='prefix' rspace='0'>−</mo><mi>E</mi>" in mathml("exp(-E(x)) / Z on [-4, 4]")
    assert "<mi>Z</mi><mspace width='0.35em'/><mtext>on</mtext>" in mathml("Z on [-4, 4]")
    assert "<mo>^</mo><mi>x</mi>" in mathml("^x ~ Normal(0, 1)")
    long = mathml("price ~ Normal(loc = b_area·(area − 110.1) + b_new·new + intercept, scale = σ)")
    assert long.count("<math") == 6, "it can be broken after ~ and the comma, and before a sign"
    assert long.count("<wbr>") == 5
    assert "<wbr>" not in mathml("θ ~ Normal(loc = 0, scale = 1)")
    assert "<msup><mtext>income</mtext><mi>b</mi></msup>" in mathml("sd·income^b")


def test_powers_in_prose():
    assert prose("θ^h (1 - θ)^(n - h)") == "θ<sup>h</sup> (1 - θ)<sup>n - h</sup>"
    assert prose("`a^b` <i>") == "<code>a^b</code> &lt;i&gt;"


def test_numbers_that_are_nothing_to_what_stands_beside_them():
    assert number(0.0) == "0"
    assert number(2.1e-5) == "2.1e-05"
    assert number(2.1e-5, beside=0.58) == "0.0000"
    assert number(2.1e-5, beside=3e-5) == "2.1e-05"


def test_a_card_shows_what_is_special_to_the_model():
    estimates = '<section id="estimates"><img src="a" alt="estimates"></section>'
    views = '<section id="views"><img src="b" alt="special"><img src="c" alt="more"></section>'
    for html, source in ((estimates + views, "b"), (estimates, "a"), ("", "")):
        page = gallery._FirstFigure()
        page.feed(html)
        assert page.source == source


def test_the_axis_of_probabilities_ends_at_0_and_1():
    from types import SimpleNamespace

    from bayesbench.figures.predictive import MARGIN, plot_predictive

    for value in (0.0, 1.0):
        row = {"words": "never or always", "mle": value, "posterior": value}
        found = {"predictive": {"event": row}, "status": {"mle": {}, "posterior": {}}}
        low, high = plot_predictive(SimpleNamespace(results=found)).get_xlim()
        assert low >= -MARGIN
        assert high <= 1 + MARGIN
        assert low < value < high
