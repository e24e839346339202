"""Small tables that have the same likelihood, so that its cost does not grow with the rows.

Rows that are equal are one row, counted: of a coin, of counts and of categories few are left.
Of Normal rows that share mean and variance, or a line's coefficients, the first and second
moments are enough (Fisher 1922): what has these is a table of a few rows with weights, see
`bayesbench.moments`. Sums over it are those over all rows, constants included.

What a likelihood reads of the rows is seen from the distribution that it returns, from its
arguments' shapes, and by experiment on some of the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bayesbench.distributions import Distribution
from bayesbench.layout import Bound, Layout
from bayesbench.moments import BLOCK, moments
from bayesbench.supports import Support

LEAST = 256  # rows: a table that has fewer is read row by row, which costs no more
TRIED = 64  # rows on which it is tried whether each is read by itself
VALUES = 4096  # that a column, or all together, may have, for equal rows to be looked for
FEWER = 8  # times fewer rows, for which counting them is worth it


def few_rows(bound: Bound, least: int = LEAST) -> Bound:
    """A table of few rows with weights, and the same log-likelihood; or the same table.

    Parameters
    ----------
    bound : Bound
        Latents, energies and vector outcomes stay as they are.
    least : int
        And so do tables of fewer rows.

    Returns
    -------
    Bound
        With the same layout; see `Bound.weights`.
    """
    if bound.n < least or bound.outcome.ndim > 1 or bound.model.latents:
        return bound
    tried = np.linspace(0, bound.n - 1, TRIED).astype(int)  # a table may be in some order
    some = {name: values[tried] for name, values in bound.inputs.items()}
    places = somewhere(bound.layout)
    if not isinstance(likelihood_at(bound.layout, places[0], some), Distribution):
        return bound
    if is_shared("Normal", bound.layout, places, some) or is_line(bound.layout, places, some):
        x = next(iter(bound.inputs), None)
        columns = [] if x is None else [bound.inputs[x]]
        each = None if bound.weights is None else bound.weights[None]
        points, weights = moments([c[None] for c in (*columns, bound.outcome[:, None])], each)
        inputs = {} if x is None else {x: points[0, :, :-1]}
        return replace(bound, inputs=inputs, outcome=points[0, :, -1], weights=weights[0])
    if not _is_row_by_row(bound.layout, places, some):
        return bound
    counted = _counted(bound)
    return counted if _adds_up(bound, counted, places) else bound


def somewhere(layout: Layout) -> tuple[dict[str, np.ndarray], ...]:
    """Where a search begins, and two places more, at which no parameter is zero by chance."""
    generator = np.random.default_rng(0)

    def inside(name: str, support: Support) -> np.ndarray:
        share = generator.uniform(0.2, 0.8, layout.shape(name))
        if np.isfinite(support.lower) and np.isfinite(support.upper):
            return support.lower + share * (support.upper - support.lower)
        if np.isfinite(support.lower):
            return support.lower + 2 * share
        return support.upper - 2 * share if np.isfinite(support.upper) else 4 * share - 1.5

    supports = {name: declared.support for name, declared in layout.model.parameters.items()}
    others = ({name: inside(name, s) for name, s in supports.items()} for _ in range(2))
    return (layout.start, *others)


def likelihood_at(
    layout: Layout, values: Mapping[str, np.ndarray], inputs: Mapping[str, np.ndarray]
) -> Any:
    """What the model's likelihood is at a place; None where it can't be computed."""
    with np.errstate(all="ignore"):
        try:
            return layout.model(**values).likelihood(**inputs)
        except Exception:  # it is an experiment: what fails keeps its rows, and the fit tells why
            return None


Places = tuple[dict[str, np.ndarray], ...]


def is_shared(
    family: str, layout: Layout, places: Places, inputs: Mapping[str, np.ndarray]
) -> bool:
    """Whether all rows have the same distribution, of that family."""
    made = likelihood_at(layout, places[0], inputs)
    if inputs or not isinstance(made, Distribution) or made.family.name != family:
        return False
    return all(np.shape(value) == () for value in made.arguments.values())


def is_line(layout: Layout, places: Places, inputs: Mapping[str, np.ndarray]) -> bool:
    """Whether the only input is a line's x as it is, and nothing else reads it."""
    if len(inputs) != 1:
        return False
    (name, x), *_ = inputs.items()
    other = 1.7 * x**2 + np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    for values in places:
        made = likelihood_at(layout, values, {name: x})
        if not isinstance(made, Distribution) or made.family.name != "NormalLinear":
            return False
        again = likelihood_at(layout, values, {name: other})
        rest = [key for key in made.arguments if key != "x"]
        if again is None or again.arguments["x"] is not other:
            return False
        if any(np.shape(made.arguments[key]) != () for key in ("intercept", "scale")):
            return False
        if not all(np.array_equal(made.arguments[key], again.arguments[key]) for key in rest):
            return False
    return True


