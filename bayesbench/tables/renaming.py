"""Columns by the names that a model uses, whatever the table calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bayesbench.data import Data
from bayesbench.errors import BadInput, nearest


def renamed(data: Data, columns: Mapping[str, str]) -> Data:
    """The table with other names for some columns: {"y": "price"} calls the price y.

    Raises
    ------
    BadInput
        If there is no such column, or two would have one name.
    """
    has = list(data.columns)
    for other in columns.values():
        if other not in has:
            raise BadInput(
                data.source,
                found=f"no column '{other}', only {', '.join(map(repr, has)) or 'none'}",
                expected="the columns that are to have other names",
                remedy=nearest(other, has),
            )
    new = {other: name for name, other in columns.items()}
    if len(new) < len(columns):
        twice = next(o for o in columns.values() if [*columns.values()].count(o) > 1)
        raise BadInput(
            "the names of columns",
            found=f"two names for '{twice}'",
            expected="one name for each column",
            remedy="leave one of them out",
        )
    for name, other in columns.items():
        if name in has and name not in new and name != other:
            raise BadInput(
                data.source,
                found=f"a column '{name}' beside '{other}', which is to be called '{name}'",
                expected="a name of its own for each column",
                remedy=f"give '{name}' another name, too: --columns {name}={other},old={name}",
            )
    made = {new.get(name, name): values for name, values in data.columns.items()}
    names = {name: other for name, other in columns.items() if name != other}
    return replace(data, columns=made, names=dict(data.names) | names)
