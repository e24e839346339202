"""MLE, MAP and posterior against the number of rows: three lines that run together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.figures.style import in_full, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = 4  # entries that are drawn
FURTHEST = 1.5  # spans of the lines by which a band may reach beyond them
LABELS = {"mle": "MLE", "map": "MAP", "posterior": "posterior mean"}


def plot_growth(found: Mapping[str, Any], axs: list[Axes] | None = None) -> Axes:
    """Draw what `Growth.results` holds, a panel an entry and four at most; the first of them.

    The band is the posterior's central 95% interval; it is cut where it is far wider than the
    lines. A cross below the axis marks where there is no such estimate.
    """
    entries = found["entries"][:PANELS]
    if axs is None:
        from matplotlib.figure import Figure

        across = min(2, len(entries))
        down = -(-len(entries) // across)
        figure = Figure(figsize=(7.6, 0.5 + 2.5 * down), layout="constrained")
        axs = list(figure.subplots(down, across, sharex=True, squeeze=False).ravel())
        if len(found["entries"]) > PANELS:
            words = f"{PANELS} of {len(found['entries'])} numbers; the table has all"
            figure.suptitle(words, x=0.01, ha="left", fontsize=9)
    for k, (ax, entry) in enumerate(zip(axs, entries, strict=False)):
        _draw(ax, found["at"], k)
        ax.set_title(name_in_formula(entry), loc="left", fontsize=10)
    for ax in axs[len(entries) :]:
        ax.set_axis_off()
    for ax in axs[: len(entries)][-2:]:
        ax.set_xlabel("rows")
        ax.tick_params(labelbottom=True)
    axs[0].legend(loc="best")
    return axs[0]


def _draw(ax: Axes, at: list[dict[str, Any]], k: int) -> None:
    rows = np.array([each["rows"] for each in at], dtype=float)
    low, high = (_line([each["posterior"][end] for each in at], k) for end in ("low", "high"))
    lines = {
        "mle": _line([each["mle"]["values"] for each in at], k),
        "map": _line([each["map"]["values"] for each in at], k),
        "posterior": _line([each["posterior"]["mean"] for each in at], k),
    }
    ax.fill_between(rows, low, high, color=look("posterior")[0], alpha=0.15, linewidth=0)
    dashes = {"mle": "--", "map": "-.", "posterior": "-"}
    for place, (fit, line) in enumerate(lines.items()):
        colour, marker = look(fit)
        ax.plot(
            *(rows, line, dashes[fit]),
            marker=marker,
            color=colour,
            markersize=5,
            linewidth=1.4,
            label=LABELS[fit],
        )
        absent = rows[np.isnan(line)]
        height = np.full(len(absent), 0.04 + 0.05 * place)
        ax.plot(absent, height, "x", color=colour, transform=ax.get_xaxis_transform())
    ax.set_xscale("log")
    ax.set_xticks(rows, minor=False)
    ax.set_xticks([], minor=True)
    ax.xaxis.set_major_formatter(in_full)
    _limit(ax, np.concatenate([*lines.values()]), low, high)


def _limit(ax: Axes, lines: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    seen = lines[np.isfinite(lines)]
    if not len(seen):
        return
    bottom, top = seen.min(), seen.max()
    last = np.flatnonzero(np.isfinite(low))
    final = high[last[-1]] - low[last[-1]] if len(last) else 0.0
    beyond = FURTHEST * max(top - bottom, final)
    lower = np.nanmin([bottom, np.nanmax([np.nanmin([*low, bottom]), bottom - beyond])])
    upper = np.nanmax([top, np.nanmin([np.nanmax([*high, top]), top + beyond])])
    margin = 0.06 * (upper - lower) or 1.0
    ax.set_ylim(lower - 1.5 * margin, upper + margin)


def _line(values: list[Any], k: int) -> np.ndarray:
    return np.array([np.nan if each is None else each[k] for each in values], dtype=float)
