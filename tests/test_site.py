"""Each public name, command and page is where a reader of the documents looks, as are links."""

import re
from importlib import import_module

import bayesbench as bb
from bayesbench.cli import app
from bayesbench.distributions import Family
from conftest import PROJECT

DOCS = PROJECT / "docs"
REFERENCE = "\n".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))
PUBLIC = set(bb.__all__) | set(dir(bb))


def test_every_public_name_is_in_the_reference():
    found = set()
    for place in re.findall(r"^::: ([\w.]+)$", REFERENCE, re.MULTILINE):
        module, _, name = place.rpartition(".")
        thing = getattr(import_module(module), name)
        assert thing.__doc__, place
        if name in PUBLIC:
            assert getattr(bb, name) is thing
        found.add(name)
    found |= set(re.findall(r"`(\w+)[`(]", REFERENCE))
    assert found >= PUBLIC


def test_distributions_are_called_as_the_reference_says():
    for name in PUBLIC:
        if isinstance(thing := getattr(bb, name), Family):
            assert f"| `{thing!r}` |" in REFERENCE


def test_every_page_is_in_the_navigation():
    listed = set(re.findall(r"[\w/]+\.md", (PROJECT / "mkdocs.yml").read_text("utf-8")))
    assert listed == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_every_command_is_in_a_how_to():
    pages = "\n".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    told = set(re.findall(r"^(?:\$ )?bayesbench (\w+)", pages, re.MULTILINE))
    named = {each.name or each.callback.__name__ for each in app.registered_commands}
    assert told == named


def test_every_link_leads_somewhere():
    for page in [PROJECT / "README.md", *DOCS.rglob("*.md")]:
        links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text("utf-8"))
        for target, anchor in links:
            there = page.parent / target if target else page
            assert there.is_file(), (page.name, target)
            assert not anchor or anchor in _anchors(there), (page.name, target, anchor)


def _anchors(page):
    """The headings of a page, as mkdocs writes them in addresses."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    words = [re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings]
    return [re.sub(r"[-\s]+", "-", each.strip()) for each in words]
