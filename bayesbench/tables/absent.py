"""A column that a model asks for and a table does not have."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from bayesbench.data import Data
from bayesbench.errors import BadInput, nearest


def check_column(data: Data, name: str, role: str, read: Collection[str]) -> None:
    """Refuse a table without the column that a model asks for.

    Parameters
    ----------
    data : Data
    name, role : str
        The column, and what it is to the model.
    read : collection of str
        All columns that the model reads: none of them can stand for this one.

    Raises
    ------
    BadInput
        With the columns that there are, and how to say which of them it is.
    """
    if name in data.columns:
        return
    has = list(data.columns)
    raise BadInput(
        data.source,
        found=f"no column '{name}', only {', '.join(repr(column) for column in has) or 'none'}",
        expected=f"the column '{name}' ({role})",
        remedy=_remedy(name, role, has, [column for column in has if column not in read]),
    )


def _remedy(name: str, role: str, has: list[str], free: list[str]) -> str:
    if all(map(_is_number, has)):
        return "the first line must name the columns" if has else nearest(name, has)
    near = nearest(name, free)
    if near.endswith("?"):
        close = next(column for column in free if f"'{column}'?" in near)
        return f"{near} --columns {_as(name, close)} says so"
    if not free:
        return "give that one as well"
    only = len(free) == 1
    if role.startswith("the outcome"):
        called = free[0] if only else "COLUMN"
        return f"say which it is: --outcome {shlex.quote(called)}, or load(..., outcome={called!r})"
    return f"say which it is: --columns {_as(name, free[0] if only else 'COLUMN')}"


def _as(name: str, column: str) -> str:
    return shlex.quote(f"{name}={column}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
