"""The views of a page: those that a model declares, and the curve that a regression has anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.layout import Bound
from bayesbench.predict.mixture import has_distribution_function
from bayesbench.views.curves import Curve
from bayesbench.views.densities import FittedDensity
from bayesbench.views.standing import running_columns

if TYPE_CHECKING:
    from bayesbench.views.view import View

POINTS = 101  # of the curve


def shows_predictions(bound: Bound) -> bool:
    """Whether a view that the model declares draws what its fits predict."""
    return any(isinstance(view, Curve | FittedDensity) for view in bound.model.views)


def views_of(bound: Bound) -> tuple[View, ...]:
    """What the model declares, and the curve along its first input of numbers.

    None is added where there is such a view, where effects of groups or several outcomes would
    need more than one curve, or where quantiles are not known.
    """
    own = tuple(bound.model.views)
    running = list(running_columns(bound))
    single = bound.outcome.ndim == 1 and not bound.model.latents
    if shows_predictions(bound) or not (running and single and has_distribution_function(bound)):
        return own
    return (*own, Curve(running[0], points=POINTS))
