"""The arguments of a function that is a model of NumPyro: the outcome, the inputs, and the rest."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from jax import numpy as jnp

from bayesbench.errors import BadInput, kind_of
from bayesbench.layout import Columns, Levels
from bayesbench.numpyro_models.outcomes import outcomes_of

ROWS = 7  # of a table that is made up where none is given


@dataclass(frozen=True)
class Given:
    """What the function is called with.

    Attributes
    ----------
    outcomes : tuple of str
        The arguments that hold the outcome, or the outcomes.
    inputs : mapping
        The arguments that are columns, and how each is declared: None, `Columns` or `Levels`.
    fixed : mapping
        The arguments that are no columns.
    table : mapping of arrays
        A value for each input and outcome, a row a datum: a block of columns is (n, k).
    is_example : bool
        Whether it is a table that was given, and not one that was made up.
    rows : str
        The column that names the rows, where the model has something of each; else nothing.
    """

    outcomes: tuple[str, ...]
    inputs: Mapping[str, Columns | Levels | None]
    fixed: Mapping[str, Any]
    table: Mapping[str, np.ndarray]
    is_example: bool
    rows: str = ""

    @property
    def asked(self) -> dict[str, Columns | Levels | None]:
        """The inputs of the likelihood: those of the function, and the rows' names."""
        return {**self.inputs} | ({self.rows: Levels()} if self.rows else {})

    @property
    def n(self) -> int:
        """The number of rows of the table."""
        return len(self.table[self.outcomes[0]])

    @property
    def widths(self) -> tuple[int | None, ...]:
        """By outcome, of how many columns it is; None where it is one, and no matrix."""
        found = (self.table[name] for name in self.outcomes)
        return tuple(None if each.ndim == 1 else each.shape[1] for each in found)

    @property
    def outcome(self) -> str | tuple[str, ...]:
        """The columns that are modelled, as a class of bayesbench names them."""
        if self.widths == (None,):
            return self.outcomes[0]
        pairs = zip(self.outcomes, self.widths, strict=True)
        return tuple(column for name, width in pairs for column in _columns(name, width))

    @property
    def observed(self) -> np.ndarray:
        """The outcome of the rows, (n,), or (n, k) of several columns."""
        found = [self.table[name].astype(np.float64) for name in self.outcomes]
        return found[0] if len(found) == 1 else np.column_stack(found)

    def stand_ins(self, n: int) -> dict[str, Any]:
        """Something in the outcomes' place, of so many rows."""
        shapes = {name: self.table[name].shape[1:] for name in self.outcomes}
        return {name: jnp.zeros((n, *shape)) for name, shape in shapes.items()}

    def index(self, name: str, codes: Any) -> Any:
        """Levels of a column as the function has them: whole numbers as they stand in the table."""
        column = self.table[name]
        whole = self.is_example and column.dtype.kind in "iu"
        return jnp.asarray(np.unique(column))[codes] if whole else jnp.asarray(codes, dtype=int)

    @property
    def coded(self) -> dict[str, np.ndarray]:
        """The inputs of the table as a likelihood is given them: levels as codes from 0."""
        return {
            name: np.unique(self.table[name], return_inverse=True)[1]
            if isinstance(how, Levels)
            else self.table[name].astype(np.float64)
            for name, how in self.inputs.items()
        }

    @property
    def arguments(self) -> dict[str, Any]:
        """What the function is called with on its own table."""
        columns = {
            name: self.index(name, column) if isinstance(self.inputs[name], Levels) else column
            for name, column in self.coded.items()
        }
        seen = {name: jnp.asarray(self.table[name]) for name in self.outcomes}
        return {**self.fixed, **{k: jnp.asarray(v) for k, v in columns.items()}, **seen}

    def with_levels(self, names: Iterable[str]) -> Given:
        """The same with some inputs as levels: what the function takes for an index."""
        return replace(self, inputs={**self.inputs, **{name: Levels() for name in names}})

    def with_rows(self, name: str, labels: np.ndarray) -> Given:
        """The same with names for the rows, and the rows in the order of these."""
        order = np.argsort(labels)
        table = {key: values[order] for key, values in self.table.items()}
        return replace(self, rows=name, table={**table, name: labels[order]})

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The table, a column each."""
        made: dict[str, np.ndarray] = {}
        for name, values in self.table.items():
            how = self.inputs.get(name)
            if isinstance(how, Columns):
                made |= dict(zip(how.names, values.T, strict=True))
            elif name in self.outcomes:
                width = None if values.ndim == 1 else values.shape[1]
                made |= dict(zip(_columns(name, width), np.atleast_2d(values.T), strict=True))
            else:
                made[name] = values
        return made


def _columns(name: str, width: int | None) -> tuple[str, ...]:
    """The columns of an argument: its own name, or one for each column of a matrix."""
    return (name,) if width is None else tuple(f"{name}_{k + 1}" for k in range(width))


def unwrapped(function: Any) -> Any:
    """The function itself, without handlers of NumPyro and arguments that were set before."""
    while True:
        if isinstance(function, partial):
            function = function.func
        elif not inspect.isfunction(function) and callable(getattr(function, "fn", None)):
            function = function.fn
        else:
            return function


def set_before(function: Any) -> dict[str, Any]:
    """Arguments that `functools.partial` has set, by name."""
    found: dict[str, Any] = {}
    while True:
        if isinstance(function, partial):
            asked = list(inspect.signature(function.func).parameters)
            found = dict(zip(asked, function.args, strict=False)) | function.keywords | found
            function = function.func
        elif not inspect.isfunction(function) and callable(getattr(function, "fn", None)):
            function = function.fn
        else:
            return found


def given(
    function: Callable[..., Any],
    observed: str | None,
    data: Any,
    fixed: Mapping[str, Any],
    name: str,
) -> Given:
    """Tell the arguments apart: by the data, by their defaults, and by what is fixed.

    Raises
    ------
    BadInput
        If the outcome's argument can't be told, or an argument is missing.
    """
    asked = inspect.signature(unwrapped(function)).parameters
    kinds = {each.kind for each in asked.values()}
    if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY}:
        raise refusal(name, "arguments without names", "give each argument a name")
    known = {} if data is None else _values(data)
    held = set_before(function)
    strange = [each for each in fixed if each not in asked]
    if strange:
        raise refusal(name, f"no argument '{strange[0]}'", f"it has {', '.join(asked) or 'none'}")
    called = {k: v for k, v in known.items() if k in asked and k not in held}
    needed = [k for k, each in asked.items() if each.default is each.empty]
    missing = [k for k in needed if known and k not in {*called, *fixed, *held}]
    if missing:
        remedy = f"give data={{'{missing[0]}': ...}}, or {missing[0]}=..."
        raise refusal(name, f"no '{missing[0]}' in the data", remedy)
    if observed is not None and observed in asked:
        if known and observed not in known:
            raise refusal(name, f"no '{observed}' in the data", f"give data={{'{observed}': ...}}")
        outcomes: tuple[str, ...] = (observed,)
    elif known:
        outcomes = outcomes_of(function, called, fixed, observed, name)
    else:
        outcomes = (_outcome(asked, {*fixed, *held}, name),)
    n = len(known[outcomes[0]]) if known else ROWS
    inputs: dict[str, Columns | Levels | None] = {}
    table = {each: known.get(each, np.zeros(n)) for each in outcomes}
    constant = dict(fixed)
    for each, parameter in asked.items():
        if each in (*outcomes, *fixed, *held):
            continue
        value = known.get(each)
        if value is None:
            if parameter.default is not parameter.empty:
                continue
            inputs[each], table[each] = None, np.linspace(0.5, 1.5, n)
        elif value.ndim and len(value) == n and value.ndim <= 2:
            inputs[each] = _declared(each, value)
            table[each] = value
        else:
            constant[each] = value if value.ndim else value.item()
    return Given(outcomes, inputs, constant, table, bool(known))


def _values(data: Any) -> dict[str, np.ndarray]:
    if not hasattr(data, "keys"):
        raise BadInput(
            "data",
            found=kind_of(data),
            expected="the model's arguments by name: a dict, or a DataFrame",
            remedy="give what MCMC.run is given",
        )
    return {str(k): np.asarray(data[k]) for k in data.keys() if data[k] is not None}  # noqa: SIM118


def _outcome(asked: Mapping[str, Any], known: set[str], name: str) -> str:
    """The argument that holds the outcome, where there are no data: y, or what may be None."""
    free = [k for k, each in asked.items() if each.default is None and k not in known]
    if len(free) != 1 and "y" not in asked:
        found = f"the arguments {', '.join(asked) or '(none)'}, and no data"
        raise refusal(name, found, "say which holds the outcome, observed='y', or give data=...")
    return "y" if "y" in asked else free[0]


def _declared(name: str, value: np.ndarray) -> Columns | Levels | None:
    if value.ndim == 2:
        return Columns(_columns(name, value.shape[1]), name)
    return None if value.dtype.kind in "buif" else Levels()


def refusal(name: str, found: str, remedy: str) -> BadInput:
    """Why a function is none that can be wrapped, for its arguments."""
    return BadInput(
        f"from_numpyro({name})",
        found=found,
        expected="a function of named arguments: columns of a table, the outcome among them",
        remedy=remedy,
    )
