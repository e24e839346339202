"""Distributions by name: specifications, built by torch or by NumPyro when they are used.

Every name here means the same in `torch.distributions` and `numpyro.distributions`,
with the same arguments; a test holds each density, and each distribution function,
of the one against the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.libraries import Library
from bayesbench.supports import Support, counts, positive, real, unit_interval, zero_or_one

ABOVE_ZERO = {"scale", "rate", "df", "concentration", "concentration1", "concentration0"}
RARE = 1e-3  # a probability whose sixth power is lost beside it


def _check_argument(family: str, name: str, value: Any) -> None:
    """Refuse numbers that can't be such an argument; the libraries' own arrays pass unseen."""
    if not isinstance(value, int | float | np.ndarray | np.generic):
        return
    bad = np.ravel(~(np.asarray(value) > 0)) if name in ABOVE_ZERO else np.zeros(1, dtype=bool)
    if name == "probs":
        bad = np.ravel(~((np.asarray(value) >= 0) & (np.asarray(value) <= 1)))
    if bad.any():
        expected = "from 0 to 1" if name == "probs" else "above 0"
        first = int(np.argmax(bad))
        worst = np.ravel(value)[first]
        which = f" in row {first + 1} of {len(bad)}" if np.ndim(value) == 1 else ""
        raise ValueError(
            f"{family}'s {name} is {worst:g}{which} and must be {expected} (a parameter that "
            f"stands there needs support={'unit_interval' if name == 'probs' else 'positive'})"
        )


@dataclass(frozen=True, repr=False)
class Family:
    """A named family of distributions; called with its arguments it gives a `Distribution`.

    The support is a function of the arguments where it depends on them. `has_cdf` says
    whether both libraries know the distribution function: without it a prior can't be
    truncated. `stands_for` gives another family's distribution for the arguments, where
    the name is one for a likelihood that the libraries know as that.
    """

    name: str
    arguments: tuple[str, ...]
    support: Support | Callable[..., Support]
    has_cdf: bool = False
    defaults: tuple[tuple[str, float], ...] = ()
    stands_for: Callable[..., Distribution] | None = None

    def __call__(self, *values: Any, **named: Any) -> Distribution:
        """Give the distribution with these arguments, by place or by name."""
        given = dict(zip(self.arguments, values, strict=False)) | named
        known = dict(self.defaults) | given
        clash = len(values) + len(named) != len(given)
        if len(values) > len(self.arguments) or clash or set(known) != set(self.arguments):
            asked = ", ".join(self.arguments)
            strange = [name for name in named if name not in self.arguments]
            got = f"no argument {strange[0]!r}" if strange else f"not these {len(given)} arguments"
            raise TypeError(f"{self.name}({asked}): {got}.")
        for name in self.arguments:
            _check_argument(self.name, name, known[name])
        return Distribution(self, {name: known[name] for name in self.arguments})

    def __repr__(self) -> str:
        """How it is called: Normal(loc=0, scale=1)."""
        given = {name: f"{name}={value:g}" for name, value in self.defaults}
        return f"{self.name}({', '.join(given.get(name, name) for name in self.arguments)})"


@dataclass(frozen=True, eq=False)
class Distribution:
    """A family and its arguments: numbers, or arrays of whichever library is computing."""

    family: Family
    arguments: dict[str, Any]

    @property
    def support(self) -> Support:
        """The values it gives."""
        given = self.family.support
        return given if isinstance(given, Support) else given(**self.arguments)

    @property
    def plain(self) -> Distribution:
        """The same distribution by the name that the libraries know."""
        stands_for = self.family.stands_for
        return self if stands_for is None else stands_for(**self.arguments)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape that its arguments have together; () where all are single numbers."""
        return np.broadcast_shapes(*(np.shape(v) for v in self.plain.arguments.values()))

    @property
    def numbers(self) -> list[Any]:
        """What it is made of: where one of these is no number, it is not known."""
        return [*self.arguments.values()]

    @property
    def has_cdf(self) -> bool:
        """Whether its distribution function is known, by which quantiles are found."""
        return True

    @property
    def is_flat(self) -> bool:
        """Whether it is the improper prior that favours no value."""
        return self.family.name == "Flat"

    def build(self, library: Library) -> Any:
        """The distribution as torch or NumPyro have it, in float64."""
        plain = self.plain
        made = getattr(library.distributions, plain.family.name)
        arguments = {name: library.array(value) for name, value in plain.arguments.items()}
        if "total_count" in arguments:  # NumPyro draws only if a count is of a whole type
            counts = library.xp.astype(arguments["total_count"], library.xp.int64)
            arguments["total_count"] = counts
        return library.build(made, arguments)

    def log_prob_of_rows(self, outcome: Any, library: Library) -> Any:
        """The log-density of each row, shape (n,); a vector outcome's components are summed."""
        plain = self.plain
        if plain.family.name == "Bernoulli":
            rows = _log_share(library.array(plain.arguments["probs"]), outcome, library)
        else:
            rows = plain.build(library).log_prob(outcome)
        if rows.shape != outcome.shape:
            rows = library.xp.broadcast_to(rows, outcome.shape)
        return rows.sum(-1) if len(outcome.shape) > 1 else rows

    def __repr__(self) -> str:
        """As it is written in a model, to six digits."""
        values = (f"{v:.6g}" if np.ndim(v) == 0 else "..." for v in self.arguments.values())
        return f"{self.family.name}({', '.join(values)})"


