"""A floor above zero: a network that is a straight line, whatever its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench import numpy as bn
from bayesbench.density import Pins
from bayesbench.diagnose.finding import Finding
from bayesbench.distributions import Distribution
from bayesbench.fit.search import is_large
from bayesbench.fit.starts import random_starts
from bayesbench.layout import Bound
from bayesbench.model import Model
from bayesbench.networks import Network

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

AFFINE = 1e-9  # of the predictions' size: what rounding leaves of a straight line
LOOKS = 4  # sets of weights for which it is straight, beside those of the end
REACHED = 1e-6  # of the floor: nearer than that it is reached


@dataclass(frozen=True)
class Line:
    """Least squares by a line, or a plane, on the inputs of the model."""

    slopes: np.ndarray
    error: float


def look(recorded: Recorded) -> list[Finding]:
    """Hold the predictions against straight lines, and their error against least squares."""
    bound = recorded.fit.bound
    networks = [g for g in bound.model.groups.values() if isinstance(g, Network)]
    inputs = [v for v in bound.inputs.values() if v.dtype.kind == "f"]
    plain = bound.outcome.ndim == 1 and not bound.model.latents
    if not plain or not networks or len(inputs) != len(bound.inputs):
        return []
    ended = _instance(recorded, recorded.end)
    mean = _mean(bound, ended, bound.inputs)
    random = random_starts(bound.layout, LOOKS, 0)
    places = [ended, *(_instance(recorded, z) for z in random)]
    if mean is None or not all(_straight(bound, at) for at in places):
        return []
    line = least_squares(bound, offset=_offset(bound, places))
    error = float(np.mean((bound.outcome - mean) ** 2))
    if not line.error > 1e-12 * np.var(bound.outcome):
        return []
    at_floor = error <= (1 + REACHED) * line.error
    digits = f"mean squared error {_figures(line.error)}"
    where = (
        "the run ended on it"
        if at_floor
        else f"the run ended {error - line.error:.2g} above it, at {_figures(error)}"
    )
    bent = None if is_large(bound.layout) else _bent(recorded, networks)
    return [
        Finding(
            "floor",
            "warning",
            "The network is linear in disguise, and the floor is the least-squares optimum: "
            f"{digits}; {where}. Its predictions lie on a straight line at new inputs too, and "
            f"for {LOOKS} other sets of weights as well, so no optimiser gets below.",
            {
                "least_squares": line.error,
                "mean_squared_error": error,
                "coefficients": line.slopes.tolist(),
                "with_tanh": bent,
            },
            "Put a nonlinear activation between its layers: with tanh, L-BFGS reaches a mean "
            f"squared error of {bent:.3g} from the same start."
            if bent is not None and bent < 0.99 * line.error
            else "Give it hidden layers with a nonlinear activation, if the data ask for that.",
        )
    ]


def least_squares(bound: Bound, offset: bool = True) -> Line:
    """The line or plane of least squares on the inputs, in closed form."""
    design = _design(bound.inputs, bound.n, offset)
    slopes = np.linalg.lstsq(design, bound.outcome, rcond=None)[0]
    return Line(slopes, float(np.mean((bound.outcome - design @ slopes) ** 2)))


def _figures(error: float) -> str:
    """Five significant figures, without an exponent where a reader can do without."""
    if not 1e-6 <= error < 1e6:
        return f"{error:.4e}"
    return np.format_float_positional(error, 5, fractional=False)


def _design(inputs: Any, rows: int, offset: bool = True) -> np.ndarray:
    blocks = [np.reshape(value, (rows, -1)) for value in inputs.values()]
    return np.column_stack([*([np.ones(rows)] if offset else []), *blocks])


def _instance(recorded: Recorded, z: np.ndarray) -> Model:
    return recorded.fit.bound.model(**recorded.target.constrain(z, Pins.none(len(z))))


def _mean(bound: Bound, instance: Model, inputs: Any) -> np.ndarray | None:
    """The mean of a Normal likelihood with one scale for all rows, shape (n,); else None."""
    made = instance.likelihood(**inputs)
    if not isinstance(made, Distribution) or made.plain.family.name != "Normal":
        return None
    if np.ptp(made.plain.arguments["scale"]) > 0:
        return None
    return np.broadcast_to(made.plain.arguments["loc"], len(next(iter(inputs.values()))))


def _straight(bound: Bound, instance: Model) -> bool:
    """Whether the predictions at new inputs, inside and outside of the data, lie on a plane."""
    generator = np.random.default_rng(0)
    block = _design(bound.inputs, bound.n)[:, 1:]
    rows = 4 * (block.shape[1] + 2)
    centre, width = block.mean(axis=0), np.ptp(block, axis=0) + (np.ptp(block, axis=0) == 0)
    drawn = centre + width * generator.uniform(-1.5, 1.5, (rows, block.shape[1]))
    inputs, at = {}, 0
    for name, value in bound.inputs.items():
        wide = int(np.prod(value.shape[1:]))
        inputs[name] = drawn[:, at : at + wide].reshape(rows, *value.shape[1:])
        at += wide
    mean = _mean(bound, instance, inputs)
    if mean is None:
        return False
    design = _design(inputs, rows)
    slopes = np.linalg.lstsq(design, mean, rcond=None)[0]
    size = max(float(np.abs(mean).max()), float(np.abs(design * slopes).max()), 1e-300)
    return bool(np.abs(mean - design @ slopes).max() <= AFFINE * size)


def _offset(bound: Bound, places: list[Model]) -> bool:
    """Whether the line may miss zero where all inputs are zero."""
    zero = {name: np.zeros_like(value) for name, value in bound.inputs.items()}
    return any(np.any(_mean(bound, at, zero) != 0) for at in places)


def _bent(recorded: Recorded, networks: list[Network]) -> float | None:
    """The mean squared error with tanh between the layers, searched for from the same start."""
    from bayesbench.fit.mle import climber
    from bayesbench.fit.torch_objective import log_likelihood

    bound, start = recorded.fit.bound, recorded.run.starts[recorded.start]
    fields = {g.name: replace(g, activation=bn.tanh) for g in networks}
    model = type(bound.model.__name__, (bound.model,), fields | {"__module__": __name__})
    other = replace(bound, layout=replace(bound.layout, model=model))
    target = log_likelihood(other)
    z = climber(target, recorded.per, 300)(start, Pins.none(len(start))).z
    mean = _mean(other, model(**target.constrain(z, Pins.none(len(z)))), bound.inputs)
    return None if mean is None else float(np.mean((bound.outcome - mean) ** 2))
