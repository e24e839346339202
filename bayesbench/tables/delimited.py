"""Tables as text: a line of column names, then a line for each row."""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bayesbench.data import Data, Reading, as_data
from bayesbench.errors import BadInput
from bayesbench.tables.decimal_commas import with_decimal_commas
from bayesbench.tables.dialect import Dialect, dialect_of, values
from bayesbench.tables.files import opened

CHUNK = 1 << 20  # bytes that are looked at together
ROWS = 100_000  # that are read together
BELOW = 20  # lines in which the names of columns are looked for
EXPECTED = "a text file with a line of column names and a line for each row"


@dataclass(frozen=True)
class Head:
    """What the first lines of a table tell.

    Attributes
    ----------
    dialect : Dialect
    line : int
        That of the column names, counted from 1.
    names, first : list of str
        The names, and the values of the first row.
    below : int
        How many lines below it other names stand, if this one may be a title; else 0.
    """

    dialect: Dialect
    line: int
    names: list[str]
    first: list[str]
    below: int

    @property
    def remedy(self) -> str:
        """What to do where names are missing."""
        if not self.below:
            return "write one"
        skip = self.line + self.below - 1
        title = f"if line {self.line} is a title, --skip {skip} (skip={skip})"
        return f"{title} begins with the names on line {skip + 1}; else write one"


def read_delimited(path: Path, asked: Reading) -> Data:
    """Read a table of values with separators between them, whose first line names the columns.

    The file is read once to see that it is text, and once by pandas: it is never in memory.
    What separates its values, and its decimal mark, are seen from its first lines.

    Raises
    ------
    BadInput
        If there is no such file, or it is no such table.
    """
    import pandas as pd

    encoding = asked.encoding or "utf-8"
    lines, blank = _lines(path, encoding)
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding  # its mark is no part of a name
    head = _head(path, asked, encoding)
    dialect, header, names = head.dialect, head.line, head.names
    _check_first(path, head)
    pieces: list[list[Any]] = [[] for _ in names]
    try:
        with warnings.catch_warnings():
            # That a column has texts and numbers is told with the row, where it is read.
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)
            # A blank line within a table of one column is a missing value, not nothing.
            reader = pd.read_csv(
                path,
                sep=dialect.separator,
                decimal=dialect.decimal,
                na_values=list(asked.missing),
                skiprows=header - 1,
                skip_blank_lines=False,
                skipinitialspace=True,
                index_col=False,
                encoding=encoding,
                chunksize=ROWS,
            )
            for frame in reader:
                for k, piece in enumerate(pieces):
                    # A copy, for a column alone would hold the whole piece of the table.
                    piece.append(frame.iloc[:, k].copy())
    except pd.errors.ParserError as error:
        raise BadInput(
            str(path),
            found=_ragged(str(error)),
            expected="as many values on each line as there are column names",
            remedy=f"mend that line{_or_separator(names)}",
        ) from None
    rows = sum(len(piece) for piece in pieces[0])
    # Of a file with line breaks within quotes it is not known where a row stands.
    first_line = header + 1 if lines == header + rows else 0
    columns = []
    while pieces:  # a column at a time, so that there are never two of the table
        whole = pieces.pop(0)
        column = whole[0] if len(whole) == 1 else pd.concat(whole, ignore_index=True)
        column = column.iloc[: len(column) - blank]
        columns.append(with_decimal_commas(column) if dialect.decimal == "," else column)
    names, columns = with_something(names, columns)
    check_names(f"{path}, line {header}", names, head.remedy)
    return replace(tabled(columns, path, names, first_line=first_line), read_as=dialect.in_words)


def tabled(columns: Sequence[Any], path: Path, names: list[str], first_line: int) -> Data:
    """Columns of pandas under the names that stood in the file.

    A first column without a name, as pandas and R write it, has the rows' names and is no
    variable.
    """
    named = dict(zip((name.strip() for name in names), columns, strict=True))
    if len(named) > 1:
        named.pop("", None)
    return replace(as_data(named), source=str(path), first_line=first_line, file=str(path))


def with_something(names: list[str], columns: list[Any]) -> tuple[list[str], list[Any]]:
    """The names and the columns, without those that have neither a name nor a value."""
    kept = [k for k, name in enumerate(names) if name.strip() or columns[k].notna().any()]
    return [names[k] for k in kept], [columns[k] for k in kept]


