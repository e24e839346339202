"""A column that a model asks for and a table does not have."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from bayesbench.data import Data
from bayesbench.errors import BadInput, closest


def check_columns(
    data: Data, model: str, outcomes: Collection[str], inputs: Collection[str]
) -> None:
    """Refuse a table without a column that a model asks for.

    Parameters
    ----------
    data : Data
    model : str
        Its name.
    outcomes, inputs : collections of str
        The columns that it reads.

    Raises
    ------
    BadInput
        With the columns that there are, and how to say which of them it is.
    """
    has = list(data.columns)
    free = [name for name in has if name not in {*outcomes, *inputs}]
    called = free[0] if len(free) == 1 else "COLUMN"
    by_option = f"--outcome {shlex.quote(called)}, or load(..., outcome={called!r})"
    roles = [(name, f"the outcome of {model}", by_option) for name in outcomes]
    roles += [(name, f"an input of {model}.likelihood", _renamed(name, called)) for name in inputs]
    for name, role, way in roles:
        if name not in has:
            raise BadInput(
                data.source,
                found=f"no column '{name}', only {', '.join(map(repr, has)) or 'none'}",
                expected=f"the column '{name}' ({role})",
                remedy=_remedy(name, has, free, f"say which it is: {way}"),
            )


def _remedy(name: str, has: list[str], free: list[str], which: str) -> str:
    if not has:
        return "there are none"
    if all(map(_is_number, has)):
        return "the first line must name the columns"
    if not free:
        return "give that one as well"
    meant = closest(name, free)
    return which if meant is None else f"did you mean '{meant}'? {_renamed(name, meant)} says so"


def _renamed(name: str, column: str) -> str:
    return f"--columns {shlex.quote(f'{name}={column}')}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
