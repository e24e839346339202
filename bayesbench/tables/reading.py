"""Reading a table, whatever holds it: by the ending of the file's name, or from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayesbench.data import Data, Reading, as_data
from bayesbench.errors import BadInput
from bayesbench.tables.asked import reading_of
from bayesbench.tables.delimited import read_delimited
from bayesbench.tables.missing import marked
from bayesbench.tables.others import read_archive, read_columnar, read_workbook
from bayesbench.tables.renaming import renamed

SEPARATED = {".tsv": "\t", ".tab": "\t"}  # of all others it is seen
COLUMNAR = {".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather"}
WORKBOOKS = (".xlsx", ".xlsm")
ARCHIVES = (".nc",)


def read_table(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    drop_missing: bool = False,
    missing: str | Sequence[str] | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    skip: int = 0,
    stream: bool = False,
) -> Data:
    """Read a table from a file, or take it from memory.

    Parameters
    ----------
    source : path, DataFrame, dict of arrays, ArviZ tree, or Data
        A file's ending tells what it is: `.tsv` and `.tab` for tabs between the values,
        `.parquet`, `.feather`, `.xlsx` (its first sheet, if none is named), `.nc` for an ArviZ
        tree; else text, with a line of column names and a line for each row.
    columns : mapping of str to str, optional
        By the name that a model uses, the name that the table has: {"y": "price"}.
    drop_missing : bool
        Whether rows in which a value is missing that a model reads may be left out.
    missing : str or sequence of str, optional
        What stands for a missing value here, besides an empty place, NA, NaN, null and the
        like: "-" or ["-999", "?"].
    separator, decimal, encoding : str, optional
        Of a table as text: the sign between its values, its decimal mark ("." or ","), and
        how its letters are coded ("cp1252"). Else separator and mark are seen from the first
        50 lines, and the encoding is UTF-8.
    sheet : str, optional
        Of a workbook, the name of the sheet. Where it has several, `source` says which was read.
    skip : int
        How many lines of a text or of a sheet stand above the names of the columns, as a title.
    stream : bool
        Whether a Parquet file is read in blocks, and summed up as it comes, where the model's
        likelihood allows it. A file that would take more than half of the free memory always is.

    Raises
    ------
    BadInput
        If there is no such file, or it is no such table, or it has no such column.
    """
    asked = reading_of(separator, decimal, encoding, missing, sheet, skip)
    is_file = isinstance(source, str | Path)
    if sheet is not None and not (is_file and Path(source).suffix.lower() in WORKBOOKS):
        raise BadInput(
            "the sheet",
            found=f"{sheet!r} of {source if is_file else 'a table in memory'}",
            expected="a workbook, .xlsx or .xlsm",
            remedy="leave it out",
        )
    if skip and not (is_file and Path(source).suffix.lower() not in (*COLUMNAR, *ARCHIVES)):
        raise BadInput(
            "the lines to skip",
            found=f"{skip} of {source if is_file else 'a table in memory'}",
            expected="a text or a workbook, which have lines",
            remedy="leave it out",
        )
    if stream and not (is_file and COLUMNAR.get(Path(source).suffix.lower()) == "parquet"):
        raise BadInput(
            "what is to be read in blocks",
            found=f"{source}" if is_file else "a table in memory",
            expected="a Parquet file",
            remedy="leave --stream (stream=True) out, or save the table as .parquet",
        )
    table = _read(Path(source), asked, stream or None) if is_file else as_data(source)
    asked = replace(asked, sheet=table.reading.sheet)
    table = replace(marked(table, asked.missing), reading=asked)
    return renamed(replace(table, drop_missing=drop_missing), columns or {})


def read_alike(path: str | Path, table: Data) -> Data:
    """Further rows from another file, read and named as those of the table were.

    Raises
    ------
    BadInput
        If there is no such file, or it is no such table.
    """
    asked = replace(table.reading, sheet=None)  # another workbook has sheets of its own
    rows = marked(_read(Path(path), asked, stream=False), asked.missing)
    named = {name: other for name, other in table.names.items() if other in rows.columns}
    return renamed(rows, named)


def _read(path: Path, asked: Reading, stream: bool | None) -> Data:
    """The table in a file; in blocks if it is to be, or None where its size decides."""
    ending = path.suffix.lower()
    if ending in COLUMNAR:
        return read_columnar(path, COLUMNAR[ending], stream)
    if ending in WORKBOOKS:
        return read_workbook(path, asked.sheet, asked.skip)
    if ending in ARCHIVES:
        return read_archive(path)
    return read_delimited(path, replace(asked, separator=asked.separator or SEPARATED.get(ending)))
