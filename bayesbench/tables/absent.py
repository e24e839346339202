"""A column that a model asks for and a table does not have."""

from __future__ import annotations

import shlex

from bayesbench.data import Data
from bayesbench.errors import BadInput, nearest


def check_column(data: Data, name: str, role: str) -> None:
    """Refuse a table without the column that a model asks for.

    Parameters
    ----------
    data : Data
    name, role : str
        The column, and what it is to the model.

    Raises
    ------
    BadInput
        With the columns that there are, and how to name one of them.
    """
    if name in data.columns:
        return
    has = list(data.columns)
    headless = all(_is_number(column) for column in has)
    remedy = "the first line must name the columns" if headless else nearest(name, has)
    if remedy.endswith("?"):
        close = next(column for column in has if f"'{column}'?" in remedy)
        remedy += f" --columns {shlex.quote(f'{name}={close}')} says so"
    elif role.startswith("the outcome") and has and not headless:
        remedy = f"the option --outcome {has[-1]}, or load(..., outcome={has[-1]!r}), models that"
    elif has and not headless:
        remedy += f"; --columns {shlex.quote(f'{name}={has[0]}')} takes that one for it"
    raise BadInput(
        data.source,
        found=f"no column '{name}', only {', '.join(repr(column) for column in has) or 'none'}",
        expected=f"the column '{name}' ({role})",
        remedy=remedy,
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
