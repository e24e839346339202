"""The figures of recorded runs, for notebooks: fits in, matplotlib axes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit
from bayesbench.fit.run_places import recorded
from bayesbench.runs import labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Fits = Fit | Iterable[Fit] | Mapping[str, Fit]


def plot_traces(fits: Fits, ax: Axes | None = None) -> Axes:
    """Draw the log-likelihood of recorded runs against the step, with their drops marked.

    Parameters
    ----------
    fits : Fit, several, or a dict of them by label
        Each of an optimiser that was asked for by name, to the same outcomes; the models
        may differ.
    ax : Axes, optional
        Where to draw; on a new figure, `.figure`, if not given.

    Returns
    -------
    Axes

    Raises
    ------
    BadInput
        If a fit has no recorded run, or the fits are not to the same outcomes.
    """
    from bayesbench.figures.run_trace import plot_run_trace
    from bayesbench.views.run_traces import run_traces

    named = _named("plot_traces", fits)
    _check_alike("plot_traces", named, "the same outcomes", lambda fit: fit.bound.outcome.tobytes())
    return _drawn(plot_run_trace, run_traces(named), ax)


def plot_paths(
    fits: Fits, x: str | None = None, y: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the paths of recorded runs over the likelihood of two entries of the parameters.

    Parameters
    ----------
    fits : Fit, several, or a dict of them by label
        Each of an optimiser that was asked for by name, of one model and the same data.
    x, y : str, optional
        Names of entries: `mean`, or `slopes[age]`; a model of two numbers needs none. The
        others are held where the highest of the runs ended.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    BadInput
        If a fit has no recorded run, the fits differ in model or data, or x and y are not
        two entries.
    """
    from bayesbench.figures.path import plot_path
    from bayesbench.views.run_paths import run_paths

    named = _named("plot_paths", fits)
    _check_alike("plot_paths", named, "one model and the same data", _problem)
    return _drawn(plot_path, run_paths(named, *_pair(next(iter(named.values())), x, y)), ax)


def plot_parameters(fits: Fits) -> Axes:
    """Draw the parameters of recorded runs against the step, a panel each.

    Parameters
    ----------
    fits : Fit, several, or a dict of them by label
        Each of an optimiser that was asked for by name.

    Returns
    -------
    Axes
        The first of the panels; `.figure` has all.

    Raises
    ------
    BadInput
        If a fit has no recorded run.
    """
    from bayesbench.figures.parameter_trace import plot_parameter_trace
    from bayesbench.views.run_parameters import run_parameters

    return _drawn(plot_parameter_trace, run_parameters(_named("plot_parameters", fits)), None)


def _named(place: str, fits: Fits) -> dict[str, Fit]:
    """By label, whichever way they were given."""
    if isinstance(fits, Mapping):
        named = {label: recorded(fit) for label, fit in fits.items()}
    else:
        named = labelled([fits] if isinstance(fits, Fit) else fits)
    if not named:
        expected, remedy = "at least one fit", 'give some, as fit_mle(..., optimizer="adam")'
        raise BadInput(place, found="no fits", expected=expected, remedy=remedy)
    return named


def _check_alike(
    place: str, named: Mapping[str, Fit], what: str, key: Callable[[Fit], Any]
) -> None:
    (first, one), *others = named.items()
    for label, fit in others:
        if key(fit) != key(one):
            raise BadInput(
                place,
                found=f"'{label}', which is not about what '{first}' is about",
                expected=f"fits of {what}",
                remedy="draw them one at a time",
            )


def _problem(fit: Fit) -> tuple[str, ...]:
    model = fit.bound.model
    return model.__module__, model.__qualname__, str(model.variant_name), fit.bound.sha256


def _pair(fit: Fit, x: str | None, y: str | None) -> tuple[str, str]:
    from bayesbench.views.view import check_entry

    layout = fit.bound.layout
    if x is None and y is None and layout.size == 2:
        return layout.entries[0], layout.entries[1]
    if layout.size < 2:
        raise BadInput(
            f"plot_paths of {layout.model.__name__}",
            found="a model of one parameter",
            expected="two at least",
            remedy="draw that one against the step, with plot_parameters",
        )
    if x is None or y is None or x == y:
        raise BadInput(
            f"plot_paths of {layout.model.__name__}",
            found=f"x={x!r} and y={y!r} for {layout.size} parameters",
            expected="the names of two of them",
            remedy=f"there are: {', '.join(layout.named[:8]) or 'only weights of networks'}",
        )
    for name in (x, y):
        check_entry("plot_paths", layout, name)
    return x, y


def _drawn(plot: Callable[..., Axes], view: Any, ax: Axes | None) -> Axes:
    from bayesbench.figures.style import styled

    with styled(), np.errstate(invalid="ignore"):
        return plot(view, ax)
