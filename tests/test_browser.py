"""The pages in a real browser, by its own judgement and by axe's rules for accessibility."""

import shutil

import pytest

import bayesbench as bb
from bayesbench.report import write_gallery, write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
EVIL = "<script>alert(1)</script>"
SHOWN = {  # how a page is looked at
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}},
}


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as started:
        # As root, as in a container, Chromium has no sandbox; it opens our own files only.
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A folder of two reports: the coin's, and one of a model whose names are markup."""
    folder = tmp_path_factory.mktemp("reports")
    few = {"chains": 2, "warmup": 200, "draws": 300, "progress": False}
    coin = bb.load("coin")
    write_report(bb.contrast(coin, coin.example(), **few), folder / "coin")

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.NormalLinear(x, self.slopes, 0.0, self.noise)

    parts = {
        "__doc__": f"A line, told in {EVIL}.",
        "outcome": f"y {EVIL}",
        "slopes": bb.parameter(bb.Normal(0, 1), dims="feature"),
        "noise": bb.parameter(bb.HalfNormal(1)),
        "likelihood": likelihood,
    }
    evil = type(EVIL, (bb.Model,), parts)
    table = {f"x {EVIL}": [-1.0, 0.0, 0.4, 1.0, 2.0], f"y {EVIL}": [-0.8, 0.3, 0.1, 1.2, 1.7]}
    write_report(bb.contrast(evil, table, **few), folder / "evil")
    write_gallery(folder)
    return folder


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("path", ["coin/index.html", "evil/index.html", "index.html"])
def test_a_page_as_a_browser_sees_it(browser, reports, path, shown):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}} | SHOWN[shown])
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    address = (reports / path).as_uri()
    page.goto(address)
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [address]
    broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth || !i.alt).length"
    assert page.evaluate(broken) == 0
    assert page.evaluate("document.images.length") > 0
    # What is wider than the window is pushed sideways by itself, and not the page.
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    if path.startswith("evil"):
        assert page.locator("h1").inner_text() == EVIL
    page.close()


def test_the_contents_stay_in_view(browser, reports):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((reports / "coin" / "index.html").as_uri())
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    contents = page.get_by_role("navigation", name="Contents")
    box = contents.bounding_box()
    assert 0 <= box["y"] < 900
    for link in contents.get_by_role("link").all():
        assert page.locator(link.get_attribute("href")).count() == 1
    page.close()


def test_on_paper_there_are_no_contents_and_nothing_is_cut(browser, reports):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((reports / "coin" / "index.html").as_uri())
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Contents").is_visible()
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    # At the width of the text on A4, 190 mm at 96 dots an inch.
    page.set_viewport_size({"width": 718, "height": 1000})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    page.close()


def test_without_reports_there_is_no_gallery(tmp_path):
    with pytest.raises(bb.BadInput, match="found no report in its folders"):
        write_gallery(tmp_path)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "results.json").write_text("{}", "utf-8")
    with pytest.raises(bb.BadInput, match="half: found files that can't be read as one"):
        write_gallery(tmp_path)
    assert not (tmp_path / "index.html").exists()
