"""The results as figures: a dot for each peer on a scale of powers, or a line where tasks grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayesbench.figures.style import run_look, styled
from benchmarks.contests import CONTESTS, Contest
from benchmarks.medians import entry, of
from benchmarks.record import Row
from benchmarks.table import tasks_of


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write a figure of each contest of which there are rows."""
    made = []
    for contest in CONTESTS.values():
        mine = [row for row in rows if row.contest == contest.name]
        if mine:
            with styled():
                figure = (lines if contest.grows else dots)(contest, mine)
                path = folder / f"{contest.name}.svg"
                figure.savefig(path, metadata={"Date": None})
            made.append(path)
    return made


def looks(contest: Contest) -> dict[str, tuple[str, str]]:
    """The colour and the marker of each peer."""
    return {peer.name: run_look(k) for k, peer in enumerate(contest.peers)}


def dots(contest: Contest, rows: Sequence[Row]) -> Any:
    """A panel for each ranking measure, a line for each task; `>` where the cap was met."""
    from matplotlib.figure import Figure

    tasks, measures = tasks_of(rows), list(contest.ranks)
    size = 4.2 * len(measures) + 1.2, 1.4 + 0.42 * len(tasks)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    for ax, name in zip(panels, measures, strict=True):
        for peer, (colour, marker) in looks(contest).items():
            found = [entry(of(rows, contest.name, task, peer), name) for task in tasks]
            for above in (False, True):
                at = [(v.value, k) for k, v in enumerate(found) if v.value and v.above == above]
                if at:
                    x, y = zip(*at, strict=True)
                    style = {"marker": "$>$" if above else marker, "color": colour}
                    ax.plot(x, y, linestyle="", label=peer if not above else None, **style)
        ax.set(xscale="log", xlabel=f"{contest.measures[name]} ({contest.ranks[name]} is best)")
        ax.set_yticks(range(len(tasks)), tasks)
    panels[0].invert_yaxis()
    legend(figure, panels)
    figure.suptitle(contest.title)
    return figure


def lines(contest: Contest, rows: Sequence[Row]) -> Any:
    """A row of panels for each family of tasks, a panel for each ranking measure."""
    from matplotlib.figure import Figure

    families = by_family(tasks_of(rows))
    measures = list(contest.ranks)
    size = 4.2 * len(measures) + 0.6, 0.8 + 2.6 * len(families)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(families), len(measures), squeeze=False)
    for line, (family, sizes) in zip(panels, families.items(), strict=True):
        for ax, name in zip(line, measures, strict=True):
            for peer, (colour, marker) in looks(contest).items():
                at = [
                    (x, value)
                    for x, task in sizes.items()
                    if (value := entry(of(rows, contest.name, task, peer), name).value)
                ]
                if at:
                    ax.plot(*zip(*at, strict=True), marker=marker, color=colour, label=peer)
            ax.set(xscale="log", yscale="log", xlabel=family, ylabel=contest.measures[name])
    legend(figure, list(panels.ravel()))
    figure.suptitle(contest.title)
    return figure


def by_family(tasks: Sequence[str]) -> Mapping[str, dict[int, str]]:
    """Tasks that differ in their last size only, under words for that axis."""
    found: dict[str, dict[int, str]] = {}
    for task in tasks:
        kind, *sizes = task.split("-")
        if sizes:
            words = f"{kind}, n" if len(sizes) == 1 else f"{kind}, n = {sizes[0]}, features"
            found.setdefault(words, {})[int(sizes[-1])] = task
    return found


def legend(figure: Any, panels: Sequence[Any]) -> None:
    """One for all panels, below them; each peer once."""
    labelled: dict[str, Any] = {}
    for ax in panels:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            labelled.setdefault(label, handle)
    columns = min(4, max(1, len(labelled)))
    figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=columns)
