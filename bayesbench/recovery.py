"""How far a fitted density is from the one that the data were drawn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayesbench.density import energy_of
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound

GRID = 4001  # points over the support, or over where the data lie and half as far again
DRAWS = 400  # at most, over which a posterior's density is averaged


def predictive_density(fit: Fit, x: np.ndarray) -> np.ndarray | None:
    """The density of a new datum at points x: plugged in, or averaged over some of the draws.

    Where there is no estimate it is that of `last`: what a search had got to, and no more.
    None if there is neither.
    """
    instance = fit.draws or fit.estimate or fit.last
    if instance is None:
        return None
    layout = fit.bound.layout
    flat = layout.join(instance.values).reshape(-1, layout.size)
    each = [_density(fit.bound, one, x) for one in flat[:: max(1, len(flat) // DRAWS)]]
    return np.mean(each, axis=0)


def distance(fit: Fit, truth: Callable[[np.ndarray], np.ndarray]) -> float | None:
    """The integral of |estimated - true| density: 0 where they agree, 2 where they never meet.

    By the trapezoidal rule, for a single column. None if the fit has no density.
    """
    x = grid(fit.bound)
    found = predictive_density(fit, x)
    return None if found is None else float(np.trapezoid(np.abs(found - truth(x)), x))


def grid(bound: Bound) -> np.ndarray:
    """Points over the support, as far as there are data and half as far again."""
    low, high = bound.outcome.min(), bound.outcome.max()
    low, high = low - (high - low) / 2, high + (high - low) / 2
    side = energy_of(bound.model, bound.layout.start, bound.inputs).support
    lower, upper = getattr(side, "lower", -np.inf), getattr(side, "upper", np.inf)
    return np.linspace(max(low, lower), min(high, upper), GRID)


def _density(bound: Bound, flat: np.ndarray, x: np.ndarray) -> np.ndarray:
    made = energy_of(bound.model, bound.layout.split(flat), bound.inputs)
    return np.exp(made.over(about=bound.outcome).log_prob(x))
