"""Binding: a table checked against a model, so that the fits need not doubt it."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.authors_errors import meant
from bayesbench.data import Data, as_data
from bayesbench.distributions import Distribution
from bayesbench.energy import EnergyBased
from bayesbench.errors import BadInput, a
from bayesbench.example import example_of
from bayesbench.joint import joint
from bayesbench.layout import OUTCOME, Bound, Columns, Layout, Levels, Terms
from bayesbench.model import Model
from bayesbench.partition import sides
from bayesbench.supports import Box
from bayesbench.tables.absent import check_columns
from bayesbench.tables.columns import block_of_numbers, coded, is_boolean, own_numbers
from bayesbench.tables.missing import complete
from bayesbench.tables.reading import read_table

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.formulas.design import Design

ROUNDING = 1e-9  # by which a probability may miss the interval from 0 to 1


def read_data(
    source: Any,
    model: type[Model] | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    **how: Any,
) -> Data:
    """Read a table from a file, or take it from memory, and check it against a model.

    Parameters
    ----------
    source : path, DataFrame, dict of arrays, ArviZ tree, or Data
    model : Model class, optional
        One that the table is checked against at once.
    columns : mapping of str to str, optional
        By the name that a model uses, the name that the table has: {"y": "price"}.
    **how
        Of `bayesbench.tables.reading.read_table`: `drop_missing`, `missing`, `separator`,
        `decimal`, `encoding`, `sheet`, `skip`.

    Raises
    ------
    BadInput
        If there is no such file, or it is no such table, or the model can't use it.
    """
    table = read_table(source, columns=columns, **how)
    if model is not None:
        bind(model, table)
    return table


def bind(
    model: type[Model],
    table: Data | pd.DataFrame | Mapping[str, Any] | Bound | None = None,
    designs: Mapping[str, Design] | None = None,
) -> Bound:
    """Check a table against a model and lay both out; what is bound to it already is kept.

    The likelihood is evaluated once, by NumPy, at the start of the search: what it asks
    for, what it returns and which outcomes it can give are known before any fit begins.

    Parameters
    ----------
    model : Model class
    table : DataFrame, dict of arrays, Data, or Bound; optional
        The example that the model brings, if none is given.
    designs : mapping of Design, optional
        By input, the coding of a formula's categories that other rows have fixed; that of the
        table itself if not given.

    Raises
    ------
    BadInput
        Naming the file, the row and the column, if the model can't be fitted to the table.
    TypeError
        If the rows are bound to another model.
    """
    if isinstance(table, Bound):
        if table.model is not model:
            raise TypeError(f"the rows are bound to {table.model.__name__}, not {model.__name__}.")
        return table
    _check_declared(model)
    data = example_of(model) if table is None else as_data(table)
    if data.stream is not None:
        from bayesbench.summing import summed  # it binds block by block

        return summed(model, data)
    declared, outcomes = inputs_of(model), _outcomes(model)
    read = reads(model, data)
    blocks = _blocks(model, data)
    data = complete(data, read)
    made = {}
    if any(isinstance(how, Terms) for how in declared.values()):
        from bayesbench.formulas.inputs import laid_out

        made = laid_out(declared, data, designs or {})
    inputs: dict[str, np.ndarray] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for name, how in declared.items():
        if isinstance(how, Columns):
            labels[how.dims] = blocks[name]
            inputs[name] = block_of_numbers(data, blocks[name])
        elif isinstance(how, Terms):
            labels |= made[name][0].dims
            inputs[name] = made[name][1]
        elif isinstance(how, Levels):
            labels[name], inputs[name] = coded(data, name)
        else:
            inputs[name] = own_numbers(data, name)
    columns_of_outcome = [own_numbers(data, name) for name in outcomes]
    single = isinstance(model.outcome, str)
    outcome = columns_of_outcome[0] if single else np.column_stack(columns_of_outcome)
    if not single:
        labels[OUTCOME] = outcomes
    for name, each in joint(model).parameters.items():
        for dimension in each.dims:
            if dimension not in labels:
                raise BadInput(
                    f"{model.__name__}.{name}",
                    found=f"the dimension '{dimension}'",
                    expected=f"a dimension of an input ({', '.join(labels) or 'there is none'})",
                    remedy=f"give likelihood an input columns(dims='{dimension}'), or an input "
                    f"{dimension}=levels(), or a term of that name",
                )
    layout = Layout(model, tuple(labels.items()))
    settled = {name: design for name, (design, _) in made.items()}
    bound = Bound(layout, inputs, outcome, data, designs=settled)
    _check_priors(bound)
    _check_likelihood(bound, outcomes)
    _check_events(bound)
    return bound


def reads(model: type[Model], data: Data) -> tuple[str, ...]:
    """The columns of a table that a model reads, the outcome first.

    Raises
    ------
    BadInput
        If one of them is missing, or there are no rows.
    """
    outcomes = _outcomes(model)
    used = dict.fromkeys(_named(model))
    check_columns(data, model.__name__, outcomes, used)
    if data.n == 0:
        raise BadInput(
            data.source, found="no rows", expected="at least one row", remedy="give some data"
        )
    blocks = _blocks(model, data)
    for name, block in blocks.items():
        if not block:
            raise BadInput(
                data.source,
                found=f"no column but {', '.join(repr(u) for u in sorted(used))}",
                expected=f"columns for the input '{name}' of {model.__name__}.likelihood",
                remedy="add them",
            )
    return tuple(used | dict.fromkeys(column for block in blocks.values() for column in block))


def _outcomes(model: type[Model]) -> tuple[str, ...]:
    return (model.outcome,) if isinstance(model.outcome, str) else tuple(model.outcome)


def _named(model: type[Model]) -> list[str]:
    """The columns that a model reads by name: the outcome, and inputs that are no open block."""
    inputs = (_columns_read(name, how) for name, how in inputs_of(model).items())
    return [*_outcomes(model), *(column for wanted in inputs for column in wanted)]


def _blocks(model: type[Model], data: Data) -> dict[str, tuple[str, ...]]:
    """The columns of each block: those that are named, or all that nothing else uses."""
    used = {*_named(model)}
    return {
        name: how.names or tuple(column for column in data.columns if column not in used)
        for name, how in inputs_of(model).items()
        if isinstance(how, Columns)
    }


def _check_declared(model: type[Model]) -> None:
    missing = {
        "an outcome": (hasattr(model, "outcome"), 'write outcome = "the column it models"'),
        "a parameter": (bool(model.parameters), "write theta = parameter(Normal(0, 1))"),
        "a likelihood": (
            model.likelihood is not Model.likelihood,
            "write def likelihood(self), which returns a distribution",
        ),
    }
    for what, (there, remedy) in missing.items():
        if not there:
            found, place = f"a class without {what}", f"the model {model.__name__}"
            raise BadInput(place, found=found, expected=f"{what} in it", remedy=remedy)


def _columns_read(name: str, how: Columns | Levels | Terms | None) -> tuple[str, ...]:
    """The columns of the table that an input reads by name."""
    if isinstance(how, Terms):
        from bayesbench.formulas.parsed import variables_of

        return variables_of(how.formula)
    return how.names if isinstance(how, Columns) else (name,)


def inputs_of(model: type[Model]) -> dict[str, Columns | Levels | Terms | None]:
    """The inputs that `likelihood` asks for, by name, with how each is declared."""
    asked = list(inspect.signature(model.likelihood).parameters.values())[1:]
    return {
        p.name: p.default if isinstance(p.default, Columns | Levels | Terms) else None
        for p in asked
    }


def not_computable(model: type[Model], method: str, error: Exception) -> BadInput:
    """What to raise when a library can't compute what the model's author wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    # The author's own line, not that of the library which it led into.
    own = [frame for frame in frames if frame.name == method] or frames[-1:]
    where = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else "?"
    found, expected, remedy = meant(model, error)
    place = f"{model.__name__}.{method} ({where})"
    return BadInput(place, found=found, expected=expected, remedy=remedy)


