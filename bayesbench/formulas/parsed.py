"""The right side of a formula as formulaic reads it, and the columns that it names."""

from __future__ import annotations

import re
from typing import Any

from bayesbench.errors import BadInput, nearest

GROUPS = (
    "effects of groups as (1 | school) are written as a model with levels() and latent(): "
    "`bayesbench new my_model --like groups` writes one to begin with"
)


def parsed_formula(text: str) -> Any:
    """The right side of a formula, as formulaic reads it.

    Raises
    ------
    BadInput
        If it can't be read, or is several formulas in one.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(text)
    except (FormulaicError, SyntaxError, ValueError, TypeError) as error:
        raise BadInput(
            f"the formula '{text.strip()}'",
            found=first_line(error),
            expected="terms with + between them, as area + age + C(district)",
            remedy=GROUPS if "|" in text else "mend it there",
        ) from None
    if type(parsed).__name__ != "SimpleFormula":
        raise BadInput(
            f"the formula '{text.strip()}'",
            found="several parts",
            expected="one right side, as area + age + C(district)",
            remedy=GROUPS,
        )
    return parsed


def variables_of(formula: str) -> tuple[str, ...]:
    """The columns of a table that a formula reads.

    Raises
    ------
    BadInput
        If the formula can't be read, or calls a function that is none.
    """
    from formulaic.transforms import TRANSFORMS
    from formulaic.utils.variables import Variable

    parsed = parsed_formula(formula)
    for name in (name for term in parsed for each in term.factors for name in _named(each)):
        called = Variable.Role.CALLABLE in name.roles
        if called and "." not in name and name not in TRANSFORMS:
            raise BadInput(
                f"the formula '{formula.strip()}'",
                found=f"the function '{name}'",
                expected="one that formulaic has, or one of NumPy's as np.sin",
                remedy=nearest(str(name), sorted(TRANSFORMS)),
            )
    return columns_in(parsed)


def columns_in(parsed: Any) -> tuple[str, ...]:
    """The columns that a formula's terms read, in the order of the alphabet."""
    return tuple(
        sorted({name for term in parsed for each in term.factors for name in names_in(each)})
    )


def names_in(factor: Any) -> set[str]:
    """The columns that a part of a term reads: `a b` of log(`a b`), and none of 1."""
    from formulaic.utils.variables import Variable

    if factor.eval_method.value == "lookup":
        return {factor.expr}
    return {
        str(name)
        for name in _named(factor)
        if Variable.Role.CALLABLE not in name.roles
        # contr.sum is no column, but within backticks a name may have a point.
        and ("." not in name or f"`{name}`" in factor.expr)
    }


def _named(factor: Any) -> set[Any]:
    """The variables and functions of what is computed, each with its roles."""
    from formulaic.utils.variables import get_required_variables

    return (
        get_required_variables(factor.expr, {}) if factor.eval_method.value == "python" else set()
    )


def first_line(error: Exception) -> str:
    """What a library says of an error, in one line without colours."""
    plain = re.sub(r"\x1b\[[\d;]*m|[⧛⧚]", "", str(error)).strip().split("\n")[0]
    return re.sub(r"\s+", " ", plain).rstrip(".")[:200] or type(error).__name__
