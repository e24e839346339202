"""What a fit predicts: plugged in for one instance, averaged over many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.binding import check_probability, not_computable
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound
from bayesbench.model import Model

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Probability:
    """The probability of an event under a fit; its Monte Carlo error where it is an average."""

    value: float
    mcse: float = 0.0


def event_values(model: type[Model], values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Each event at each draw, shape (chain, draw), for values that are (chain, draw, ...)."""
    import jax

    if not model.events:
        return {}
    with jax.enable_x64(True):
        found = _over_draws(model)(dict(values))  # type: ignore[arg-type]  # a class is hashable
        arrays = {name: np.asarray(value) for name, value in found.items()}
    for name, array in arrays.items():
        check_probability(model, name, array)
    return arrays


def try_events(bound: Bound) -> None:
    """Compute every event once as it will be for draws, before anyone waits for them.

    Raises
    ------
    BadInput
        If JAX can't compute what the model's author wrote.
    """
    layout = bound.layout.joint
    start = {name: value[None, None] for name, value in layout.start.items()}
    event_values(layout.model, start)


@cache
def _over_draws(model: type[Model]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The model's events at many instances, compiled once for a model."""
    import jax

    def at(one: dict[str, Any]) -> dict[str, Any]:
        instance = model(**one)
        return {name: computed(instance, name) for name in model.events}

    def computed(instance: Model, name: str) -> Any:
        try:
            return getattr(instance, name)
        except Exception as error:
            raise not_computable(model, model.events[name].function.__name__, error) from error

    return jax.jit(jax.vmap(jax.vmap(at)))


def event_probabilities(fit: Fit) -> dict[str, Probability | None]:
    """The probability of each of the model's events; None where the fit gives none.

    A point estimate is plugged in, with the means of latents given it. Draws are averaged: that
    is the posterior predictive probability (Gelman et al. 2013, equation 1.4). If the data
    leave some combination of the parameters open, an event has a probability only if it does
    not depend on it.
    """
    model = fit.bound.model
    if fit.draws is not None:
        from bayesbench.fit.chains import convergence

        values = event_values(model, fit.draws.values)
        errors = convergence(values)
        return {
            name: Probability(float(v.mean()), float(np.nan_to_num(errors[name]["mcse_mean"])))
            for name, v in values.items()
        }
    if fit.estimate is not None:
        plugged = {name: float(getattr(fit.estimate, name)) for name in model.events}
        for name, value in plugged.items():
            check_probability(model, name, np.array(value))
        return {name: Probability(value) for name, value in plugged.items()}
    if fit.status.name == "not identified" and fit.last is not None and fit.method != "posterior":
        return {name: _if_identified(fit, fit.last, name) for name in model.events}
    return dict.fromkeys(model.events)


def _if_identified(fit: Fit, last: Model, name: str) -> Probability | None:
    """The event's probability if its slope along every null direction is zero.

    A slope, and not a step: a ridge may be curved, so that a step would leave it.
    """
    layout = fit.bound.layout
    if layout.model.latents:  # given what is not known, they are not known either
        return None
    flat = layout.join(last.values)

    def at(values: np.ndarray) -> float:
        return float(getattr(fit.bound.model(**layout.split(values)), name))

    for direction in fit.null:
        unit = max(1.0, np.abs(flat).max()) * direction / np.abs(direction).max()
        slope = (at(flat + 1e-5 * unit) - at(flat - 1e-5 * unit)) / 2e-5
        if not abs(slope) <= 1e-6:
            return None
    return Probability(at(flat))


def events(fit: Fit) -> pd.DataFrame:
    """The same as a table: a row an event."""
    import pandas as pd

    words = {name: event.words for name, event in fit.bound.model.events.items()}
    rows = {
        words[name]: (np.nan, np.nan) if found is None else (found.value, found.mcse)
        for name, found in event_probabilities(fit).items()
    }
    columns = ["probability", "mcse"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("event")