def at_start(layout: Layout) -> Model:
    """An instance at the start of a search, its latents included."""
    return layout.model(**layout.joint.start)


def _check_priors(bound: Bound) -> None:
    """Try the priors that read other parameters; their supports must not move."""
    start, declares = at_start(bound.layout), joint(bound.model).parameters
    for name, declared in declares.items():
        if isinstance(declared.prior, Distribution):
            continue
        try:
            # What is no number at the start is for the fits to see, as of the likelihood.
            with np.errstate(all="ignore"):
                prior = declared.prior_at(start)
        except Exception as error:
            raise not_computable(bound.model, name, error) from error
        if prior.family.name == "Uniform":
            raise BadInput(
                f"the prior of {bound.model.__name__}.{name}",
                found="a Uniform whose limits may read other parameters",
                expected="a prior whose support stays where it is",
                remedy="declare a share from 0 to 1, and multiply it in the likelihood",
            )
        if name in bound.model.latents and declared.support != prior.support:
            raise BadInput(
                f"{bound.model.__name__}.{name}",
                found=f"{a(prior.family.name)} population and the support {declared.support}",
                expected="the support of the population itself",
                remedy=f"give latent() the support of {prior.family.name}",
            )


def _check_events(bound: Bound) -> None:
    """Try each event at the start, and see that it gives a probability."""
    instance = at_start(bound.layout)
    for name, event in bound.model.events.items():
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(event.function(instance), dtype=np.float64)
        except Exception as error:
            raise not_computable(bound.model, event.function.__name__, error) from error
        if value.shape != ():
            raise BadInput(
                f"{bound.model.__name__}.{name}",
                found=f"an array of shape {value.shape}",
                expected="one probability",
                remedy="return a single number",
            )
        check_probability(bound.model, name, value)


