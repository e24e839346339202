"""What every view has, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bayesbench.errors import BadInput, nearest
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound, Layout
from bayesbench.methods import label
from bayesbench.model import Model

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast

SHOWN = 2000  # points of a scatter: more hide each other, and make a heavy page


class View(Protocol):
    """A declaration of what a page shows of one model beside what it shows of all."""

    def check(self, bound: Bound) -> None:
        """Refuse what this model or these data can't show, before anyone waits for a fit.

        Raises
        ------
        BadInput
            Naming what is not there.
        """
        ...

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """The numbers to be drawn, with the attributes kind, title, caption and alt.

        None if no fit has anything to show.
        """
        ...


def check_entry(view: str, layout: Layout, name: str) -> None:
    """Refuse a name that is no entry of the parameters.

    Raises
    ------
    BadInput
        With the nearest name.
    """
    if name not in layout.entries:
        raise BadInput(
            f"the view {view} of {layout.model.__name__}",
            found=f"no parameter '{name}'",
            expected="the name of one number, as theta or slopes[age]",
            remedy=nearest(name, list(layout.entries)),
        )


def check_single_outcome(view: str, bound: Bound) -> None:
    """Refuse a vector outcome.

    Raises
    ------
    BadInput
        If the model has one.
    """
    if bound.outcome.ndim > 1:
        raise BadInput(
            f"the view {view} of {bound.model.__name__}",
            found=f"the outcomes {', '.join(bound.model.outcome)}",
            expected="one outcome",
            remedy="leave the view out",
        )


def check_no_latents(view: str, bound: Bound, expected: str) -> None:
    """Refuse a model whose latents maximum likelihood integrates out.

    Raises
    ------
    BadInput
        Naming them.
    """
    if bound.model.latents:
        raise BadInput(
            f"the view {view} of {bound.model.__name__}",
            found=f"the latents {', '.join(bound.model.latents)}, which are integrated out",
            expected=expected,
            remedy="leave the view out",
        )


def place_of(fit: Fit) -> Model | None:
    """A point estimate; where there is none, where the search stopped."""
    return fit.estimate if fit.estimate is not None else fit.last


def entries_at(fit: Fit, instance: Model, names: tuple[str, ...]) -> np.ndarray:
    """The values of some entries along a last axis, behind any axes of draws."""
    layout = fit.bound.layout
    return layout.join(instance.values)[..., [layout.entries.index(name) for name in names]]


def heading(name: str, fit: Fit) -> str:
    """The fit's name, with what is to be known of a search that found no estimate."""
    if fit.draws is not None or fit.estimate is not None:
        return label(name)
    where = "training" if fit.settings.get("optimizer") == "Adam" else "the search"
    return f"{label(name)} ({fit.status.name}: where {where} stopped)"


def thinned(count: int, most: int = SHOWN) -> np.ndarray:
    """The places of at most so many of `count` things, evenly spaced."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def grid(over: tuple[float, float] | None, values: Any, points: int) -> np.ndarray:
    """Points over a range: the given one, or a little more than the values'."""
    if over is None:
        low, high = float(np.min(values)), float(np.max(values))
        room = 0.03 * (high - low) or 1.0
        over = (low - room, high + room)
    return np.linspace(*over, points)
