"""From an archive to the HTML of the page."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from bayesbench.archive import Archive
from bayesbench.compare import label
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, verdict
from bayesbench.figures.density import plot_density
from bayesbench.figures.estimates import has_estimate, plot_estimates
from bayesbench.figures.predictive import plot_predictive
from bayesbench.figures.ranks import plot_ranks
from bayesbench.figures.search import plot_search
from bayesbench.figures.style import styled, svg
from bayesbench.report.formula import mathml

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 12  # parameters whose estimates the page spells out
RANKED = 6  # parameters whose ranks it draws


@dataclass(frozen=True)
class Figure:
    """A figure of the page: its bytes, what it shows, and what to see in it."""

    svg: str
    alt: str
    caption: str


def page(kept: Archive) -> str:
    """The whole page as one self-contained HTML text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bayesbench.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "number": number,
        "math": mathml,
        "prose": prose,
        "symbol": name_in_formula,
        "label": label,
    }
    found = kept.results
    first, others = verdict([Finding(**each) for each in found["findings"]])
    return environment.get_template("page.html").render(
        r=found,
        title=title(found),
        style=files("bayesbench.report").joinpath("style.css").read_text("utf-8"),
        verdict=first,
        checks=others,
        has_truth=bool(found["exact"].get("estimates") or found["quadrature"]),
        entries=list(found["estimates"])[:SHOWN],
        more=max(0, len(found["estimates"]) - SHOWN),
        truth=lambda *path: truth(found, *path),
        figures=figures(kept),
        command=command(found),
        seconds=sum(found["seconds"].values()),
    )


def title(found: dict[str, Any]) -> str:
    """The model's name, and its variant's."""
    variant = found["variant"]
    return found["name"] + (f" ({variant})" if variant else "")


def number(value: Any, digits: int = 4) -> str:
    """A number for a table; an en dash where there is none."""
    if value is None:
        return "–"
    if value == 0 or 10.0**-digits <= abs(value) < 1e5:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}g}"


def prose(text: str) -> Markup:
    """A paragraph whose `quoted` words are set as code."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:  # a lone backtick is only a backtick
        return escape(text)
    marked = (f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))
    return Markup("".join(marked))


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


def command(found: dict[str, Any]) -> str:
    """The command that makes the page again."""
    sampler = found["settings"]["posterior"]
    words = ["bayesbench", "report", found["model"]]
    options = {"variant": found["variant"], "outcome": found["description"].get("outcome_given")}
    options |= {"data": found["data_file"], "seed": found["seed"]}
    usual = {"chains": 4, "draws": 1000, "warmup": 1000}
    options |= {k: sampler[k] for k, v in usual.items() if sampler[k] != v}
    for name, value in options.items():
        words += [f"--{name}", str(value)] if value is not None else []
    return shlex.join(words)


def figures(kept: Archive) -> dict[str, Figure]:
    """The figures for which the archive has the numbers, by name."""
    found, made = kept.results, {}

    def draw(name: str, alt: str, caption: str, plot: Callable[[], Axes]) -> None:
        text = base64.b64encode(svg(plot())).decode("ascii")
        made[name] = Figure(text, alt, caption)

    with styled():
        if "curves" in kept.tree.children:
            (entry,) = found["estimates"]
            marks = ", ".join(
                f"{label(fit)} {number(values.get('value', values.get('mean')))}"
                for fit, values in found["estimates"][entry].items()
                if fit != "laplace"
            )
            draw(
                "density",
                f"Curves of prior, likelihood and posterior over {entry}; marked: {marks}.",
                "Prior, likelihood (scaled to an area of one) and posterior. The MLE is the "
                "likelihood's highest point, the MAP the posterior's; the posterior mean is its "
                "centre of gravity. The marks stand at different heights of their lines, so as "
                "not to hide each other.",
                lambda: plot_density(kept),
            )
        for entry in list(found["estimates"])[:SHOWN]:
            if not has_estimate(found["estimates"][entry]):
                continue
            draw(
                f"estimates {entry}",
                f"Estimates of {entry} by each fit with their 95% intervals.",
                f"{name_in_formula(entry)}: points with two standard errors, means with the 95% "
                "highest-density interval.",
                lambda entry=entry: plot_estimates(kept, entry),  # type: ignore[misc]
            )
        if found["predictive"]:
            draw(
                "predictive",
                "The probability of each event by each fit: "
                + "; ".join(
                    f"{row['words']}: "
                    + ", ".join(f"{label(f)} {number(row.get(f))}" for f in found["status"])
                    for row in found["predictive"].values()
                )
                + ".",
                "The same event, plugged in (MLE, MAP) and averaged (Laplace, posterior). Bars "
                "are two Monte Carlo standard errors.",
                lambda: plot_predictive(kept),
            )
        if "posterior" in kept.tree.children:
            for name in list(kept.tree["posterior"].data_vars)[:RANKED]:
                draw(
                    f"ranks {name}",
                    f"Rank ECDF differences of {name}, a line a chain, with a 99% band.",
                    "Chains that agree stay inside of the band (of each chain 200 draws, evenly "
                    "spaced, which are nearly independent).",
                    lambda name=name: plot_ranks(kept, str(name)),  # type: ignore[misc]
                )
        if "search_mle" in kept.tree.children:
            draw(
                "search",
                "The gradient's norm at each step of the searches for MLE and MAP.",
                "The way to the two points: the gradient's norm, step by step (of the mean "
                "log-likelihood for the MLE, of the log-posterior for the MAP).",
                lambda: plot_search(kept),
            )
    return made
