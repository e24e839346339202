"""One design for every model: the same parts in the same order, and a list of them that is true."""

import re
from html.parser import HTMLParser

import pytest
from test_energy import Rate
from test_latent import NORMAL, Grouped

import bayesbench as bb
from bayesbench.archive import archive
from bayesbench.report.page import page

ORDER = ["verdict", "estimates", "predictions", "stories", "diagnostics", "reproduce"]
UNDER = {  # what may stand beneath which, in its order
    "verdict": ["differs"],
    "predictions": ["scores"],
    "stories": [
        *("model", "views", "fits", "runs", "profile"),
        *("approximations", "influence", "evidence"),
    ],
}
SHORT = {"chains": 2, "warmup": 100, "draws": 100, "progress": False}
LINE = {"age": [0.1, 0.5, 1.0, 1.8, 2.2], "y": [0.0, 0.9, 1.4, 2.6, 3.1]}
MADE = {
    "a coin": lambda: bb.contrast(bb.load("coin"), {"toss": [0, 0, 1, 1, 0, 0, 1]}, **SHORT),
    "a formula": lambda: bb.contrast(bb.formula("y ~ age", LINE), LINE, **SHORT),
    "an own model with latents": lambda: bb.contrast(Grouped, NORMAL, **SHORT),
    "an unnormalised density": lambda: bb.contrast(Rate, {"y": [0.4, 1.3, 0.2, 2.1]}, **SHORT),
}


class Outline(HTMLParser):
    """The sections of a page and the links of its contents: (name, the one around it)."""

    def __init__(self, html):
        super().__init__()
        self.sections, self.links, self.headings = [], [], []
        self._open, self._lists, self._last = [], 0, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "section":
            self.sections.append((given["id"], self._open[-1] if self._open else None))
            self._open.append(given["id"])
        elif tag == "ul" and not self._open:
            self._lists += 1
        elif tag == "a" and not self._open:
            name = given["href"].removeprefix("#")
            self._last = name if self._lists == 1 else self._last
            self.links.append((name, self._last if self._lists == 2 else None))
        elif tag in ("h2", "h3") and self._open:
            self.headings.append((tag, self._open[-1]))

    def handle_endtag(self, tag):
        if tag == "section":
            self._open.pop()
        elif tag == "ul" and not self._open:
            self._lists -= 1


def _section(html, name):
    """From its heading to the next section's."""
    text = html.partition(f'<section id="{name}">')[2].partition("<section")[0]
    return re.sub(r"<[^>]+>", " ", re.sub(r'src="[^"]*"', "", text))


@pytest.fixture(scope="module", params=MADE)
def html(request):
    return page(archive(MADE[request.param]()))


def test_the_order(html):
    found = Outline(html)
    assert [name for name, around in found.sections if around is None] == ORDER
    for group in ORDER:
        under = [name for name, around in found.sections if around == group]
        assert under == [name for name in UNDER.get(group, []) if name in under]
    assert found.links == found.sections  # the contents list all, under the same groups
    headings = [("h2" if around is None else "h3", name) for name, around in found.sections]
    assert found.headings == headings


def test_what_stands_where(html):
    assert re.search("Use (the|Laplace)|None of them yet", _section(html, "verdict"))
    assert "The estimate of a posterior" in _section(html, "estimates")
    assert "plugged in" in _section(html, "predictions")
    assert "Pathfinder" in _section(html, "fits")
    assert "R-hat" in _section(html, "diagnostics")
    assert "<math" in html.partition('<section id="model">')[2].partition("</section>")[0]


def test_how_to_reproduce_it(html):
    text = _section(html, "reproduce")
    assert "bayesbench report" in text
    assert re.search(r"Seed\s+0\s", text)
    assert re.search(r"SHA-256 [0-9a-f]{64}", text)
    assert re.search(r"bayesbench [\d.]+, python [\d.]+, torch [\d.+a-z]+, jax [\d.]+", text)
    parts = ("MLE", "Posterior", "predictions")
    assert all(re.search(rf"{part} \d+\.\d\d", text) for part in parts)
    total, *each = map(float, re.findall(r"(?<= )\d+\.\d\d(?= s:|,|\s)", text.partition("Time")[2]))
    assert total == pytest.approx(sum(each), abs=0.005 * 20)  # all are rounded, to nothing too
