"""A sweep: the gap to the maximum against steps and rows, the noise floors, the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.figures.style import SERIES

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

LOWEST = 1e-4  # of a gap: what is smaller is drawn off the axis
MARKS = {  # of an outcome: marker, colour, and whether it is filled
    "converged": ("o", "#009E73", True),
    "noise floor": ("s", "#0072B2", True),
    "climbing": ("^", "#56B4E9", True),
    "stuck": ("P", "#7A3E9D", True),
    "at the limit": ("D", "#D55E00", False),
    "bouncing": ("v", "#D55E00", False),
    "diverged": ("X", "#D55E00", True),
    "interrupted": (".", "#8A8A8A", True),
}
HOW = {
    "reshuffled": "reshuffled each pass",
    "independent": "drawn independently",
    "all rows": "all rows",
}


def plot_sweep(view: xr.Dataset) -> Axes:
    """Draw a sweep; the first of its axes."""
    return sweep_axes(view)[0]


def sweep_axes(view: xr.Dataset) -> list[Axes]:
    """Draw a panel a learning rate, or a batch size if these are fewer, and a line a run.

    The upper panels have steps below them, the next ones rows seen. The last two have the
    noise floor against the batch size and the outcome of every run; their order in the list.
    """
    from matplotlib.figure import Figure

    sides = ("learning_rate", "batch_size")
    panel, line = sides if view.sizes[sides[0]] <= view.sizes[sides[1]] else sides[::-1]
    many = view.sizes[panel]
    figure = Figure(figsize=(max(7.2, 2.3 * many + 1.2), 8.6), layout="constrained")
    halves = figure.add_gridspec(2, 1, height_ratios=(2, 1))
    places, below = halves[0].subgridspec(2, many), halves[1].subgridspec(1, 2)
    grid: Any = np.empty((2, many), dtype=object)
    for row, k in np.ndindex(2, many):
        shared = {"sharey": grid[0, 0], "sharex": grid[row, 0]}
        grid[row, k] = figure.add_subplot(places[row, k], **shared)
        grid[row, k].tick_params(labelleft=k == 0)
    drawn = view.isel(batching=0)
    for k, value in enumerate(view[panel].to_numpy()):
        for ax, against in zip(grid[:, k], ("step", "rows"), strict=True):
            _curves(ax, drawn.isel({panel: k}), line, against)
        grid[0, k].set_title(_name(view, panel, value), fontsize=10)
    for row, label in zip(grid, ("steps", "rows seen"), strict=True):
        row[0].set_ylabel("below the maximum")
        for ax in row:
            ax.set_xlabel(label)
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(),
        loc="outside right upper",
        title=f"{_words(line)},\n{HOW[str(view['batching'].to_numpy()[0])]}",
    )
    grid[0, 0].set_ylim(*_limits(drawn))
    floors, outcomes = (figure.add_subplot(below[half]) for half in (0, 1))
    _floors(floors, view)
    _outcomes(outcomes, drawn)
    return [*grid.ravel(), floors, outcomes]


def _curves(ax: Axes, runs: xr.Dataset, line: str, against: str) -> None:
    for k, value in enumerate(runs[line].to_numpy()):
        run = runs.isel({line: k})
        colour = _colour(k, runs.sizes[line])
        ax.loglog(
            run[against], run["gap"], color=colour, linewidth=1.4, label=_name(runs, line, value)
        )
    ax.axhline(1, color="#555555", linestyle=":", linewidth=1.0)


def _limits(runs: xr.Dataset) -> tuple[float, float]:
    """Of the gaps, with a little room."""
    gaps = runs["gap"].to_numpy()
    gaps = np.maximum(gaps[np.isfinite(gaps)], LOWEST)
    return (gaps.min() / 2, gaps.max() * 2) if len(gaps) else (LOWEST, 1.0)


def _floors(ax: Axes, view: xr.Dataset) -> None:
    """The floors with two Monte Carlo errors; theory as a line, or a dash a batch size."""
    ax.loglog(view["theory_size"], view["independent_theory"], color=SERIES[1][0], linewidth=1.0)
    for k, way in enumerate(view["batching"].to_numpy()):
        found, colour = view.sel(batching=way), SERIES[k][0]
        sizes = view["batch_size"].to_numpy()
        ax.plot(sizes, found["floor_theory"], "_", color=colour, markersize=16)
        level, bars = found["floor"].to_numpy(), 2 * found["floor_error"].to_numpy()
        mark, label = "os"[k % 2], HOW[str(way)]
        ax.errorbar(sizes, level, bars, fmt=mark, color=colour, markersize=5, label=label)
    known = view["floor_theory"].fillna(view["floor"]).to_numpy()
    known = known[known > 0]
    if len(known):
        ax.set_ylim(known.min() / 4, known.max() * 4)
        ax.legend()
        ax.set_title(
            f"at the rate {view.attrs['floor_rate']:g}; lines and dashes: theory", fontsize=10
        )
    ax.set_xlabel("batch size")
    ax.set_ylabel("noise floor")


def _outcomes(ax: Axes, runs: xr.Dataset) -> None:
    """A mark a run, and the limit."""
    found = runs["outcome"].to_numpy()
    for outcome, (marker, colour, filled) in MARKS.items():
        size, rate = np.nonzero(found == outcome)
        if len(size):
            ax.loglog(
                runs["batch_size"].to_numpy()[size],
                runs["learning_rate"].to_numpy()[rate],
                marker,
                color=colour,
                markerfacecolor=colour if filled else "white",
                label=outcome,
            )
    if np.isfinite(runs.attrs["limit"]):
        ax.axhline(runs.attrs["limit"], color="#555555", linestyle="--", label="2/λ_max")
    ax.set_xlabel("batch size")
    ax.set_ylabel("learning rate")
    ax.margins(0.08)
    # Beside the axes, below the legend of the panels, which has kept the room.
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5)).set_in_layout(False)


def _colour(k: int, many: int) -> Any:
    """Of a line: from dark to light in the order of its number."""
    from matplotlib import colormaps

    return colormaps["viridis"](0.9 * k / max(1, many - 1))


def _words(side: str) -> str:
    return side.replace("_", " ")


def _name(view: xr.Dataset, side: str, value: float) -> str:
    if side == "learning_rate":
        return f"rate {value:g}"
    return "all rows" if value == view.attrs["rows"] else f"{value:,}"
