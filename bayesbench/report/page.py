"""From an archive to the HTML of the page."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bayesbench.archive import Archive
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import verdict
from bayesbench.methods import label
from bayesbench.report.command import command
from bayesbench.report.contents import PARTS, parameters, shown
from bayesbench.report.figures import figures, runs, views
from bayesbench.report.formats import evidence_rows, interval, number, part, places_of, prose, share
from bayesbench.report.formula import mathml
from bayesbench.report.said_once import said_once
from bayesbench.report.score_words import no_log_score

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """The templates of this room; what is no markup of theirs is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("bayesbench.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def page(kept: Archive) -> str:
    """The whole page as one self-contained HTML text."""
    templates, found = environment(), kept.results
    templates.filters |= {
        "number": number,
        "places": places_of,
        "math": mathml,
        "prose": prose,
        "symbol": name_in_formula,
        "label": label,
        "interval": interval,
        "share": share,
        "part": part,
        "no_log_score": no_log_score,
    }
    first, others = verdict(said_once(found))
    given = {
        "r": found,
        "differs": first,
        "checks": others,
        "has_truth": bool(found["exact"].get("estimates") or found["quadrature"]),
        "events_known": any(
            truth(found, "predictive", name, "posterior") is not None
            for name in found["predictive"]
        ),
        "parameters": parameters(found),
        "more": max(0, len(found["estimates"]) - sum(map(len, parameters(found).values()))),
        "weights": sum(found["description"]["weights"].values()),
        "evidence_rows": evidence_rows,
        "truth": lambda *path: truth(found, *path),
        "figures": figures(kept),
        "views": views(kept),
        "runs": runs(kept),
        "command": command(found),
    }

    def text(name: str) -> str:
        return templates.get_template(f"sections/{name}.html").render(given)

    return templates.get_template("page.html").render(
        title=title(found),
        r=found,
        style=files("bayesbench.report").joinpath("style.css").read_text("utf-8"),
        parts=shown(PARTS, text),
    )


def title(found: dict[str, Any]) -> str:
    """The model's name, and its variant's."""
    variant = found["variant"]
    return found["name"] + (f" ({variant})" if variant else "")


def truth(found: dict[str, Any], *path: str) -> float | None:
    """What mathematics gives for a number of the page: a closed form, else the integral."""
    for source in (found["exact"], found["quadrature"]):
        at: Any = source
        for key in path:
            at = at.get(key) if isinstance(at, dict) else None
        if isinstance(at, dict):
            at = at.get("value", at.get("mean"))
        if at is not None:
            return float(at)
    return None
