"""Tables that other libraries read: Parquet, Feather, Excel, and ArviZ's trees."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bayesbench.data import OBSERVED, Data, Reading, as_data
from bayesbench.errors import BadInput, check_name
from bayesbench.tables.delimited import check_names, tabled, with_something
from bayesbench.tables.files import opened
from bayesbench.tables.streamed import is_large, streamed


def read_columnar(path: Path, kind: str, stream: bool | None = False) -> Data:
    """Read a table that pyarrow stores by columns: `parquet` or `feather`.

    In blocks if it is to be a stream, or if this is None and it is a large Parquet file.

    Raises
    ------
    BadInput
        If there is no such file, it is no such table, or pyarrow is not installed.
    """
    said = f"a table in {kind.capitalize()} format"
    _check_there(path, said, "pyarrow", "parquet")
    try:
        if kind == "parquet" and (stream or (stream is None and is_large(path))):
            return streamed(path)
        frame = _arrow(path, kind).to_pandas(split_blocks=True, self_destruct=True)
    except BadInput:
        raise
    except Exception as error:  # pyarrow's own, of many types
        raise _unreadable(path, said, error) from None
    if frame.index.name is not None:  # written by pandas with a column as its index
        frame = frame.reset_index()
    if not len(frame.columns):
        raise _unreadable(path, said, ValueError("no columns"))
    return replace(as_data(frame), source=str(path), file=str(path))


def _arrow(path: Path, kind: str) -> Any:
    """The table as pyarrow has it; it is let go of column by column."""
    if kind == "feather":
        from pyarrow import feather

        return feather.read_table(path, memory_map=True)
    from pyarrow import parquet

    return parquet.read_table(path, memory_map=True)


def read_workbook(path: Path, sheet: str | None = None, skip: int = 0) -> Data:
    """Read a sheet of an Excel workbook, whose first row names the columns: the first, if any.

    Of its lines so many are skipped as are asked for.

    Where there are several, the table says in its `source` which one it is.

    Raises
    ------
    BadInput
        If there is no such file or sheet, it is no such table, or openpyxl is not installed.
    """
    import pandas as pd

    said = "an Excel workbook whose first sheet has a row of column names"
    _check_there(path, said, "openpyxl", "excel")
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = [str(name) for name in book.sheet_names]
            if sheet is not None:
                check_name(f"{path}, the sheet", sheet, sheets)
            chosen = sheets[0] if sheet is None else sheet
            names = pd.read_excel(book, chosen, header=None, nrows=1, dtype=str, skiprows=skip)
            frame = pd.read_excel(book, chosen, skiprows=skip)
    except BadInput:
        raise
    except Exception as error:  # openpyxl's own, of many types
        raise _unreadable(path, said, error) from None
    several = len(sheets) > 1
    source = f"{path}, sheet '{chosen}'" if several else str(path)
    if not len(names):
        others = [name for name in sheets if name != chosen]
        remedy = f"--sheet (sheet=) names another: {', '.join(others)}" if others else "fill it"
        raise BadInput(source, found="an empty sheet", expected=said, remedy=remedy)
    named = ["" if pd.isna(name) else str(name) for name in names.iloc[0]]
    named, columns = with_something(named, [frame.iloc[:, k] for k in range(len(named))])
    check_names(f"{source}, line {skip + 1}", named)
    table = tabled(columns, path, named, first_line=skip + 2)
    told = f"{source}, the first of {len(sheets)}; --sheet (sheet=) names another"
    return replace(
        table,
        source=source,
        reading=Reading(sheet=chosen if several else None),
        read_as=told if several and sheet is None else "",
    )


def read_archive(path: Path) -> Data:
    """Read what an ArviZ tree has observed, from its netCDF file.

    Raises
    ------
    BadInput
        If there is no such file, it is no such tree, or its variables are no columns.
    """
    import xarray as xr

    said = f"an ArviZ tree with {OBSERVED}"
    opened(path, said).close()
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            tree.load()
    except Exception as error:  # h5netcdf's own, of many types
        raise _unreadable(path, said, error) from None
    if OBSERVED not in tree.children:
        raise BadInput(
            str(path),
            found=f"the groups {', '.join(tree.children) or 'of none'}",
            expected=said,
            remedy="give a file that an InferenceData or a DataTree was saved in",
        )
    return replace(as_data(tree), source=str(path), file=str(path))


def _check_there(path: Path, said: str, library: str, extra: str) -> None:
    """Refuse a file that is not there, and one that nothing here can read."""
    opened(path, said).close()
    if find_spec(library) is None:
        raise BadInput(
            str(path),
            found=f"{said}, and no {library}, which reads it",
            expected=f"{library}, or a table as CSV",
            remedy=f"pip install 'bayesbench[{extra}]'",
        )


def _unreadable(path: Path, said: str, error: Any) -> BadInput:
    words = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
    return BadInput(
        str(path),
        found=f"a file that can't be read ({words[:150]})",
        expected=said,
        remedy="write it anew, or save the table as CSV",
    )
