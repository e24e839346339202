"""The Python of the tutorial and the explanations runs, and prints what they say it prints."""

import contextlib
import io
import re

import pytest

from conftest import PROJECT

DOCS = PROJECT / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "explain").glob("*.md"))]
BLOCK = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_shown_is_what_is_printed(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = {"__name__": "explained"}
    blocks = BLOCK.findall(page.read_text("utf-8"))
    assert blocks
    for code, shown in blocks:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, page.name, "exec"), known)
        assert out.getvalue() == shown
