"""Of which row a formula's intercept is: its columns are centred."""

from __future__ import annotations

from bayesbench.binding import inputs_of
from bayesbench.layout import Bound, Terms

ROUNDING = 1e-12  # what a mean of 0 may come to, as of poly(x, 3)


def intercept_in_words(bound: Bound) -> str:
    """Where the columns are centred, the row at which the terms add nothing; else nothing."""
    declared, row = inputs_of(bound.model), []
    for name, design in bound.designs.items():
        how = declared[name]
        centre = how.centre if isinstance(how, Terms) else ()
        pairs = zip(design.column_names, centre, strict=False)  # there may be no centre
        row += [f"{column} = {value:.5g}" for column, value in pairs if abs(value) > ROUNDING]
    return f"intercept: of a row with {', '.join(row)}, not of zeros" if row else ""
