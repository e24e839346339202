"""A model from a formula and a table: `bayesbench.formula`."""

from __future__ import annotations

import hashlib
import linecache
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from bayesbench.data import Data, as_data
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput, nearest
from bayesbench.formulas.asked import Asked, as_written, asked, within_backticks
from bayesbench.formulas.categories import check_categories
from bayesbench.formulas.design import INTERCEPT, Design, check_variables, design_of
from bayesbench.formulas.parsed import parsed_formula, variables_of
from bayesbench.formulas.priors import WIDE, Scaled, scaled
from bayesbench.formulas.written import Line, class_name, digits, written
from bayesbench.model import Model
from bayesbench.rescaled import moved, multiplied
from bayesbench.tables.columns import is_boolean, numbers
from bayesbench.tables.missing import complete
from bayesbench.tables.streamed import check_at_hand

MODULE = "_bayesbench_formula_"  # how the module of a formula's model is called


def formula(
    text: str,
    data: Any,
    family: str = "gaussian",
    *,
    robust: bool = False,
    priors: Mapping[str, Distribution] | str | None = None,
    standardize: bool = False,
) -> type[Model]:
    """The model that a formula stands for, with priors in the units of a table.

    Parameters
    ----------
    text : str
        "price ~ area + age + C(district)": a column, and terms as formulaic reads them.
    data : DataFrame, dict of arrays, or Data
        The table by which the priors are scaled, and the levels of categories are known.
    family : str
        gaussian, bernoulli (an outcome of 0 and 1, by its log-odds) or poisson (counts, by the
        logarithm of their rate).
    robust : bool
        Student t noise with 4 degrees of freedom in place of Gaussian noise.
    priors : mapping of Distribution, or str; optional
        By name, in place of the usual ones: {"area": Normal(0, 10)}, or "area=Normal(0, 10)".
    standardize : bool
        Whether these are meant for columns of mean 0 and sd 1 (and a Gaussian outcome of such).
        They are carried over to the table's units, which is exact; all answers are in these.

    Returns
    -------
    Model class
        Its attribute `file` is the text of the file that it is, to save and change.

    Raises
    ------
    BadInput
        If the formula can't be read, the table has not its columns, or the family is none of
        such an outcome.
    """
    return model_of(asked(text, family, robust, priors, standardize), as_data(data))


def model_of(wanted: Asked, data: Data) -> type[Model]:
    """The model of a formula that has been taken apart."""
    text = file_of(wanted, data)
    told = f"{wanted}{text}"
    name = MODULE + hashlib.sha256(told.encode()).hexdigest()[:16]
    if name not in sys.modules:
        place = f"<{wanted.text}>"
        # Where tracebacks, and what tells a model by its text, look for it.
        linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
        module = ModuleType(name)
        sys.modules[name] = module
        vars(module)["ASKED"] = wanted
        exec(compile(text, place, "exec"), vars(module))
    made: type[Model] = vars(sys.modules[name])[class_name(wanted.outcome)]
    made.file = text
    return made


def file_of(wanted: Asked, data: Data) -> str:
    """The text of the model's file."""
    check_at_hand(data, "a formula, whose priors are in units of their columns")
    check_variables([wanted.outcome], data)
    terms = _expanded(wanted, data)
    wanted = replace(wanted, terms=terms)
    read = _columns_read(wanted, data)
    if wanted.outcome in read:
        raise BadInput(
            f"the formula '{wanted.text}'",
            found=f"the outcome '{wanted.outcome}' among its own terms",
            expected="terms of other columns",
            remedy="leave it out on the right side",
        )
    data = complete(data, [wanted.outcome, *read])
    if data.n == 0:
        raise BadInput(
            data.source, found="no rows", expected="at least one row", remedy="give some data"
        )
    y = numbers(data, wanted.outcome)
    _check_outcome(wanted, data, y)
    check_categories(parsed_formula(terms), data)
    design, matrix = design_of(terms, data)
    kept = np.zeros(matrix.shape[1], dtype=bool)
    for term in design.terms:
        kept[design.columns(term)] = design.is_of_categories(term)
    scales = scaled(matrix, kept, y, wanted.family)
    if not design.has_intercept:
        scales = replace(scales, means=np.zeros_like(scales.means))
    lines = _lines(wanted, design, scales)
    about = f"{data.n:,} row{'s' * (data.n != 1)} of {data.source}"
    return written(wanted, design if design.terms else None, scales, lines, about)


def _expanded(wanted: Asked, data: Data) -> str:
    """The terms, with all other columns in place of a dot."""
    if wanted.terms.strip() != ".":
        return wanted.terms
    others = [name for name in data.columns if name != wanted.outcome]
    return " + ".join(name if name.isidentifier() else f"`{name}`" for name in others) or INTERCEPT