def _is_row_by_row(layout: Layout, places: Places, inputs: Mapping[str, np.ndarray]) -> bool:
    """Whether what a row is given depends on that row alone: tried without every other one."""

    def of_half(value: Any) -> Any:
        return value[::2] if np.ndim(value) else value

    some = {name: of_half(values) for name, values in inputs.items()}
    for values in places:
        whole, half = (likelihood_at(layout, values, each) for each in (inputs, some))
        if not isinstance(whole, Distribution) or half is None:
            return False
        names = whole.arguments
        if not all(np.array_equal(of_half(names[k]), half.arguments[k]) for k in names):
            return False
    return True


def _adds_up(bound: Bound, counted: Bound, places: Places) -> bool:
    """Whether what the counted rows are given has the sums of what all are, and of its squares.

    Halves may agree by chance where each row reads the mean of a column; the whole does not.
    """
    if counted is bound or not bound.inputs:
        return True
    for values in places[1:]:
        every, few = (likelihood_at(bound.layout, values, b.inputs) for b in (bound, counted))
        if every is None or few is None:
            return False
        for name, given in few.arguments.items():
            for power in (1, 2):
                one = np.broadcast_to(every.arguments[name], bound.n) ** power
                one = one if bound.weights is None else bound.weights * one
                other = counted.weights * np.broadcast_to(given, counted.n) ** power
                if not np.isclose(one.sum(), other.sum(), rtol=1e-9):
                    return False
    return True


def _counted(bound: Bound) -> Bound:
    """The rows that differ, and how often each of them comes; the same table if they are many.

    Only columns of whole numbers are looked at: of others hardly two are equal.
    """
    columns = [bound.outcome, *bound.inputs.values()]
    if any(column.ndim > 1 for column in columns):
        return bound
    lowest, counts = [], []
    for column in columns:
        low, high = column.min(), column.max()
        if high - low >= VALUES or not (column[:TRIED] == np.floor(column[:TRIED])).all():
            return bound
        lowest.append(low)
        counts.append(int(high - low) + 1)
    codes = math.prod(counts)
    if codes > max(VALUES, bound.n // FEWER):
        return bound
    often, seen = np.zeros(codes), []
    for first in range(0, bound.n, BLOCK):
        code: Any = 0
        for column, low, count in zip(columns, lowest, counts, strict=True):
            part = column[first : first + BLOCK]
            whole = part.astype(np.int64)
            if (whole != part).any():
                return bound
            code = code * count + (whole - int(low))
        often += np.bincount(code, _part_of(bound.weights, first), minlength=codes)
    met = np.flatnonzero(often)
    if len(met) * FEWER > bound.n:
        return bound
    rest = met
    for low, count in zip(lowest[::-1], counts[::-1], strict=True):
        rest, digit = np.divmod(rest, count)
        seen.append(digit + low)
    outcome, *inputs = seen[::-1]
    kinds = {name: values.dtype for name, values in bound.inputs.items()}
    made = {name: c.astype(kinds[name]) for name, c in zip(kinds, inputs, strict=True)}
    return replace(bound, inputs=made, outcome=outcome.astype(np.float64), weights=often[met])


def _part_of(weights: np.ndarray | None, first: int) -> np.ndarray | None:
    return None if weights is None else weights[first : first + BLOCK]
