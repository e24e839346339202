"""Distributions of a multiple of a variable, within their own family."""

from __future__ import annotations

from bayesbench.distributions import Distribution

# By family, what becomes of each argument when the variable is multiplied: "times", "over", or
# nothing where it is not named.
SCALED = {
    "Normal": {"loc": "times", "scale": "times"},
    "StudentT": {"loc": "times", "scale": "times"},
    "Cauchy": {"loc": "times", "scale": "times"},
    "Laplace": {"loc": "times", "scale": "times"},
    "Gumbel": {"loc": "times", "scale": "times"},
    "HalfNormal": {"scale": "times"},
    "HalfCauchy": {"scale": "times"},
    "Weibull": {"scale": "times"},
    "Uniform": {"low": "times", "high": "times"},
    "Exponential": {"rate": "over"},
    "Gamma": {"rate": "over"},
    "InverseGamma": {"rate": "times"},
    "Flat": {},
}
SHIFTED = ("Normal", "StudentT", "Cauchy", "Laplace", "Gumbel")  # those that have a loc


def multiplied(prior: Distribution, factor: float) -> Distribution | None:
    """The distribution of `factor` times a variable that has this one; None if it is of no family.

    With rates, as an inverse gamma's, it follows from the density p(x / c) / c of c x.
    """
    how = SCALED.get(prior.family.name)
    if how is None:
        return None
    changed = {"times": lambda value: value * factor, "over": lambda value: value / factor}
    given = {k: changed[how[k]](v) if k in how else v for k, v in prior.arguments.items()}
    return prior.family(**given)


def moved(prior: Distribution, by: float) -> Distribution | None:
    """The distribution of a variable that has this one, plus a number; None if of no family."""
    if prior.is_flat:
        return prior
    if prior.family.name == "Uniform":
        return prior.family(*(value + by for value in prior.arguments.values()))
    if prior.family.name not in SHIFTED:
        return None
    return prior.family(**prior.arguments | {"loc": prior.arguments["loc"] + by})