def check_names(place: str, names: list[str], remedy: str = "write one") -> None:
    """Refuse names that two columns share, and columns without one but the first.

    Raises
    ------
    BadInput
        With the first of them.
    """
    stripped = [name.strip() for name in names]
    twins = [name for name in stripped if stripped.count(name) > 1 and name]
    if twins:
        raise BadInput(
            place,
            found=f"{stripped.count(twins[0])} columns called '{twins[0]}'",
            expected="a name of its own for each column",
            remedy="rename one of them",
        )
    if "" in stripped[1:]:
        raise BadInput(
            place,
            found=f"no name for column {stripped.index('', 1) + 1} of {len(stripped)}",
            expected="a name for each column",
            remedy=remedy,
        )


def _lines(path: Path, encoding: str) -> tuple[int, int]:
    """How many lines a file has, and how many after the last row have nothing on them.

    Every byte is looked at, for what is no text in this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, last = 0, "\n"
    space = ""  # that the text ends with, so far
    with opened(path, EXPECTED) as file:
        at = 0
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                place = at + len(chunk) - len(error.object) + error.start
                nul = chunk.find(b"\0")
                if nul >= 0 and at + nul < place:
                    raise _no_text(path, at + nul, 0, encoding) from None
                raise _no_text(path, place, error.object[error.start], encoding) from None
            if "\0" in text:
                raise _no_text(path, at + max(chunk.find(b"\0"), 0), 0, encoding)
            lines, last = lines + text.count("\n"), text[-1:] or last
            rest = text.rstrip()
            space = text[len(rest) :] if rest else space + text
            if not chunk:
                break
            at += len(chunk)
    after = space.split("\n")  # the end of the last row's line, then lines
    blank = sum(1 for k, line in enumerate(after[1:]) if line or k < len(after) - 2)
    return lines + (last != "\n"), blank


def _no_text(path: Path, at: int, byte: int, encoding: str) -> BadInput:
    with path.open("rb") as file:
        begins = file.read(2)
    likely = "utf-16" if begins in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "cp1252"
    other = f", or name its encoding with --encoding {likely} (encoding='{likely}')"
    return BadInput(
        f"{path}, byte {at + 1}",
        found=f"the byte 0x{byte:02x}, so it is no text in {encoding.upper()}",
        expected=EXPECTED,
        remedy="save the table as CSV in UTF-8" + (other if byte or likely == "utf-16" else ""),
    )


def _head(path: Path, asked: Reading, encoding: str) -> Head:
    """What the first lines tell, after those that are to be skipped."""
    with path.open(encoding=encoding, newline="") as file:
        for number, line in enumerate(file, start=1):
            if line.strip() and number > asked.skip:
                lines = [line, *file.readlines(CHUNK)]
                dialect = dialect_of(lines, asked.separator, asked.decimal)
                first = values(lines[1:], dialect.separator)
                names = values([line], dialect.separator)
                return Head(dialect, number, names, first, _names_below(lines, len(names)))
    raise BadInput(
        str(path),
        found="an empty file",
        expected="a line of column names and a line for each row",
        remedy="check that this is the file you meant",
    )


def _names_below(lines: Sequence[str], count: int) -> int:
    """By how many lines the names of columns may stand below a title; 0 if it looks like none."""
    for k in range(1, min(len(lines), BELOW)):
        some = [line for line in lines[k:] if line.strip()][:BELOW]
        found = values(some[:1], dialect_of(some, None, None).separator) if some else []
        if len(found) >= max(2, count) and all(re.search(r"[^\W\d_]", name) for name in found):
            return k
    return 0


def _check_first(path: Path, head: Head) -> None:
    """Refuse a first row with more values than there are names."""
    line, names, first = head.line, head.names, head.first
    if len(first) > len(names):
        raise BadInput(
            str(path),
            found=_counted(len(first), line + 1, len(names)),
            expected="as many values on each line as there are column names",
            remedy=head.remedy if head.below else f"mend that line{_or_separator(names)}",
        )


def _or_separator(names: list[str]) -> str:
    """A further remedy, where the names may not have been told apart."""
    if len(names) > 1:
        return ""
    return ", or name what stands between its values (--separator) or its decimal mark (--decimal)"


def _counted(seen: int, line: int, wanted: int) -> str:
    return f"{seen} values on line {line} for {wanted} column name{'s' * (wanted != 1)}"


def _ragged(complaint: str) -> str:
    """Pandas' complaint about a line of another length, in our words."""
    numbers = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", complaint)
    if numbers is None:
        return f"no table ({complaint.strip().rstrip('.')})"
    wanted, line, seen = map(int, numbers.groups())
    return _counted(seen, line, wanted)
