"""A model in words and formulae, read off its declaration."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.binding import inputs_of
from bayesbench.distributions import Distribution
from bayesbench.energy import EnergyBased
from bayesbench.formulas.design import Design
from bayesbench.formulas.in_symbols import factors, first_levels, read_by
from bayesbench.formulas.intercept import intercept_in_words
from bayesbench.joint import joint
from bayesbench.layout import Bound, Terms
from bayesbench.model import Model
from bayesbench.tables.missing import left_out_in_words
from bayesbench.tables.streamed import blocks_in_words

GREEK = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ"},
    **{"eta": "η", "theta": "θ", "kappa": "κ", "lambda_": "λ", "mu": "μ", "nu": "ν", "xi": "ξ"},
    **{"rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω"},
}


def name_in_formula(name: str) -> str:
    """A name as a formula writes it: theta as θ."""
    stem, bracket, rest = name.partition("[")
    return GREEK.get(stem, stem) + bracket + rest


@dataclass(frozen=True, eq=False)
class Symbol:
    """A name that arithmetic can be done with: the result reads as the arithmetic did."""

    text: str
    binding: int = 9  # how tightly its parts hold together; lower needs brackets
    parts: tuple[str, ...] = ()  # what was joined to it
    factors: tuple[str, ...] = ()  # of a formula's terms: what each coefficient stands before

    def _with(self, sign: str, level: int, other: Any, swapped: bool = False) -> Symbol:
        left, right = (other, self) if swapped else (self, other)
        # Minus and division bind to the left: what stands at the right needs its brackets.
        after = level + (sign in ("-", "/"))
        return Symbol(f"{_wrapped(left, level)} {sign} {_wrapped(right, after)}", level)

    def __add__(self, other: Any) -> Symbol:
        return self._with("+", 1, other)

    def __radd__(self, other: Any) -> Symbol:
        return self._with("+", 1, other, swapped=True)

    def __sub__(self, other: Any) -> Symbol:
        return self._with("-", 1, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self._with("-", 1, other, swapped=True)

    def __mul__(self, other: Any) -> Symbol:
        return self._with("·", 3, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self._with("·", 3, other, swapped=True)

    def __matmul__(self, other: Any) -> Symbol:
        slopes = other.parts if isinstance(other, Symbol) else ()
        if self.factors and len(slopes) == len(self.factors):
            pairs = zip(slopes, self.factors, strict=True)
            return Symbol(" + ".join(map("".join, pairs)), 1)
        return self._with("·", 3, other)

    def __truediv__(self, other: Any) -> Symbol:
        return self._with("/", 3, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self._with("/", 3, other, swapped=True)

    def __pow__(self, other: Any) -> Symbol:
        return Symbol(f"{_wrapped(self, 6)}^{_wrapped(other, 6)}", 5)

    def __getitem__(self, key: Any) -> Symbol:
        if not isinstance(key, Symbol):
            raise TypeError("a part of an array has no name.")
        return Symbol(f"{self.text}[{key.text}]")

    def sum(self, *_: Any, **__: Any) -> Symbol:
        """A sum over an axis."""
        return Symbol(f"Σ({self.text})")

    def __bayesbench_function__(self, name: str, values: tuple[Any, ...]) -> Symbol:
        texts = tuple(_wrapped(value, 0) for value in values)
        parts = texts if name == "joined" else ()
        return Symbol(f"{name}({', '.join(texts)})", parts=parts)

    def __neg__(self) -> Symbol:
        return Symbol(f"-{_wrapped(self, 3)}", 2)

    def __format__(self, _: str) -> str:
        """As it reads; digits do not apply."""
        return self.text


def _wrapped(value: Any, level: int) -> str:
    if not isinstance(value, Symbol):
        return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)
    return value.text if value.binding >= level else f"({value.text})"


def formula(model: type[Model], designs: Mapping[str, Design] | None = None) -> list[str]:
    """The model, a line a distribution: "θ ~ Normal(loc = 0.5, scale = 0.3162), ...".

    The likelihood is read by running it on names. One that does more than arithmetic can't
    be read so, and its own text stands in. Networks are described apart, in words. The designs
    are those of inputs that are a formula's, as the rows of a fit have settled them.
    """
    whole = joint(model)
    symbols = {name: Symbol(name_in_formula(name)) for name in whole.parameters}
    instance = model(**symbols)
    outcome = model.outcome if isinstance(model.outcome, str) else f"({', '.join(model.outcome)})"
    lines = []
    try:
        inputs = {
            name: Symbol(name, factors=factors(how, (designs or {}).get(name)))
            if isinstance(how, Terms)
            else Symbol(name)
            for name, how in inputs_of(model).items()
        }
        made = model.likelihood(instance, **inputs)
        if isinstance(made, EnergyBased):
            lines += _energy(model, made)
        else:
            lines.append(f"{outcome} ~ {spelt(made)}")
    except Exception:  # whatever the author's code does with a name
        lines.append(_own_text(model, outcome))
    for name, declared in whole.parameters.items():
        if name.partition(".")[0] in model.groups:
            continue
        of_each = f"[{', '.join(declared.dims)}]" if name in model.latents else ""
        try:
            prior = declared.prior_at(instance)
        except Exception:
            lines.append(f"{symbols[name]:} ~ a prior that reads other parameters")
            continue
        limits = ""
        if not declared.support.covers(prior.support):
            limits = f", truncated to {declared.support.brackets}"
        lines.append(f"{symbols[name]:}{of_each} ~ {spelt(prior)}{limits}")
    return lines


def _own_text(model: type[Model], outcome: str) -> str:
    """The likelihood as it is written; of a class of a plain prompt, which keeps no text, less."""
    try:
        return textwrap.dedent(inspect.getsource(model.likelihood)).strip()
    except OSError:
        return f"{outcome} ~ likelihood({', '.join(inputs_of(model))})"


@dataclass(frozen=True)
class _Row:
    """The columns of a vector outcome, as an energy takes them out of its argument."""

    names: tuple[str, ...]

    def __getitem__(self, at: Any) -> Symbol:
        return Symbol(self.names[at[-1]])


def _energy(model: type[Model], made: EnergyBased) -> list[str]:
    """An unnormalised density with its energy, which is run on names."""
    single = isinstance(model.outcome, str)
    names = (model.outcome,) if isinstance(model.outcome, str) else model.outcome
    x = names[0] if single else f"({', '.join(names)})"
    energy = made.energy(Symbol(names[0]) if single else _Row(names))
    of_x = x if single else x[1:-1]
    return [
        f"{x} ~ exp(-E({of_x})) / Z on {made.support.brackets}",
        f"E({of_x}) = {energy:}",
        f"Z = ∫ exp(-E({of_x})) {' '.join(f'd{name}' for name in names)}",
    ]


def spelt(made: Distribution) -> str:
    """A distribution with its arguments by name: Normal(loc = 0.5, scale = 0.3162)."""
    made = made.plain  # which tells more than a name for it does
    named = (f"{name} = {_number(value)}" for name, value in made.arguments.items())
    return f"{made.family.name}({', '.join(named)})"


def _number(value: Any) -> str:
    if isinstance(value, Symbol) or np.ndim(value) == 0:
        return f"{value:.4g}"
    return "..."


def paragraphs(text: str) -> list[str]:
    """A docstring's paragraphs, each as one line for the reader's screen to break."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def description(model: type[Model], bound: Bound | None = None) -> dict[str, Any]:
    """What the page says of a model before any number; with the data, by their columns' names."""
    return {
        "story": model.story(),
        "paragraphs": paragraphs(inspect.getdoc(model) or ""),
        "formula": formula(model, bound.designs if bound is not None else None),
        "intercept": intercept_in_words(bound) if bound is not None else "",
        "parameters": {
            name: {"support": str(declared.support), "dims": list(declared.dims)}
            for name, declared in model.parameters.items()
            if name.partition(".")[0] not in model.groups
        },
        "networks": {name: group.prior_in_words for name, group in model.groups.items()},
        "weights": {
            name: sum(int(np.prod(weights.sizes)) for weights in group.parameters.values())
            for name, group in model.groups.items()
        },
        "outcome": model.outcome,
        "outcome_given": model.outcome_given,
        "variants": list(model.variants),
    }


def data_in_words(bound: Bound) -> str:
    """The data in a line."""
    rows = f"{bound.nobs:,} row{'s' * (bound.nobs != 1)}"
    names = (bound.model.outcome,) if isinstance(bound.model.outcome, str) else bound.model.outcome
    columns = bound.outcome.reshape(bound.n, -1).T
    said = [_column_in_words(name, column) for name, column in zip(names, columns, strict=True)]
    inputs = f" Inputs: {', '.join(read_by(bound))}." if bound.inputs else ""
    read = [
        first_levels(bound),
        blocks_in_words(bound.table),
        bound.table.read_as,
        left_out_in_words(bound.table),
    ]
    return " ".join(filter(None, [f"{rows} of data. {' '.join(said)}{inputs}", *read]))


def _column_in_words(name: str, column: np.ndarray) -> str:
    if np.isin(column, (0.0, 1.0)).all():
        ones = int(column.sum())
        return f"{name}: {ones} times 1 and {len(column) - ones} times 0."
    low, mean, high = column.min(), column.mean(), column.max()
    return f"{name}: from {low:.4g} to {high:.4g}, mean {mean:.4g}."
