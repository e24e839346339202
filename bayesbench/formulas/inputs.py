"""Inputs of a likelihood that are the design matrix of a formula: laid out for a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesbench.data import Data
from bayesbench.errors import BadInput
from bayesbench.formulas.design import Design, design_of
from bayesbench.layout import Terms


def laid_out(
    declared: Mapping[str, Any], data: Data, settled: Mapping[str, Design]
) -> dict[str, tuple[Design, np.ndarray]]:
    """By input that is one, the design of a formula and its matrix, less the declared centre.

    New rows are laid out by what the fit's rows have `settled`.

    Raises
    ------
    BadInput
        As `design_of`, or if the centre has not a number for each column.
    """
    found: dict[str, tuple[Design, np.ndarray]] = {}
    for name, how in declared.items():
        if not isinstance(how, Terms):
            continue
        if name in settled:
            design, matrix = settled[name], settled[name].matrix(data)
        else:
            design, matrix = design_of(how.formula, data)
        if how.centre and len(how.centre) != matrix.shape[1]:
            raise BadInput(
                f"the input '{name}' of likelihood",
                found=f"{len(how.centre)} numbers in centre",
                expected=f"one for each of {', '.join(design.column_names)}",
                remedy="write centre anew, or leave it out",
            )
        if how.centre:
            matrix -= np.asarray(how.centre)
        found[name] = design, matrix
    return found
