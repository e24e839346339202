"""A linear model whose priors are meant for standardised columns, in the table's own units.

With x_j = m_j + s_j u_j and y = m + s v the line v = Σ b_j u_j + a with noise t is the line
y = Σ β_j x_j + α with noise σ, where

    β_j = b_j s / s_j,    α = m + s a - Σ β_j m_j,    σ = s t.

The map is affine with a constant Jacobian. So what is believed of b, a and t is believed of β, α
and σ exactly: MLE, MAP and posterior in the table's units are those of the standardised columns,
carried over (Gelman and Hill 2007, sections 4.2 to 4.4, tell what it is for).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.describe import Symbol
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput
from bayesbench.layout import Bound, Columns
from bayesbench.model import Model, Parameter, with_some
from bayesbench.rescaled import moved, multiplied
from bayesbench.supports import real
from bayesbench.tables.streamed import check_at_hand

LINE = "NormalLinear(x, slopes, intercept, scale)"


@dataclass(frozen=True)
class Line:
    """Which parameters are a line's: by name; no intercept if it is a number."""

    slopes: str
    intercept: str | None
    noise: str
    is_variance: bool  # whether the noise is declared as its square


@dataclass(frozen=True)
class Units:
    """Means and sds of the columns, shape (k,), and of the outcome."""

    means: np.ndarray
    sds: np.ndarray
    mean: float
    sd: float


def standardized(model: type[Model], data: Any) -> type[Model]:
    """The model whose priors are those of `model` for columns of mean 0 and sd 1.

    Parameters
    ----------
    model : Model class
        Its likelihood is `NormalLinear(x, slopes, intercept, scale)` of parameters of its own.
    data : DataFrame, dict of arrays, or Data
        The table whose means and sds are taken.

    Raises
    ------
    BadInput
        If the likelihood is another, or a prior has no scale among its arguments: then what
        standardising does to the answers would not be exact.
    """
    bound = bind(model, data)
    check_at_hand(bound.table, "their means and standard deviations")
    line, units = _line(bound), _units(bound)
    if line.intercept is None and (units.means.any() or units.mean):
        units = replace(units, means=np.zeros_like(units.means), mean=0.0)
    noise = units.sd**2 if line.is_variance else units.sd
    steps = units.sd / units.sds
    declared = model.parameters
    body: dict[str, Any] = {
        line.slopes: replace(
            declared[line.slopes],
            prior=_carried(bound, line, units, line.slopes, steps),
            unit=steps,
        ),
        line.noise: replace(
            declared[line.noise], prior=_carried(bound, line, units, line.noise, noise), unit=noise
        ),
    }
    if line.intercept is not None:
        body[line.intercept] = replace(
            declared[line.intercept],
            prior=_moving(_carried(bound, line, units, line.intercept, units.sd), line, units),
            near=units.mean,
            unit=units.sd,
        )
    kept = {"__doc__": model.__doc__, "__module__": model.__module__, "standardized": True}
    # The other priors, and answers in closed form, are those of columns as they are.
    others = {"variants": {}, "exact": classmethod(lambda cls, data: {})}
    return type(model.__name__, (model,), body | kept | others)


def _line(bound: Bound) -> Line:
    """The parameters of the line that the likelihood is, found by running it on names."""
    model = bound.model
    refusal = BadInput(
        "standardize",
        found=f"the model {model.__name__}",
        expected=f"a formula, or a likelihood {LINE} of parameters of its own",
        remedy="for no other is it exact; rescale the columns and say so in their names",
    )
    try:
        made = model.likelihood(
            model(**{name: Symbol(name) for name in model.parameters}),
            **{name: Symbol(name) for name in bound.inputs},
        )
        x, slopes, intercept, scale = (
            getattr(made.arguments[k], "text", made.arguments[k])
            for k in ("x", "slopes", "intercept", "scale")
        )
    except Exception:  # whatever the author's code does with a name
        raise refusal from None
    root = re.fullmatch(r"sqrt\((\w+)\)", str(scale))
    noise = root[1] if root else scale
    named = [slopes, noise] + [intercept] * isinstance(intercept, str)
    whole = isinstance(intercept, str) or np.all(np.asarray(intercept) == 0)
    declared = model.parameters
    if (
        list(bound.inputs) != [x]
        or {*map(str, named)} != {*declared}
        or not whole
        or any(declared[n].support != real for n in named if n != noise)
        or bound.designs
        or bound.inputs[x].ndim != 2
    ):
        raise refusal
    return Line(slopes, intercept if isinstance(intercept, str) else None, noise, root is not None)


def _units(bound: Bound) -> Units:
    x, y = next(iter(bound.inputs.values())), bound.outcome
    sds, sd = x.std(axis=0), float(y.std())
    dims = next(how.dims for how in _inputs(bound) if isinstance(how, Columns))
    labels = dict(bound.layout.labels)[dims]
    still = [label for label, s in zip(labels, sds, strict=True) if s == 0]
    if still or sd == 0:
        raise BadInput(
            f"{bound.table.source}, column '{still[0] if still else bound.model.outcome}'",
            found="one value in all rows",
            expected="a column that varies, to be standardised",
            remedy="leave it out",
        )
    return Units(x.mean(axis=0), sds, float(y.mean()), sd)


def _inputs(bound: Bound) -> list[Any]:
    from bayesbench.binding import inputs_of

    return list(inputs_of(bound.model).values())


def _carried(bound: Bound, line: Line, units: Units, name: str, factor: Any) -> Any:
    """A prior of a standardised parameter as that of its multiple; a function if it is one."""
    declared: Parameter = bound.model.parameters[name]

    def of(prior: Distribution) -> Distribution:
        made = multiplied(prior, factor)
        if made is None or (name == line.intercept and moved(made, 0.0) is None):
            raise BadInput(
                f"the prior of {bound.model.__name__}.{name}",
                found=f"{prior!r}",
                expected="a family that has the scale of its variable among its arguments",
                remedy="choose such a prior, as Normal or InverseGamma, or leave standardize out",
            )
        return made

    if isinstance(declared.prior, Distribution):
        return of(declared.prior)
    return lambda m: of(declared.prior_at(with_some(bound.model, _standard(m, line, units))))


def _standard(m: Any, line: Line, units: Units) -> dict[str, Any]:
    """The parameters of the standardised line, as far as those of this one are known."""
    known, found = vars(m), {}
    if line.slopes in known:
        found[line.slopes] = known[line.slopes] * (units.sds / units.sd)
    if line.noise in known:
        found[line.noise] = known[line.noise] / (units.sd**2 if line.is_variance else units.sd)
    if line.intercept in known and line.slopes in known:
        at_means = (known[line.slopes] * units.means).sum(-1)
        found[str(line.intercept)] = (known[line.intercept] + at_means - units.mean) / units.sd
    return found


def _moving(prior: Any, line: Line, units: Units) -> Callable[[Any], Distribution]:
    """The intercept's prior: where the columns are zero, and no longer at their means."""

    def at(m: Any) -> Distribution:
        given = prior if isinstance(prior, Distribution) else prior(m)
        made = moved(given, units.mean - (getattr(m, line.slopes) * units.means).sum(-1))
        assert made is not None
        return made

    return at
