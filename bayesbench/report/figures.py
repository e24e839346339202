"""The figures of a page, each with its alternative text and its caption."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bayesbench.archive import Archive
from bayesbench.describe import name_in_formula
from bayesbench.figures.calibration import plot_calibration
from bayesbench.figures.density import plot_density
from bayesbench.figures.estimates import has_estimate, plot_estimates, profile_ends
from bayesbench.figures.forest import plot_forest
from bayesbench.figures.growth import plot_growth
from bayesbench.figures.prediction import plot_predicted
from bayesbench.figures.predictive import plot_predictive
from bayesbench.figures.prior_predictive import plot_prior_predictive
from bayesbench.figures.profile import MOST as PANELS
from bayesbench.figures.profile import plot_profiles
from bayesbench.figures.ranks import plot_ranks
from bayesbench.figures.score_differences import plot_score_differences
from bayesbench.figures.search import plot_search
from bayesbench.figures.style import styled, svg
from bayesbench.figures.views import is_wide, plot_view
from bayesbench.methods import APPROXIMATIONS, label
from bayesbench.report.contents import parameters
from bayesbench.report.formats import interval, number
from bayesbench.report.score_words import calibration_words, differences_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RANKED = 6  # parameters whose ranks it draws
RANKS = (
    "The distribution function (ECDF) of the ranks that each chain's draws have among all, less "
    "the uniform one. Chains that agree stay inside of the band (it supposes independent draws: "
    "each chain is thinned to as many as its draws are worth, 200 at most)."
)
PREDICTED = {  # by what is drawn
    "densities": "The density of a new row, plugged in (MLE, MAP) and averaged (the others).",
    "probabilities": "The probability of each value of a new row, plugged in (MLE, MAP) and "
    "averaged (the others).",
    "bands": "The mean of a new row, and the ends of its 95% interval, by fit. Further inputs are "
    "held at their means, categories at the most frequent.",
    "plane": "The density of a new row, plugged in (MLE, MAP) and averaged (the others): the lines "
    "hold 50%, 90% and 99% of what lies in the figure.",
    "rows": "The mean of a new row, and its 95% interval, row by row.",
}


@dataclass(frozen=True)
class Figure:
    """A figure of the page: its bytes, what it shows, and what to see in it."""

    svg: str
    alt: str
    caption: str
    title: str = ""
    wide: bool = False  # panels side by side: a narrow screen scrolls
    tall: bool = False  # a page of paper gives it more room


def figures(kept: Archive) -> dict[str, Figure]:
    """The figures for which the archive has the numbers, by name."""
    found, made = kept.results, {}

    def draw(
        name: str, alt: str, caption: str, plot: Callable[[], Axes], wide: bool = False
    ) -> None:
        ax = plot()
        made[name] = Figure(encoded(ax), alt, caption, wide=wide, tall=is_tall(ax))

    with styled():
        if "curves" in kept.tree.children and found["estimates"]:
            (entry,) = found["estimates"]
            marks = ", ".join(
                f"{label(fit)} {number(values.get('value', values.get('mean')))}"
                for fit, values in found["estimates"][entry].items()
                if fit not in APPROXIMATIONS
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
        ends = [profile_ends(kept, entry) for entry in found["estimates"]]
        profiled = " (the MLE with the interval of its profile likelihood)" if any(ends) else ""
        for name, entries in parameters(found).items():
            if not any(has_estimate(found["estimates"][entry]) for entry in entries):
                continue
            single = entries == [name]
            draw(
                f"estimates {name}",
                f"Estimates of {name} by each fit with their 95% intervals"
                + ("." if single else f", a row each for {', '.join(entries)}."),
                f"{name_in_formula(name)}, in the same way."
                if any(key.startswith("estimates ") for key in made)
                else f"{name_in_formula(name)}: points with two standard errors{profiled}, means "
                "with the 95% highest-density interval.",
                lambda name=name, entries=entries, single=single: (  # type: ignore[misc]
                    plot_estimates(kept, name) if single else plot_forest(kept, entries)
                ),
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
                "The same event, plugged in (MLE, MAP) and averaged (the others). Bars "
                "are two Monte Carlo standard errors.",
                lambda: plot_predictive(kept),
            )
        if "predicted" in kept.tree.children:
            new = kept.tree["predicted"].to_dataset()
            outcome = found["description"]["outcome"]
            draw(
                "predicted",
                f"What {', '.join(label(str(fit)) for fit in new['fit'].to_numpy())} predict of "
                f"{outcome}; the numbers are in the table.",
                PREDICTED[new.attrs["kind"]],
                lambda: plot_predicted(new),
            )
        if "posterior" in kept.tree.children:
            networks = found["description"]["networks"]
            sampled = map(str, kept.tree["posterior"].data_vars)
            named = [name for name in sampled if name.partition(".")[0] not in networks]
            # The chains of a mirrored entry differ in its sign, and are judged without it.
            ranked = [name for name in named if name not in found["mirrored"]]
            for k, name in enumerate(ranked[:RANKED]):
                draw(
                    f"ranks {name}",
                    f"Rank ECDF differences of {name}, a line a chain, with a 99% band.",
                    f"The same of {name_in_formula(name)}." if k else RANKS,
                    lambda name=name: plot_ranks(kept, name),  # type: ignore[misc]
                )
        if found.get("profile", {}).get("entries"):
            shown = list(found["profile"]["entries"].items())[:PANELS]
            draw(
                "profile",
                "The profile log-likelihood ratio of "
                + "; ".join(f"{entry}, {interval(each)}" for entry, each in shown)
                + "; with Wald’s parabola.",
                "The log-likelihood below its maximum, all other parameters maximised anew. The "
                "thick line is the interval in which it falls by less than "
                f"{shown[0][1]['level']:.2f}; dashed: the parabola that Wald’s interval rests on.",
                lambda: plot_profiles(found["profile"]),
                wide=len(shown) > 1,
            )
        growth = found["influence"] and found["influence"]["growth"]
        if growth:
            counts = ", ".join(f"{each['rows']:,}" for each in growth["at"])
            draw(
                "growth",
                f"MLE, MAP and posterior mean with its 95% interval on the first {counts} rows.",
                "The same model on the first rows of the table, in its order, more and more of "
                "them: the MLE, the MAP and the posterior’s mean with its central 95% interval. "
                "As the data grow the three run together. A cross stands where there is no such "
                "estimate.",
                lambda: plot_growth(growth),
            )
        if "scores" in kept.tree.children:
            rowwise = kept.tree["scores"].to_dataset()
            draw("calibration", *calibration_words(rowwise), lambda: plot_calibration(rowwise))
            if len(found["scores"]["differences"]):
                draw(
                    "score differences",
                    *differences_words(found["scores"]),
                    lambda: plot_score_differences(rowwise),
                )
        if "prior_predictive" in kept.tree.children and found["influence"]:
            draw(
                "prior predictive",
                f"Shares of the rows by {found['description']['outcome']}: of the data, and of "
                "tables simulated from the prior with their 90% band.",
                "What the model held possible before it saw an outcome: tables simulated from "
                "draws of the prior (their mean, and the middle 90% of them), against the data.",
                lambda: plot_prior_predictive(kept),
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


def views(kept: Archive) -> list[Figure]:
    """What is special to the model, in the order of its declaration."""
    names = [name for name in kept.tree.children if name.startswith("view_")]
    return _views(kept, sorted(names, key=lambda name: int(name.removeprefix("view_"))))


def runs(kept: Archive) -> list[Figure]:
    """The recorded runs of optimisers, compared; none where the page compares none."""
    names = ("run_trace", "run_path", "run_parameters")
    return _views(kept, [name for name in names if name in kept.tree.children])


def _views(kept: Archive, names: list[str]) -> list[Figure]:
    made = []
    with styled():
        for name in names:
            view = kept.tree[name].to_dataset()
            said = view.attrs
            ax = plot_view(view)
            words = said["alt"], said["caption"], said["title"]
            made.append(Figure(encoded(ax), *words, is_wide(view), is_tall(ax)))
    return made


def is_tall(ax: Axes) -> bool:
    """Whether the figure that the axes belong to is nearly as high as wide, or higher."""
    figure: Any = ax.figure
    width, height = figure.get_size_inches()
    return bool(height > 0.8 * width)


def encoded(ax: Axes) -> str:
    """The figure that the axes belong to, as text within the page."""
    return base64.b64encode(svg(ax)).decode("ascii")
