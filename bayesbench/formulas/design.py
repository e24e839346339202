"""The design matrix of a formula: formulaic's, with what it remembers of the fit's rows.

What a column becomes (the levels of a category, the mean that `center` takes off, the knots of
`bs`) is settled by the rows of the fit, and new rows are laid out by it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.data import Data
from bayesbench.errors import BadInput, nearest
from bayesbench.formulas.parsed import (
    columns_in,
    first_line,
    names_in,
    parsed_formula,
    variables_of,
)
from bayesbench.tables.columns import numbers, says_numbers

if TYPE_CHECKING:
    import pandas as pd

INTERCEPT = "1"  # how formulaic calls the term


@dataclass(frozen=True, eq=False)
class Design:
    """What formulaic has settled for a formula by the rows of a fit."""

    spec: Any

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms in order, without the intercept."""
        return tuple(str(term) for term in self.spec.term_slices if str(term) != INTERCEPT)

    @property
    def has_intercept(self) -> bool:
        """Whether the formula has one: `0 +` takes it away."""
        return any(str(term) == INTERCEPT for term in self.spec.term_slices)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names as formulaic gives them, without the intercept's."""
        return tuple(self.spec.column_names[int(self.has_intercept) :])

    @property
    def names(self) -> dict[str, str]:
        """A name for each term that Python can read: district for C(district)."""
        found: dict[str, str] = {}
        for term in self.terms:
            bare = re.sub(r"\bC\((.*?)(, .*?)?\)", r"\1", term)
            name = stem = re.sub(r"\W+", "_", bare).strip("_") or "term"
            while name in found.values():
                name = f"{stem}_{len(found)}"
            found[term] = name
        return found

    @property
    def dims(self) -> dict[str, tuple[str, ...]]:
        """The terms' dimensions: by name, the labels of their columns."""
        named = {name: self.labels(term) for term, name in self.names.items()}
        return {name: labels for name, labels in named.items() if labels}

    def columns(self, term: str) -> slice:
        """Where a term's columns stand in the matrix."""
        first = int(self.has_intercept)
        at = next(at for each, at in self.spec.term_slices.items() if str(each) == term)
        return slice(at.start - first, at.stop - first)

    def labels(self, term: str) -> tuple[str, ...]:
        """A label for each column of a term; none if the term is a single number a row.

        `C(district)[T.south]` is south, and a product of two categories has both: south:new.
        """
        names = self.spec.column_names[int(self.has_intercept) :][self.columns(term)]
        for variable in self.variables:  # brackets of its own have no level: speed [km/h]
            names = [name.replace(variable, "") for name in names] if "[" in variable else names
        inside = [re.findall(r"\[(?:[A-Z]\.)?([^\]]*)\]", name) for name in names]
        return tuple(":".join(each) for each in inside) if all(inside) else ()

    def is_of_categories(self, term: str) -> bool:
        """Whether a term has nothing but categories in it, so that its columns are 0 and 1."""
        kinds = {str(k): str(kind) for k, (kind, _) in self.spec.encoder_state.items()}
        return all("CATEGORICAL" in kinds.get(part, "") for part in term.split(":"))

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """By column that is taken for a category, its levels, the first one included."""
        known = {k: state.get("categories") for k, (_, state) in self.spec.encoder_state.items()}
        return {
            name: tuple(map(str, levels))
            for factor, levels in known.items()
            if levels is not None
            for name in self.columns_of(factor)
        }

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns of the table that the formula reads."""
        return columns_in(self.spec.formula)

    def columns_of(self, factor: str) -> tuple[str, ...]:
        """The columns that a part of a term reads: district of C(district)."""
        found = (each for term in self.spec.formula for each in term.factors if each.expr == factor)
        return tuple(sorted({str(name) for each in found for name in names_in(each)}))

    def matrix(self, data: Data) -> np.ndarray:
        """The design matrix of a table's rows, shape (n, k), in float64, without the intercept.

        Raises
        ------
        BadInput
            If a level is new, or a term gives no finite number for a row.
        """
        frame = _frame(data, self.variables)
        self._check_levels(data, frame)
        made = _evaluated(self.spec, frame, data)
        return self._finite(made, data)

    def _finite(self, made: Any, data: Data) -> np.ndarray:
        """What formulaic has made, without the column of ones, which it puts first."""
        first = int(self.has_intercept)
        matrix = np.asarray(made, dtype=np.float64)[:, first:]
        if np.isfinite(matrix.sum()):  # a sum is quicker to look at than all of it
            return matrix
        bad = np.argwhere(~np.isfinite(matrix))
        row, column = map(int, bad[0])
        others = f" (and {len(bad) - 1} more such values)" if len(bad) > 1 else ""
        raise BadInput(
            f"{data.row(row)}, {self.spec.column_names[first + column]}",
            found=f"{matrix[row, column]:g}{others}",
            expected="a finite number",
            remedy="leave the row out, or take another function of the column",
        )

    def _check_levels(self, data: Data, frame: pd.DataFrame) -> None:
        for factor, (_, state) in self.spec.encoder_state.items():
            known = state.get("categories")
            if known is None:
                continue
            for name in self.columns_of(factor):
                new = ~frame[name].isin([*known]).to_numpy()
                if new.any():
                    row = int(np.argmax(new))
                    texts = [*map(str, known)]
                    raise BadInput(
                        data.place(row, name),
                        found=f"the level '{frame[name].iloc[row]}'",
                        expected=f"a level that the fit has seen ({', '.join(texts[:8])})",
                        remedy=nearest(str(frame[name].iloc[row]), texts),
                    )


def design_of(formula: str, data: Data) -> tuple[Design, np.ndarray]:
    """The design of a formula's right side by the rows of a table, and their matrix.

    Raises
    ------
    BadInput
        If the formula can't be read, a column is not there, a category has one level only, or
        a term gives no finite number.
    """
    read = variables_of(formula)
    check_variables(read, data)
    made = _evaluated(parsed_formula(formula), _frame(data, read), data)
    design = Design(made.model_spec)
    for factor, (_, state) in design.spec.encoder_state.items():
        known = state.get("categories")
        if known is not None and len(known) < 2:
            raise BadInput(
                f"{data.source}, the term {factor}",
                found=f"one level only ({known[0]})",
                expected="two levels at least",
                remedy="leave the term out of the formula",
            )
    return design, design._finite(made, data)


def check_variables(names: Iterable[str], data: Data) -> None:
    """Refuse a formula that reads what the table has not."""
    for name in sorted(names):
        if name not in data.columns:
            raise BadInput(
                data.source,
                found=f"no column '{name}', only {', '.join(map(repr, data.columns)) or 'none'}",
                expected=f"the column '{name}' (of the formula)",
                remedy=nearest(name, list(data.columns)),
            )


def _evaluated(of: Any, frame: pd.DataFrame, data: Data) -> Any:
    """The design matrix as formulaic gives it, in NumPy's arrays."""
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return of.get_model_matrix(frame, output="numpy", na_action="ignore", context={})
    except (FormulaicError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(
            f"the formula for {data.source}",
            found=first_line(error),
            expected="terms that can be computed for every row",
            remedy="a category is C(name); functions are log, exp, sqrt, center, poly, bs, np.sin",
        ) from None


def _frame(data: Data, names: Iterable[str]) -> pd.DataFrame:
    """The columns that a formula reads: numbers where they say such, else categories."""
    import pandas as pd

    return pd.DataFrame(
        {k: numbers(data, k) if says_numbers(data.columns[k]) else data.columns[k] for k in names},
        copy=False,
    )
