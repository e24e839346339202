"""The options of the table, which every command that takes data has."""

from __future__ import annotations

from collections.abc import Callable

from bayesbench.commands.added import Options, with_added

OPTIONS: Options = {
    "columns": (
        str | None,
        None,
        "The table's names of columns, as y=price,x=area: the model's y is its price.",
    ),
    "family": (str | None, None, "Of a formula: gaussian, bernoulli or poisson."),
    "robust": (bool, False, "Of a formula: Student's t noise in place of Gaussian."),
    "standardize": (bool, False, "The priors are meant for columns of mean 0 and sd 1."),
    "drop_missing": (bool, False, "Leave out rows with missing values that the model reads."),
    "missing": (
        str | None,
        None,
        "What stands for a missing value, besides NA, NaN, null and nothing: --missing=-999,?",
    ),
    "separator": (str | None, None, "What stands between values of a text; else it is seen."),
    "decimal": (str | None, None, "The decimal mark, a point or a comma; else it is seen."),
    "sheet": (str | None, None, "Of a workbook, the sheet; else the first."),
    "skip": (int | None, None, "How many lines stand above the names of the columns, as a title."),
    "stream": (bool, False, "Read a Parquet file in blocks, and sum it up; a large one always."),
    "encoding": (str | None, None, "Of a text, as cp1252; else UTF-8."),
}


def with_table(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of the table, which it is handed as the dict `reading`."""
    return with_added(command, "reading", OPTIONS)
