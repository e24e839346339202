"""A page of all reports in a folder: a card for each, with a figure and its verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

from bayesbench.errors import BadInput
from bayesbench.output import write_text
from bayesbench.report.page import environment, title


@dataclass(frozen=True)
class Card:
    """What is shown of a report.

    Attributes
    ----------
    folder : str
        That of the report, beside the gallery's page.
    title, story, verdict : str
        The verdict is its first sentence; empty if the report has none.
    figure, alt : str
        What is special to the model, or else the first figure, as a data URI, and what it
        shows; empty if there is none.
    """

    folder: str
    title: str
    story: str
    verdict: str
    figure: str
    alt: str


def write_gallery(folder: str | Path) -> Path:
    """Write index.html with a card for each report in the folder's folders; its path.

    Raises
    ------
    BadInput
        If there is no report, a report's results.json can't be read, or the page not written.
    """
    place = Path(folder)
    cards = [_card(results) for results in sorted(place.glob("*/results.json"))]
    if not cards:
        raise BadInput(
            f"the folder {folder}",
            found="no report in its folders" if place.is_dir() else "no such folder",
            expected="folders with index.html and results.json",
            remedy="run `make reports`, or `bayesbench report coin`",
        )
    style = files("bayesbench.report").joinpath("style.css").read_text("utf-8")
    html = environment().get_template("gallery.html").render(cards=cards, style=style)
    path = place / "index.html"
    write_text(path, html)
    return path


def _card(results: Path) -> Card:
    try:
        found = json.loads(results.read_text("utf-8"))
        page = _FirstFigure()
        page.feed(results.with_name("index.html").read_text("utf-8"))
        return Card(
            results.parent.name,
            title(found),
            found["description"]["story"],
            _verdict(found),
            page.source,
            page.alt,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"the report {results.parent}",
            found=f"files that can't be read as one ({type(error).__name__}: {error})",
            expected="index.html and results.json as `bayesbench report` writes them",
            remedy="make it again, or take the folder away",
        ) from None


def _verdict(found: dict[str, Any]) -> str:
    """The sentence on which fit to use; else the first of what differs."""
    sentences = (found.get("verdict") or {}).get("sentences") or []
    if sentences:
        return str(sentences[0]["message"])
    told = [each["text"] for each in found["findings"] if each["severity"] != "ok"]
    return str(told[0]) if told else ""


class _FirstFigure(HTMLParser):
    """Finds the first image of what is special to the model, else the first of the page.

    The library's parser calls `handle_starttag`.
    """

    source = alt = section = found_in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self.section = given.get("id") or ""
        special = self.section == "views" and self.found_in != "views"
        if tag == "img" and (special or not self.source):
            self.source, self.alt = given.get("src") or "", given.get("alt") or ""
            self.found_in = self.section
