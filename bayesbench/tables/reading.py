"""Reading a table, whatever holds it: by the ending of the file's name, or from memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayesbench.data import Data, as_data
from bayesbench.tables.delimited import read_delimited
from bayesbench.tables.others import read_archive, read_columnar, read_workbook
from bayesbench.tables.renaming import renamed

SEPARATED = {".tsv": "\t", ".tab": "\t"}  # of all others the comma
COLUMNAR = {".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather"}
WORKBOOKS = (".xlsx", ".xlsm")
ARCHIVES = (".nc",)


def read_table(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    drop_missing: bool = False,
) -> Data:
    """Read a table from a file, or take it from memory.

    Parameters
    ----------
    source : path, DataFrame, dict of arrays, ArviZ tree, or Data
        A file's ending tells what it is: `.tsv` and `.tab` for tabs between the values,
        `.parquet`, `.feather`, `.xlsx` (its first sheet), `.nc` for an ArviZ tree; else values
        with commas between them.
    columns : mapping of str to str, optional
        By the name that a model uses, the name that the table has: {"y": "price"}.
    drop_missing : bool
        Whether rows in which a value is missing that a model reads may be left out.

    Raises
    ------
    BadInput
        If there is no such file, or it is no such table, or it has no such column.
    """
    table = _read(Path(source)) if isinstance(source, str | Path) else as_data(source)
    table = renamed(table, columns or {})
    return replace(table, drop_missing=drop_missing) if drop_missing else table


def _read(path: Path) -> Data:
    ending = path.suffix.lower()
    if ending in COLUMNAR:
        return read_columnar(path, COLUMNAR[ending])
    if ending in WORKBOOKS:
        return read_workbook(path)
    if ending in ARCHIVES:
        return read_archive(path)
    return read_delimited(path, SEPARATED.get(ending, ","))
