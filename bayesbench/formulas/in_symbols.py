"""A formula's terms as a reader has them in mind: by the names of columns and of levels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bayesbench.formulas.design import INTERCEPT, Design, parsed_formula
from bayesbench.formulas.intercept import ROUNDING
from bayesbench.layout import Bound, Terms


def factors(how: Terms, design: Design | None = None) -> tuple[str, ...]:
    """By term, what its coefficient stands before: ·age, ·(age − 43.2), or [Gender].

    Without the design, which the rows of the fit settle, none if the terms' columns can't be told.
    """
    if design is not None:
        return tuple(
            f"[{_bare(term)}]"
            if design.is_of_categories(term) and design.labels(term)
            else _centred(term, how.centre[design.columns(term)])
            for term in design.terms
        )
    terms = [str(term) for term in parsed_formula(how.formula) if str(term) != INTERCEPT]
    if how.centre and len(how.centre) != len(terms):
        return ()
    return tuple(_centred(term, how.centre[k : k + 1]) for k, term in enumerate(terms))


def _centred(term: str, centre: Sequence[float]) -> str:
    """What a slope is multiplied by; by the dot between vectors if the term has several columns."""
    if not any(abs(value) > ROUNDING for value in centre):
        return f"·{term}"
    if len(centre) > 1:
        return f"·({term} − means)"
    return f"·({term} {'−' if centre[0] > 0 else '+'} {abs(centre[0]):.5g})"


def _bare(term: str) -> str:
    """The term without what makes it a category: district of C(district)."""
    return re.sub(r"\bC\((.*?)(, .*?)?\)", r"\1", term)


def read_by(bound: Bound) -> list[str]:
    """The columns that the likelihood reads; those of a formula in the table's order."""
    names: list[str] = []
    for name in bound.inputs:
        design = bound.designs.get(name)
        if design is None:
            names.append(name)
        else:
            names += [column for column in bound.table.columns if column in design.variables]
    return names


def first_levels(bound: Bound) -> str:
    """Against which level each category's coefficients are; nothing where there is none."""
    said = []
    for design in bound.designs.values():
        for factor, (_, state) in design.spec.encoder_state.items():
            left = _first_level(design, str(factor), state.get("categories"))
            said += [f"{_bare(str(factor))} is against {left}"] if left else []
    return f"{'; '.join(said)}." if said else ""


def _first_level(design: Design, factor: str, known: Sequence[object] | None) -> str:
    """The one level of a category without a column, under formulaic's usual contrasts."""
    columns = [name for name in design.column_names if name.startswith(f"{factor}[T.")]
    if known is None or not columns:
        return ""
    return next((str(level) for level in known if f"{factor}[T.{level}]" not in columns), "")
