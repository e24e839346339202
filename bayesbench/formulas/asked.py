"""What is asked of a formula: its two sides, the family, and priors in place of the usual ones."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bayesbench.distributions import FAMILIES, Distribution, Flat
from bayesbench.errors import BadInput, check_name, nearest
from bayesbench.model import Model

FAMILY = ("gaussian", "bernoulli", "poisson")
SIGNS = {"*": " times ", ":": " by ", "-": " less ", "^": " to ", "/": " in ", ".": " all "}
LONGEST = 60  # characters of a folder's name
EXAMPLE = "area=Normal(0, 10), sigma=HalfNormal(50)"


@dataclass(frozen=True)
class Asked:
    """A formula with its family.

    Attributes
    ----------
    outcome, terms : str
        What stands on the left of the ~, and on the right.
    family : str
        gaussian, bernoulli or poisson.
    robust : bool
        Whether Gaussian noise is replaced by a Student t's, which outliers pull less.
    priors : mapping of str
        By the name of a parameter, its prior as it is written in a model.
    standardized : bool
        Whether these priors are meant for columns of mean 0 and sd 1.
    """

    outcome: str
    terms: str
    family: str = "gaussian"
    robust: bool = False
    priors: Mapping[str, Distribution] = field(default_factory=dict)
    standardized: bool = False

    @property
    def text(self) -> str:
        """The formula in one line."""
        named = self.outcome if self.outcome.isidentifier() else f"`{self.outcome}`"
        return f"{named} ~ {self.terms}"

    @property
    def folder(self) -> str:
        """A name for a folder that tells it from others: price-area-age for price ~ area + age."""
        kind = "robust" if self.robust else self.family.replace("gaussian", "")
        signs = "".join(SIGNS.get(sign, sign) for sign in f"{self.outcome} {self.terms} {kind}")
        name = re.sub(r"\W+", "-", signs).strip("-").lower()
        if len(name) <= LONGEST:
            return name
        return f"{name[:LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

    @property
    def options(self) -> dict[str, Any]:
        """What the command is to be given beside it; None where it is usual."""
        priors = ", ".join(f"{name}={as_written(prior)}" for name, prior in self.priors.items())
        return {
            "family": self.family if self.family != "gaussian" else None,
            "robust": self.robust or None,
            "prior": priors or None,
            "standardize": self.standardized or None,
        }


def as_written(prior: Distribution) -> str:
    """A distribution as a model's file has it, with all its digits: Normal(0.0, 2.5)."""
    values = (repr(float(value)) for value in prior.arguments.values())
    return f"{prior.family.name}({', '.join(values)})"


def asked_of(model: type[Model]) -> Asked | None:
    """What was asked for, of a model that a formula made; else None."""
    return getattr(sys.modules.get(model.__module__), "ASKED", None)


def is_formula(text: str) -> bool:
    """Whether a text is a formula and no name of a model."""
    return "~" in text


def asked(
    text: str,
    family: str = "gaussian",
    robust: bool = False,
    priors: Mapping[str, Distribution] | str | None = None,
    standardized: bool = False,
) -> Asked:
    """Take a formula apart.

    Raises
    ------
    BadInput
        If it has no column on its left side, there is no such family, it has no robust form, or
        a prior is none.
    """
    check_name("the family", family, FAMILY)
    if robust and family != "gaussian":
        raise BadInput(
            "robust",
            found=f"the family {family}",
            expected="gaussian, whose noise a Student t's can replace",
            remedy="leave robust out",
        )
    left, sign, right = (part.strip() for part in text.partition("~"))
    name = left[1:-1] if re.fullmatch("`[^`]+`", left) else left
    if not sign or not right or not (name != left or name.isidentifier()):
        raise BadInput(
            f"the formula '{text.strip()}'",
            found=f"'{left}' on its left side" if sign and right else "half of one",
            expected="a column, ~ and terms, as price ~ area + age",
            remedy=_remedy(left, right),
        )
    given = read_priors(priors) if isinstance(priors, str) else dict(priors or {})
    for key, prior in given.items():
        if not isinstance(prior, Distribution):
            raise BadInput(
                f"the prior of {key}",
                found=f"{prior!r}",
                expected="a distribution, as Normal(0, 1)",
                remedy="one of those that bayesbench has by name",
            )
    return Asked(name, right, family, robust, given, standardized)


def _remedy(left: str, right: str) -> str:
    """What to do about a formula whose left side is no column's name."""
    if not left or not right:
        return "write both sides"
    if re.fullmatch(r"[\w.]+\(.*\)", left):
        return "make a column of what is computed, as log_price in the table"
    return within_backticks(left.strip("`"), f"`{left.strip('`')}` ~ {right}")


def within_backticks(name: str, formula: str) -> str:
    """The remedy for a name with spaces or signs that stands in a formula as it is."""
    return (
        f"put backticks around a name with spaces or signs: '{formula}' (single quotes keep them "
        f"on a command line), or rename it: --columns y='{name}'"
    )


def read_priors(text: str) -> dict[str, Distribution]:
    """`area=Normal(0, 10), sigma=HalfNormal(50)` as distributions by name.

    Raises
    ------
    BadInput
        If it is something else.
    """
    known = {family.name: family for family in (*FAMILIES, Flat)}
    try:
        call: Any = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
            raise ValueError("names and distributions")
        return {str(each.arg): _distribution(each.value, known) for each in call.keywords}
    except BadInput:
        raise
    except (SyntaxError, ValueError, TypeError) as error:
        raise BadInput(
            "--prior",
            found=f"'{text}'",
            expected=f"distributions by the names of parameters ({error})".replace("\n", " "),
            remedy=f'write --prior "{EXAMPLE}"',
        ) from None


def _distribution(node: Any, known: Mapping[str, Any]) -> Distribution:
    name = str(getattr(getattr(node, "func", None), "id", ""))
    if name not in known:
        raise BadInput(
            "--prior",
            found=f"'{ast.unparse(node)}'",
            expected="a distribution with its arguments",
            remedy=nearest(name, list(known)) if name else f'write --prior "{EXAMPLE}"',
        )
    values = [ast.literal_eval(each) for each in node.args]
    made = known[name](*values, **{k.arg: ast.literal_eval(k.value) for k in node.keywords})
    if not isinstance(made, Distribution):
        raise ValueError("no distribution")
    return made
