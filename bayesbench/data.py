"""Data: a table with named columns, read from a file or taken from memory."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.errors import BadInput, nearest_file

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Data:
    """A table: columns of equal length, and where they came from.

    `source` stands in front of every complaint; `first_line` is the line of the file on
    which the first row stands, 0 if there is no file.
    """

    columns: Mapping[str, np.ndarray]
    source: str = "the data"
    first_line: int = 0

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def place(self, row: int, column: str) -> str:
        """Where a value stands, for a sentence; rows are counted from 0 here, from 1 there."""
        line = f" (line {row + self.first_line})" if self.first_line else ""
        return f"{self.source}, row {row + 1}{line}, column '{column}'"


def read_table(path: str | Path) -> Data:
    """Read a table of comma-separated values whose first line names the columns.

    Raises
    ------
    BadInput
        If there is no such file, or it is no such table.
    """
    import pandas as pd

    path = Path(path)
    text = _read_text(path)
    table = text.strip()
    if not table:
        raise BadInput(
            str(path),
            found="an empty file",
            expected="a line of column names and a line for each row",
            remedy="check that this is the file you meant",
        )
    header = 1 + text[: len(text) - len(text.lstrip())].count("\n")
    _check_header(path, table, header)
    try:
        # A blank line within a table of one column is a missing value, not nothing.
        frame = pd.read_csv(StringIO(table), skip_blank_lines=False, index_col=False)
    except pd.errors.ParserError as error:
        raise BadInput(
            str(path),
            found=_ragged(str(error), header),
            expected="as many values on each line as there are column names",
            remedy="mend that line",
        ) from None
    return replace_source(as_data(frame), str(path), first_line=header + 1)


def _check_header(path: Path, table: str, line: int) -> None:
    """Refuse names that two columns share, and a first row with more values than names."""
    lines = table.splitlines()
    names, *rows = csv.reader(lines[:2])
    twins = [name for name in names if names.count(name) > 1]
    if twins:
        raise BadInput(
            f"{path}, line {line}",
            found=f"{names.count(twins[0])} columns called '{twins[0]}'",
            expected="a name of its own for each column",
            remedy="rename one of them",
        )
    if rows and len(rows[0]) > len(names):
        raise BadInput(
            str(path),
            found=_counted(len(rows[0]), line + 1, len(names)),
            expected="as many values on each line as there are column names",
            remedy="mend that line",
        )


def _counted(seen: int, line: int, wanted: int) -> str:
    return f"{seen} values on line {line} for {wanted} column name{'s' * (wanted != 1)}"


def _ragged(complaint: str, header: int) -> str:
    """Pandas' complaint about a line of another length, in our words."""
    numbers = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", complaint)
    if numbers is None:
        return f"no table ({complaint.strip().rstrip('.')})"
    wanted, line, seen = map(int, numbers.groups())
    return _counted(seen, line + header - 1, wanted)


def _read_text(path: Path) -> str:
    expected = "a text file with a line of column names and a line for each row"
    try:
        raw = path.read_bytes()
        if b"\0" in raw:
            raise UnicodeDecodeError("utf-8", raw, raw.index(b"\0"), raw.index(b"\0") + 1, "")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path}, byte {error.start + 1}",
            found=f"the byte 0x{error.object[error.start]:02x}, so it is no text in UTF-8",
            expected=expected,
            remedy="save the table as CSV in UTF-8",
        ) from None
    except FileNotFoundError:
        remedy = nearest_file(path, "*.csv")
        raise BadInput(str(path), found="no such file", expected=expected, remedy=remedy) from None
    except OSError as error:
        why = "a folder" if path.is_dir() else (error.strerror or str(error)).lower()
        raise BadInput(
            str(path), found=why, expected=expected, remedy="give the path of a readable file"
        ) from None


def as_data(table: Data | pd.DataFrame | Mapping[str, Any]) -> Data:
    """Make a table of a DataFrame, or of a dict of arrays of equal length.

    Raises
    ------
    BadInput
        If it is neither, or the columns differ in length.
    """
    if isinstance(table, Data):
        return table
    if not hasattr(table, "keys") or not hasattr(table, "__getitem__"):
        raise BadInput(
            "the data",
            found=f"a {type(table).__name__}",
            expected="a DataFrame or a dict with a column for each name",
            remedy="name the column, as in {'toss': values}",
        )
    named = {str(name): np.asarray(table[name]) for name in table.keys()}  # noqa: SIM118
    lengths = {name: len(v) if v.ndim == 1 else -1 for name, v in named.items()}
    if len(set(lengths.values())) > 1 or -1 in lengths.values():
        shapes = ", ".join(f"{name} {value.shape}" for name, value in named.items())
        raise BadInput(
            "the data",
            found=f"columns of the shapes {shapes}",
            expected="columns of one length, each a list of single values",
            remedy="give every column a value for every row",
        )
    return Data(named)


def replace_source(data: Data, source: str, first_line: int = 0) -> Data:
    """The same table, said to come from elsewhere."""
    return Data(data.columns, source, first_line)
