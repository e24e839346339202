"""What all figures share: colours by fit, a quiet frame, and SVG that repeats to the byte."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, which colour-blind readers can tell apart.
COLOURS = {
    "mle": "#D55E00",
    "map": "#0072B2",
    "map_unconstrained": "#56B4E9",
    "laplace": "#009E73",
    "pathfinder": "#E69F00",
    "posterior": "#7A3E9D",
    "prior": "#8A8A8A",
    "likelihood": "#D55E00",
}
MARKERS = {
    **{"mle": "o", "map": "s", "map_unconstrained": "D"},
    **{"laplace": "^", "pathfinder": "X", "posterior": "v"},
}
OTHER_COLOUR, OTHER_MARKER = "#CC79A7", "P"  # the modes on scales that a model declares


def look(fit: str) -> tuple[str, str]:
    """The colour and the marker of a fit."""
    return COLOURS.get(fit, OTHER_COLOUR), MARKERS.get(fit, OTHER_MARKER)


RC = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.labelcolor": "#333333",
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "legend.frameon": False,
    "legend.fontsize": 10,
    "svg.fonttype": "path",
    "svg.hashsalt": "bayesbench",
}


# Lines that are no fits, told apart by their dashes too.
SERIES = (("#D55E00", "-"), ("#0072B2", "--"), ("#009E73", "-."), ("#7A3E9D", ":"))

# Runs that lie over each other: a colour and the mark of their ends.
RUNS = (
    *(("#D55E00", "o"), ("#0072B2", "s"), ("#009E73", "^"), ("#7A3E9D", "D")),
    *(("#CC79A7", "v"), ("#56B4E9", "P"), ("#000000", "X"), ("#8A8A8A", "*")),
)


def run_look(number: int) -> tuple[str, str]:
    """The colour and the marker of a run among others."""
    return RUNS[number % len(RUNS)]


def far_below(ax: Axes) -> None:
    """Heights below the highest: linear within 1 of it, and logarithmic further down."""
    ax.set_yscale("symlog", linthresh=1.0)
    ax.yaxis.set_major_formatter(in_full)


def in_full(value: float, _: Any = None) -> str:
    """A whole number as it is written, where it is short."""
    return f"{value:,.0f}".replace("-", "−") if abs(value) < 1e6 else f"{value:.0e}"


def steps_below(ax: Axes) -> None:
    """Whole numbers of steps at the axis below."""
    ax.locator_params(axis="x", integer=True)
    ax.xaxis.set_major_formatter(in_full)
    ax.set_xlabel("step")


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib with this style, and no window, while it lasts."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        yield


def axes(ax: Axes | None, width: float = 7.0, height: float = 3.4) -> Axes:
    """The given axes, or those of a new figure that no window manager knows of."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").subplots()


def legend_above(ax: Axes, columns: int = 3) -> None:
    """The legend in lines above the axes: at their side it would take the width of a phone."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns)


def stack(count: int, width: float, height: float) -> list[Axes]:
    """So many axes one below the other, with one scale at the bottom; each so high."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 0.7 + height * count), layout="constrained")
    return list(figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0])


def panels(count: int, width: float, height: float) -> list[Axes]:
    """So many axes side by side, on the same scales."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return list(figure.subplots(1, count, sharex=True, sharey=True, squeeze=False)[0])


def tiles(count: int, width: float, height: float) -> list[list[Axes]]:
    """So many axes in rows of three at most, on one scale of heights; each row so large."""
    from matplotlib.figure import Figure

    columns = 2 if count == 4 else min(count, 3)
    rows = -(-count // columns)
    figure = Figure(figsize=(width, height * rows), layout="constrained")
    made = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for empty in made.ravel()[count:]:
        empty.remove()
    return [list(made[row][: count - row * columns]) for row in range(rows)]


def svg(ax: Axes) -> bytes:
    """The figure that the axes belong to, as SVG without a date."""
    out = io.BytesIO()
    figure: Any = ax.figure
    figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    return out.getvalue()
