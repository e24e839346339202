"""Data: a table with named columns, and where each of its values stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.errors import BadInput, kind_of

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.tables.streamed import Stream

OBSERVED = "observed_data"  # the group of an ArviZ tree that holds the outcome
CONSTANT = "constant_data"  # and the one that holds the inputs


@dataclass(frozen=True)
class Reading:
    """How a file is read: what of it was asked for; what is None is seen from its first lines."""

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: tuple[str, ...] = ()  # texts that stand for a missing value, besides the usual ones
    sheet: str | None = None  # of a workbook
    skip: int = 0  # lines above that of the names


@dataclass(frozen=True)
class Data:
    """A table: columns of equal length, and where they came from.

    `source` stands in front of every complaint; `first_line` is the line of the file on
    which the first row stands, 0 if there are no lines.

    Attributes
    ----------
    columns : mapping of arrays, each of shape (n,)
        NumPy's, or pandas' own where NumPy has no such type: categories, texts, times with a
        zone, integers with gaps.
    file : str or None
        The path of the file that the table was read from.
    names : mapping of str
        What the source calls a column that goes by another name here.
    drop_missing : bool
        Whether rows with missing values may be left out, where a model reads them.
    rows : array of int, shape (n,), or None
        Where the rows stood in the source, counted from 0, if some were left out.
    missing : mapping of int
        How many of the source's values were missing, by column, where rows were left out.
    reading : Reading
        What was asked for of the file: how it is written, and what stands for missing values.
    read_as : str
        How the file turned out to be written, if not with commas and decimal points.
    """

    columns: Mapping[str, Any]
    source: str = "the data"
    first_line: int = 0
    file: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    drop_missing: bool = False
    rows: np.ndarray | None = None
    missing: Mapping[str, int] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
    read_as: str = ""
    of: int = 0  # the rows of the source, where some were left out
    stream: Stream | None = None  # where the columns are some rows of a file, read in blocks
    summed: int = 0  # how many rows of the file a fit is of, beside which these were kept

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    @property
    def left_out(self) -> int:
        """How many rows were left out."""
        return self.of - (self.summed or self.n) if self.rows is not None else 0

    def named(self, column: str) -> str:
        """A column for a sentence: 'price', or 'price' (here 'y')."""
        other = self.names.get(column)
        return f"'{column}'" if other is None else f"'{other}' (here '{column}')"

    def row(self, row: int) -> str:
        """Where a row stands, for a sentence; rows are counted from 0 here, from 1 there."""
        at = row if self.rows is None else int(self.rows[row])
        line = f" (line {at + self.first_line})" if self.first_line else ""
        return f"{self.source}, row {at + 1}{line}"

    def place(self, row: int, column: str) -> str:
        """Where a value stands, for a sentence: the words of its row and of its column."""
        return f"{self.row(row)}, column {self.named(column)}"


def as_data(
    table: Data | pd.DataFrame | Mapping[str, Any] | Any,
    source: str = "the data",
    column: str = "toss",
) -> Data:
    """Make a table of a DataFrame, of a dict of arrays of equal length, or of an ArviZ tree.

    Of a tree (or an InferenceData) the columns are the variables of `observed_data`, those of
    `constant_data` along the same rows, and the rows' own labels if these are texts. What it is
    called and a column that it may have stand in the sentences of what is refused.

    Raises
    ------
    BadInput
        If it is none of them, or the columns differ in length.
    """
    if isinstance(table, Data):
        return table
    group = _group(table, OBSERVED)
    if group is not None:
        return Data(_of_tree(group, _group(table, CONSTANT)), f"{OBSERVED} of the tree")
    if not hasattr(table, "keys") or not hasattr(table, "__getitem__"):
        raise BadInput(
            source,
            found=kind_of(table),
            expected="a DataFrame, a dict with a column for each name, or an ArviZ tree",
            remedy=f"name the column, as in {{'{column}': values}}",
        )
    twins = _twins([str(name) for name in table.keys()])  # noqa: SIM118
    if twins:
        raise BadInput(
            source,
            found=f"several columns called '{twins}'",
            expected="a name of its own for each column",
            remedy="rename one of them",
        )
    named = {str(name): array(table[name]) for name in table.keys()}  # noqa: SIM118
    lengths = {name: len(v) if v.ndim == 1 else -1 for name, v in named.items()}
    if len(set(lengths.values())) > 1 or -1 in lengths.values():
        shapes = ", ".join(f"{name} {value.shape}" for name, value in named.items())
        raise BadInput(
            source,
            found=f"columns of the shapes {shapes}",
            expected="columns of one length, each a list of single values",
            remedy="give every column a value for every row",
        )
    return Data(named, source)


def _twins(names: list[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)


def array(values: Any) -> Any:
    """NumPy's array, not copied where it is one; or pandas', where NumPy has no such type."""
    own = getattr(values, "array", values)
    if hasattr(own, "isna") and not isinstance(values.dtype, np.dtype):
        return own
    return np.asarray(values)


def _group(table: Any, name: str) -> Any:
    """A group of an ArviZ tree: a child of a DataTree, or an attribute of an InferenceData."""
    children = getattr(table, "children", None)
    if isinstance(children, Mapping):
        found = children.get(name)
        return None if found is None else found.to_dataset()
    groups = getattr(table, "groups", None)
    return getattr(table, name, None) if callable(groups) and name in groups() else None


def _of_tree(observed: Any, constant: Any) -> dict[str, np.ndarray]:
    """The variables along the rows, and the rows' labels."""
    flat = [name for name, each in observed.data_vars.items() if each.ndim == 1]
    others = [name for name, each in observed.data_vars.items() if each.ndim != 1]
    if others or not flat:
        shapes = ", ".join(f"{name} {each.shape}" for name, each in observed.data_vars.items())
        raise BadInput(
            f"{OBSERVED} of the tree",
            found=f"variables of the shapes {shapes}" if others else "no variable",
            expected="variables of one dimension, a value a row",
            remedy="make a dict of columns of them",
        )
    along = observed[flat[0]].dims
    found = {str(name): observed[name] for name in flat}
    if constant is not None:
        found |= {str(k): each for k, each in constant.data_vars.items() if each.dims == along}
    columns = {name: np.asarray(each) for name, each in found.items()}
    label = str(along[0])
    if label in observed.coords and observed[label].dtype.kind in "OUT" and label not in columns:
        columns[label] = np.asarray(observed[label])
    return columns


def replace_source(data: Data, source: str, first_line: int = 0) -> Data:
    """The same table, said to come from elsewhere."""
    return replace(data, source=source, first_line=first_line)