def _columns_read(wanted: Asked, data: Data) -> tuple[str, ...]:
    """The columns that the terms read; where they can't be read, backticks may be missing."""
    try:
        read = variables_of(wanted.terms)
        check_variables(read, data)
    except BadInput as error:
        names = (name for name in data.columns if re.search(r"\W", name))
        bare = [name for name in names if name in re.sub("`[^`]*`", "", wanted.terms)]
        if not bare:
            raise
        name = max(bare, key=len)
        parts = re.split("(`[^`]*`)", wanted.terms)  # every other one stands within backticks
        parts[::2] = [part.replace(name, f"`{name}`") for part in parts[::2]]
        remedy = within_backticks(name, replace(wanted, terms="".join(parts)).text)
        told = {"found": error.found, "expected": error.expected, "remedy": remedy}
        raise BadInput(error.place, **told) from None
    return read


def _check_outcome(wanted: Asked, data: Data, y: np.ndarray) -> None:
    place = f"{data.source}, column {data.named(wanted.outcome)}"
    if wanted.family == "gaussian":
        if is_boolean(data.columns[wanted.outcome]):
            raise BadInput(
                place,
                found="true and false",
                expected="numbers, as the family is gaussian",
                remedy="use --family bernoulli (family='bernoulli')",
            )
        return
    fits = np.isin(y, (0.0, 1.0)) if wanted.family == "bernoulli" else (y >= 0) & (y == np.floor(y))
    if not fits.all():
        row = int(np.argmin(fits))
        expected = "0 or 1" if wanted.family == "bernoulli" else "a whole number of at least 0"
        raise BadInput(
            data.place(row, wanted.outcome),
            found=f"{y[row]:g}",
            expected=f"{expected}, as the family is {wanted.family}",
            remedy="use --family gaussian (family='gaussian')",
        )


def _lines(wanted: Asked, design: Design, scales: Scaled) -> dict[str, Line]:
    """The parameters by name; a prior may be given under that of the term, too."""
    outcome, unit = wanted.outcome, scales.unit
    in_units = wanted.family == "gaussian"
    of_y = f"sd({outcome})" if in_units else ""
    lines: dict[str, Line] = {}
    if design.has_intercept:
        prior = f"Normal({digits(scales.centre)}, {digits(WIDE * unit)})"
        why = f"the mean of {outcome}" if in_units else "log-odds of even chances"
        why = f"the logarithm of the mean {outcome}" if wanted.family == "poisson" else why
        near = digits(scales.centre)
        lines["intercept"] = Line("intercept", prior, why, near=near, unit=digits(unit))
    units: dict[str, float] = {}
    for term, name in design.names.items():
        sds = scales.sds[design.columns(term)]
        sd = float(np.exp(np.log(sds).mean()))  # of several columns, as of poly(x, 3), their usual
        name = f"b_{name}"  # so that no column's name is a parameter's, or a class attribute
        units[name] = unit / sd
        own = "" if np.all(sds == 1) else f"sd({term})"
        why = " / ".join(filter(None, [f"{WIDE} {of_y}".rstrip(), own]))
        dims = name.removeprefix("b_") if design.labels(term) else ""
        prior = f"Normal(0, {digits(WIDE * unit / sd)})"
        lines[name] = Line(name, prior, why, dims=dims, unit=digits(unit / sd))
    if in_units:
        why = f"1 / {of_y}"
        lines["sigma"] = Line("sigma", f"Exponential({digits(1 / unit)})", why, unit=digits(unit))
        units["sigma"] = unit
    for key, given in wanted.priors.items():
        name = key if key in lines else f"b_{key}"
        if name not in lines:
            raise BadInput(
                f"the prior of {key}",
                found=f"no parameter '{key}'",
                expected=f"one of {', '.join(lines)}",
                remedy=nearest(name, list(lines)),
            )
        lines[name] = replace(lines[name], **_given(wanted, name, given, scales, units))
    return lines


def _given(
    wanted: Asked, name: str, prior: Distribution, scales: Scaled, units: Mapping[str, float]
) -> dict[str, str]:
    """A prior of the user's own, carried over from standardised columns if it is meant for them."""
    if not wanted.standardized:
        return {"prior": as_written(prior), "why": "as given"}
    made = multiplied(prior, units.get(name, scales.unit))
    if name == "intercept" and made is not None:
        made = moved(made, scales.centre if wanted.family == "gaussian" else 0.0)
    if made is None:
        raise BadInput(
            f"the prior of {name}",
            found=f"{prior!r}",
            expected="a family that has the scale of its variable among its arguments",
            remedy="leave standardize out, and give the prior in the table's own units",
        )
    return {"prior": as_written(made), "why": f"{prior!r} of standardised columns"}