def _log_share(probs: Any, outcome: Any, library: Library) -> Any:
    """The logarithm of a Bernoulli's p where the outcome is 1, and of 1 - p where it is 0.

    The libraries take both logarithms and drop one: here a gradient takes half of the time.
    Below `RARE` the second is the sum of its series, to rounding: 1 - p has lost p's digits, and
    a likelihood without a maximum climbs on to the last of them. Nothing but 0 and 1 has a
    probability.
    """
    where, p = library.xp.where, library.inside(probs)
    share = (1 - outcome) + (2 * outcome - 1) * p
    log = library.xp.log(where(outcome * (1 - outcome) == 0, share, 0.0))
    series = -p * (1 + p * (1 / 2 + p * (1 / 3 + p * (1 / 4 + p / 5))))
    return where((outcome == 0) & (p < RARE), series, log)


def _between(low: Any, high: Any) -> Support:
    return Support(float(np.min(low)), float(np.max(high)))


_location = (("loc", 0.0), ("scale", 1.0))

Normal = Family("Normal", ("loc", "scale"), real, has_cdf=True, defaults=_location)
StudentT = Family("StudentT", ("df", "loc", "scale"), real, defaults=_location)
Cauchy = Family("Cauchy", ("loc", "scale"), real, has_cdf=True, defaults=_location)
Laplace = Family("Laplace", ("loc", "scale"), real, has_cdf=True, defaults=_location)
Gumbel = Family("Gumbel", ("loc", "scale"), real, has_cdf=True, defaults=_location)
HalfNormal = Family("HalfNormal", ("scale",), positive, has_cdf=True)
HalfCauchy = Family("HalfCauchy", ("scale",), positive, has_cdf=True)
LogNormal = Family("LogNormal", ("loc", "scale"), positive, has_cdf=True, defaults=_location)
Exponential = Family("Exponential", ("rate",), positive, has_cdf=True)
Gamma = Family("Gamma", ("concentration", "rate"), positive, has_cdf=True)
InverseGamma = Family("InverseGamma", ("concentration", "rate"), positive, has_cdf=True)
Weibull = Family("Weibull", ("scale", "concentration"), positive, has_cdf=True)
Beta = Family("Beta", ("concentration1", "concentration0"), unit_interval)
Uniform = Family("Uniform", ("low", "high"), _between, has_cdf=True)
Bernoulli = Family("Bernoulli", ("probs",), zero_or_one)
Poisson = Family("Poisson", ("rate",), counts)
Geometric = Family("Geometric", ("probs",), counts)
Binomial = Family(
    "Binomial",
    ("total_count", "probs"),
    lambda total_count, probs: Support(0.0, float(np.max(total_count)), whole=True),
)

# A line, or a plane: one mean for each row of x, shape (n, k), with k slopes.
NormalLinear = Family(
    "NormalLinear",
    ("x", "slopes", "intercept", "scale"),
    real,
    stands_for=lambda x, slopes, intercept, scale: Normal(x @ slopes + intercept, scale),
)

Flat = Family("Flat", (), real)

FAMILIES = (
    *(Normal, StudentT, Cauchy, Laplace, Gumbel, HalfNormal, HalfCauchy, LogNormal, Exponential),
    *(Gamma, InverseGamma, Weibull, Beta, Uniform, Bernoulli, Poisson, Geometric, Binomial),
)
