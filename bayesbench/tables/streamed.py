"""Parquet files that are read some rows at a time, for they are larger than memory has room for.

Of such a table the columns are its first rows only: they tell names and types. All of them
come in blocks, of no more columns than are asked for; see `bayesbench.summing` and
`bayesbench.passes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bayesbench.data import Data, as_data
from bayesbench.errors import BadInput
from bayesbench.tables.missing import marked

HEAD = 1000  # rows that tell of the columns
BLOCK = 2**18  # rows at a time
NUMBER = 8  # bytes of a value in memory
SHARE = 0.5  # of the memory that is free: what is larger is read in blocks
UNNAMED = r"__index_level_\d+__"  # as pandas calls row names without a name


@dataclass(frozen=True)
class Stream:
    """A Parquet file that is read in blocks.

    Attributes
    ----------
    path : Path
    n : int
        The rows of the file.
    kept : dict
        By model and reading, what the first pass has made of it: none is made twice.
    """

    path: Path
    n: int
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def blocks(
        self,
        columns: Sequence[str],
        size: int | None = None,
        generator: np.random.Generator | None = None,
    ) -> Iterator[Any]:
        """So many rows at a time, as DataFrames of these columns of the file.

        With a generator the file's row groups come in an order that it draws.
        """
        from pyarrow import parquet

        size = size or BLOCK
        # Neither mapped nor read ahead: both would hold whole row groups, or the file.
        with parquet.ParquetFile(self.path, buffer_size=2**20, pre_buffer=False) as file:
            every = range(file.num_row_groups)
            parts = [list(every)]
            if generator is not None:
                rows = [file.metadata.row_group(k).num_rows for k in every]
                parts = _gathered(generator.permutation(len(rows)).tolist(), rows, size)
            for groups in parts:
                for batch in file.iter_batches(size, row_groups=groups, columns=list(columns)):
                    yield batch.to_pandas(
                        split_blocks=True, self_destruct=True, ignore_metadata=True
                    )


def _gathered(order: Sequence[int], rows: Sequence[int], size: int) -> list[list[int]]:
    """Row groups in this order, as many together as have so many rows: some have few."""
    parts, met = [list[int]()], 0
    for group in order:
        if met >= size:
            parts, met = [*parts, []], 0
        parts[-1].append(group)
        met += rows[group]
    return parts


def is_large(path: Path) -> bool:
    """Whether a Parquet file's columns would take more than half of the memory that is free."""
    from pyarrow import parquet

    free, told = _free_memory(), parquet.read_metadata(path)
    return free is not None and told.num_rows * told.num_columns * NUMBER > SHARE * free


def streamed(path: Path) -> Data:
    """The first rows of a Parquet file, and how to get at all of them."""
    from pyarrow import parquet

    names = parquet.read_schema(path).names
    stream = Stream(path, parquet.read_metadata(path).num_rows)
    named = [name for name in names if not re.fullmatch(UNNAMED, name)]
    first = next(stream.blocks(named, HEAD), None)
    if first is None or not named:
        raise BadInput(
            str(path), found="no rows", expected="at least one row", remedy="give some data"
        )
    return replace(as_data(first), source=str(path), file=str(path), stream=stream)


def blocks_of(
    data: Data, columns: Sequence[str], generator: np.random.Generator | None = None
) -> Iterator[Data]:
    """All rows of a table that is read in blocks, of these columns, named as the table's are.

    With a generator row groups come in an order that it draws, and rows do not tell their places.
    """
    assert data.stream is not None
    file_names = [data.names.get(name, name) for name in columns]
    at = 0
    for frame in data.stream.blocks(file_names, generator=generator):
        found = as_data(frame)
        named = {
            name: found.columns[other] for name, other in zip(columns, file_names, strict=True)
        }
        rows = None if generator is not None else np.arange(at, at + len(frame))
        block = replace(data, columns=named, rows=rows, of=len(frame), stream=None)
        yield marked(block, data.reading.missing)
        at += len(frame)


def check_at_hand(data: Data, what: str) -> None:
    """Refuse a table that is read in blocks, for what needs all rows at once.

    Raises
    ------
    BadInput
        If it is one.
    """
    if data.stream is not None:
        raise BadInput(
            data.source,
            found=f"{data.stream.n:,} rows that are read in blocks",
            expected=f"all rows in memory, for {what}",
            remedy="leave --stream (stream=True) out if memory has room for the rows, or give a "
            "random sample of them without it",
        )


def blocks_in_words(data: Data) -> str:
    """How a table was read that comes in blocks; nothing of any other."""
    if data.stream is None or not data.summed:
        return ""
    return (
        f"{data.summed:,} rows are read in blocks; what is asked of rows one by one "
        f"is asked of {data.n:,} of them, evenly spaced."
    )


def _free_memory() -> int | None:
    """Bytes; None where the system does not tell."""
    told = Path("/proc/meminfo")
    lines = told.read_text().splitlines() if told.exists() else []
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable")]
    return int(found[0]) * 1024 if found else None
