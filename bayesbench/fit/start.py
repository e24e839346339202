"""Where a search begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from bayesbench.binding import not_computable
from bayesbench.density import Pins, supports
from bayesbench.errors import BadInput
from bayesbench.fit.no_start import no_start
from bayesbench.fit.objective import Objective
from bayesbench.fit.starts import check_starts, random_starts, spread_of, usual_starts
from bayesbench.layout import Layout
from bayesbench.model import Model

Point = Model | Mapping[str, Any]  # values of the parameters, on their own scale


def start_points(
    objective: Objective, start: Model | Mapping[str, Any] | None, starts: int | None, seed: int
) -> np.ndarray:
    """The starts of a search as z, a row each: the given one, or the middle, and random ones.

    With a `start` and no number, that one is all.

    Raises
    ------
    BadInput
        As in `start_values`.
    """
    layout = objective.layout
    count = starts or (usual_starts(layout) if start is None else 1)
    z = random_starts(layout, count, seed)
    if start is not None or not layout.model.groups:
        z[0] = start_values(objective, start)
    else:
        values = [first_value(objective, at) for at in z]
        if not np.isfinite(values).any():
            raise no_start(objective, z, _starts(len(z)), "a fit")
    return z


def check_objective(objective: str) -> None:
    """Refuse what an optimiser can't see.

    Raises
    ------
    BadInput
        If it is not the mean and not the total.
    """
    if objective not in ("mean", "total"):
        raise BadInput(
            "objective",
            found=repr(objective),
            expected="'mean' or 'total'",
            remedy="the two have the same maximum",
        )


def check_limits(steps: int | None, starts: int | None, seed: int) -> None:
    """Refuse numbers of steps and starts that are none, and such seeds.

    Raises
    ------
    BadInput
        If one of them is out of range.
    """
    if steps is not None:
        check_count("steps", steps, 1)
    check_starts(starts)
    check_seed(seed)


def check_count(name: str, number: int, least: int) -> None:
    """Refuse a number of draws, paths or steps that is none.

    Raises
    ------
    BadInput
        If it is no whole number, or below the least.
    """
    if not isinstance(number, int | np.integer) or isinstance(number, bool):
        raise BadInput(
            name,
            found=repr(number),
            expected="a whole number",
            remedy="write 10_000 for ten thousand",
        )
    if number < least:
        remedy = "ask for more"
        raise BadInput(name, found=str(number), expected=f"at least {least}", remedy=remedy)


def start_values(objective: Objective, start: Model | Mapping[str, Any] | None) -> np.ndarray:
    """The coordinates z of the given start, or zero: the middle of every support.

    Raises
    ------
    BadInput
        If the start has other parameters than the model, other shapes, or values outside
        of the support; or if the objective is not finite there.
    """
    layout = objective.layout
    z = np.zeros(layout.size)
    if start is not None:
        z = objective.unconstrain(checked_start(objective, start))
    if not np.isfinite(first_value(objective, z)):
        raise no_start(objective, z[None], _starts(1), "a fit")
    return z


def _starts(count: int) -> str:
    return "at the start" if count == 1 else f"at {count} starts"


@contextmanager
def computable(model: type[Model]) -> Iterator[None]:
    """Where a library computes a model's density for the first time.

    Raises
    ------
    BadInput
        If the model's text is one that it can't compute.
    """
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        raise not_computable(model, "likelihood", error) from error


def first_value(objective: Objective, z: np.ndarray) -> float:
    """The objective at z, where it has not been computed before.

    Raises
    ------
    BadInput
        If the model's text is one that the library can't compute.
    """
    with computable(objective.layout.model):
        return objective.value(z, Pins.none(len(z)))


def nearby(layout: Layout, seed: int) -> np.ndarray:
    """A start on the unconstrained scale, uniform within each parameter's spread over 2.

    At zero itself a network's gradient vanishes.
    """
    return np.random.default_rng([seed, 2]).uniform(-0.5, 0.5, layout.size) * spread_of(layout)


def check_seed(seed: int) -> None:
    """Refuse a seed that the generators can't take.

    Raises
    ------
    BadInput
        If it is negative, or too large.
    """
    if not (isinstance(seed, int | np.integer) and 0 <= seed < 2**63):
        raise BadInput(
            "seed",
            found=str(seed),
            expected="a whole number from 0 to 2^63 - 1",
            remedy="any such number will do, and gives the same draws each time",
        )


def checked_start(objective: Objective, start: Model | Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The values of a start, which must be the model's parameters, inside of their supports.

    Raises
    ------
    BadInput
        Naming what is not so.
    """
    layout = objective.layout
    if not isinstance(start, Model | Mapping):
        raise BadInput(
            "start=",
            found=repr(start),
            expected="the parameters' values by name, or an instance of the model",
            remedy=f"give {{'{next(iter(layout.model.parameters), 'theta')}': ...}}",
        )
    given = start.values if isinstance(start, Model) else dict(start)
    allowed = supports(layout, objective.priors)
    if given.keys() != allowed.keys():
        raise BadInput(
            "start=",
            found=", ".join(given) or "nothing",
            expected=", ".join(allowed),
            remedy="give every parameter of the model a value",
        )
    values = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    for name, value in values.items():
        if value.shape != layout.shape(name):
            raise BadInput(
                f"start= for {name}",
                found=f"the shape {value.shape}",
                expected=f"the shape {layout.shape(name)}",
                remedy="give a value for each entry",
            )
        support = allowed[name]
        if not ((value > support.lower) & (value < support.upper)).all():
            raise BadInput(
                f"start= for {name}",
                found=f"{value}",
                expected=f"{support}, and not on its edge",
                remedy="begin inside of the support",
            )
    return values
