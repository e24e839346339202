"""The file of the model that a formula stands for."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword

import numpy as np

from bayesbench.formulas.asked import Asked
from bayesbench.formulas.design import Design
from bayesbench.formulas.priors import Scaled

NOISE = {
    "gaussian": "Gaussian noise",
    "robust": "Student's t noise",
    "bernoulli": "log-odds",
    "poisson": "a logarithmic rate",
}
DF = 4  # of the noise that stands for outliers (Lange, Little and Taylor 1989)


@dataclass(frozen=True)
class Line:
    """A parameter as the file declares it."""

    name: str
    prior: str
    why: str
    dims: str = ""
    near: str = ""
    unit: str = ""

    @property
    def text(self) -> str:
        """The line of the class's body."""
        parts = [self.prior]
        parts += [f'dims="{self.dims}"'] if self.dims else []
        parts += [f"near={self.near}"] if self.near not in ("", "0") else []
        parts += [f"unit={self.unit}"] if self.unit not in ("", "1") else []
        return f"    {self.name} = parameter({', '.join(parts)})  # {self.why}"


def class_name(outcome: str) -> str:
    """What the class is called: SalePrice for sale_price."""
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"\W+|_", outcome))
    return name if name.isidentifier() and not iskeyword(name) else f"Of{name}"


def quoted(text: str) -> str:
    """A text as the file has it."""
    return json.dumps(text, ensure_ascii=False)


def digits(value: float) -> str:
    """A number for the file: four digits tell a weak prior well enough."""
    return np.format_float_positional(float(f"{value:.4g}"), trim="-")


def written(
    asked: Asked,
    design: Design | None,
    scaled: Scaled,
    lines: Mapping[str, Line],
    about: str,
) -> str:
    """The text of the file.

    Parameters
    ----------
    asked : Asked
    design : Design or None
        None if the formula has no term.
    scaled : Scaled
        Where the columns are centred.
    lines : mapping of Line
        The parameters in order.
    about : str
        The rows that the priors were scaled by, in words.
    """
    noise = NOISE["robust" if asked.robust else asked.family]
    slopes = [line.name for line in lines.values() if line.name.startswith("b_")]
    names = sorted(
        {re.split(r"\(", line.prior)[0] for line in lines.values()}
        | {"Model", "parameter", _distribution(asked, bool(slopes))}
        | ({"design"} if slopes else set())
    )
    needs = "from bayesbench import numpy as bn\n" if slopes or asked.family != "gaussian" else ""
    body = "\n".join(line.text for line in lines.values())
    return (
        f"{_imports(names)}{needs}\n\n"
        f"class {class_name(asked.outcome)}(Model):\n"
        f'    """{_story(asked, noise)}\n\n'
        f"{textwrap.indent(textwrap.fill(_told(asked, about), 92), '    ')}\n"
        f'    """\n\n'
        f"    outcome = {quoted(asked.outcome)}\n"
        f"{body}\n\n"
        f"{_likelihood(asked, design, scaled, slopes)}"
    )


def _imports(names: list[str]) -> str:
    line = f"from bayesbench import {', '.join(names)}\n"
    if len(line) <= 100:
        return line
    listed = "".join(f"    {name},\n" for name in names)
    return f"from bayesbench import (\n{listed})\n"


def _story(asked: Asked, noise: str) -> str:
    return f"{asked.text}, with {noise}.".replace("\\", "\\\\").replace('"""', "'''")


def _told(asked: Asked, about: str) -> str:
    scale = {
        "gaussian": "of the outcome",
        "bernoulli": "of its log-odds",
        "poisson": "of the logarithm of its rate",
    }[asked.family]
    told = (
        f"The coefficients b_ are {scale}, for one unit of a column, or against a category's first "
        "level. The intercept is that of a row whose numbers are at their means, and whose "
        "categories are at their first levels. "
    )
    return told + (
        f"The priors are weakly informative, scaled by {about} (Gelman et al. 2008, as rstanarm)."
    )


def _distribution(asked: Asked, has_slopes: bool) -> str:
    if asked.family != "gaussian":
        return asked.family.capitalize()
    if asked.robust:
        return "StudentT"
    return "NormalLinear" if has_slopes else "Normal"


def _likelihood(asked: Asked, design: Design | None, scaled: Scaled, slopes: list[str]) -> str:
    intercept = "self.intercept" if design is None or design.has_intercept else "0.0"
    head, join, eta = "    def likelihood(self):\n", "", intercept
    if design is not None and slopes:
        centre = ""
        if scaled.means.any():
            centre = f", centre=[{', '.join(map(digits, scaled.means))}]"
        head = f"    def likelihood(self, x=design({quoted(asked.terms)}{centre})):\n"
        join = f"        slopes = bn.joined({', '.join(f'self.{name}' for name in slopes)})\n"
        eta = f"x @ slopes + {intercept}" if design.has_intercept else "x @ slopes"
    returned = {
        "NormalLinear": f"NormalLinear(x, slopes, {intercept}, self.sigma)",
        "Normal": f"Normal({eta}, self.sigma)",
        "StudentT": f"StudentT({DF}, {eta}, self.sigma)",
        "Bernoulli": f"Bernoulli(bn.sigmoid({eta}))",
        "Poisson": f"Poisson(bn.exp({eta}))",
    }[_distribution(asked, bool(slopes))]
    return f"{head}{join}        return {returned}\n"
