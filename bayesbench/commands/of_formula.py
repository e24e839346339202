"""Models that the command line gives as formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.data import Data
    from bayesbench.model import Model


def model_of_formula(
    text: str,
    table: Data | None,
    prior: str | None = None,
    variant: str | None = None,
    outcome: str | None = None,
    *,
    family: str | None = None,
    robust: bool = False,
    standardize: bool = False,
) -> type[Model]:
    """The model that a formula stands for, with its priors scaled by a table.

    Raises
    ------
    BadInput
        If there is no table, or an option does not go with a formula.
    """
    from bayesbench.formulas.making import formula

    for option, given in (("--variant", variant), ("--outcome", outcome)):
        if given is not None:
            raise BadInput(
                f"the formula '{text}'",
                found=f"{option} {given}",
                expected="nothing but the formula to tell the model",
                remedy="write the column on the formula's left side"
                if option == "--outcome"
                else "write another formula",
            )
    if table is None:
        raise BadInput(
            f"the formula '{text}'",
            found="no table",
            expected="one that has its columns",
            remedy="give it with --data",
        )
    options: dict[str, Any] = {"robust": robust, "priors": prior, "standardize": standardize}
    return formula(text, table, family or "gaussian", **options)


def check_no_formula(name: str, family: str | None, robust: bool) -> None:
    """Refuse options of a formula for a model that is none.

    Raises
    ------
    BadInput
        With the first of them.
    """
    if family is not None or robust:
        raise BadInput(
            f"the model '{name}'",
            found=f"--family {family}" if family is not None else "--robust",
            expected="a formula, which has such",
            remedy="write the formula, as 'y ~ x', in place of the model's name",
        )