def check_probability(model: type[Model], name: str, values: np.ndarray) -> None:
    """Refuse values of an event that are no probabilities; NaN is left to be seen.

    Raises
    ------
    BadInput
        With the first of them.
    """
    bad = np.ravel(values)[np.ravel((values < -ROUNDING) | (values > 1 + ROUNDING))]
    if len(bad):
        raise BadInput(
            f"the event {model.__name__}.{name}",
            found=f"{bad[0]:.6g}",
            expected="a probability, from 0 to 1",
            remedy="return the probability of the event under the instance's parameters",
        )


def _check_likelihood(bound: Bound, outcomes: tuple[str, ...]) -> None:
    model = bound.model
    place = f"{model.__name__}.likelihood"
    try:
        # How arguments overflow at the start is for the fits to see, not for this look.
        with np.errstate(all="ignore"):
            made = at_start(bound.layout).likelihood(**bound.inputs)
    except Exception as error:
        raise not_computable(model, "likelihood", error) from error
    if isinstance(made, EnergyBased):
        _check_energy(bound, made)
    elif not isinstance(made, Distribution):
        raise BadInput(
            place,
            found=f"a value of type {type(made).__name__} returned",
            expected="a distribution of bayesbench, such as Normal(mean, sd)",
            remedy="return one",
        )
    # A vector outcome has several columns, and what is the same for all rows one for each.
    if made.batch_shape not in [(), bound.outcome.shape[1:], bound.outcome.shape]:
        raise BadInput(
            place,
            found=f"{a(made.family.name)} of shape {made.batch_shape}",
            expected=f"one distribution for all rows, or one for each: shape {bound.outcome.shape}",
            remedy="check the shapes of what is computed from the inputs",
        )
    if made.family.name == "Uniform":
        return  # its limits are parameters, or may be: the fits see what they allow
    support = made.support
    whole = getattr(support, "whole", False)
    if not whole and is_boolean(bound.table.columns[outcomes[0]]):
        raise BadInput(
            f"{bound.table.source}, column {bound.table.named(outcomes[0])}",
            found="true and false",
            expected=f"{support} (an outcome of {made.family.name})",
            remedy="use a model of an outcome that is 0 or 1, or write numbers if they are meant",
        )
    outside = ~support.contains(bound.outcome)
    if "total_count" in made.arguments:
        outside |= bound.outcome > made.arguments["total_count"]
    bad = np.argwhere(outside)
    if len(bad):
        row, which = int(bad[0, 0]), int(bad[0, 1]) if bound.outcome.ndim > 1 else 0
        others = f" (and {len(bad) - 1} more such values)" if len(bad) > 1 else ""
        raise BadInput(
            bound.table.place(row, outcomes[which]),
            found=f"{bound.outcome[tuple(bad[0])]:g}{others}",
            expected=f"{support} (an outcome of {made.family.name})",
            remedy="correct it or leave the row out",
        )


def _check_energy(bound: Bound, made: EnergyBased) -> None:
    """Try the energy at some points: it is asked for the nodes of a quadrature, not for rows."""
    model = bound.model
    asked = 1 if isinstance(made.support, Box) else 0
    points = np.concatenate([bound.outcome, bound.outcome])  # as many as the data never are
    if points.ndim != 1 + asked or points.shape[1:] != (len(sides(made.support)),) * asked:
        raise BadInput(
            f"{model.__name__}.likelihood",
            found=f"an {made} for an outcome of shape {bound.outcome.shape}",
            expected="a side of the support for each column of the outcome",
            remedy="give a box to two columns, and an interval or the line to one",
        )
    try:
        with np.errstate(all="ignore"):
            shape = np.shape(made.energy(points))
    except Exception as error:
        raise not_computable(model, "likelihood", error) from error
    if shape != points.shape[:1]:
        raise BadInput(
            f"the energy of {model.__name__}.likelihood",
            found=f"an array of shape {shape} for points of shape {points.shape}",
            expected=f"one energy for each point: shape {points.shape[:1]}",
            remedy="compute it from the points and the parameters alone, without inputs",
        )
