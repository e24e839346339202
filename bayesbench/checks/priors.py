"""Whether support and prior fit each other, parameter by parameter."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np

from bayesbench.binding import at_start
from bayesbench.checks.points import Points
from bayesbench.checks.record import Finding
from bayesbench.describe import spelt
from bayesbench.distributions import Distribution
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library
from bayesbench.model import Parameter
from bayesbench.supports import Support

RULE = "support and prior"
LITTLE = 0.01  # of a prior's mass


def look(bound: Bound, points: Points) -> Iterator[Finding]:
    """Supports that a prior does not cover, priors that hardly cover a support, and flat ones."""
    joint = bound.joint
    instance, found = at_start(bound.layout), list[Finding]()
    for name, declared in joint.model.parameters.items():
        prior = declared.prior_at(instance)
        found += _of_one(name, declared, prior)
    if points.why_not is not None and not any(each.severity == "error" for each in found):
        flat = [name for name, each in joint.model.parameters.items() if each.is_flat]
        if not flat:
            found.append(Finding(RULE, "error", f"{points.why_not}"))
    yield from found
    if not found:
        yield Finding(RULE, "ok", "each prior has its mass on its parameter's support.")


def _of_one(name: str, declared: Parameter, prior: Distribution) -> Iterator[Finding]:
    support, spelled = declared.support, spelt(prior)
    if prior.is_flat:
        yield Finding(
            RULE,
            "info",
            f"{name} has the improper prior Flat(), from which nothing can be drawn.",
            about=name,
            remedy="The posterior may not exist, and there is no evidence: a wide Normal is "
            "proper.",
        )
        return
    if not isinstance(declared.prior, Distribution) and not prior.support.covers(support):
        yield Finding(
            RULE,
            "error",
            f"the prior of {name}, {spelled}, reads other parameters and gives values of "
            f"{prior.support.brackets} only, but the support is {support.brackets}.",
            about=name,
            remedy=f"Declare the support: {_written(prior.support)}.",
        )
        return
    if not prior.support.covers(support):
        yield Finding(
            RULE,
            "warning",
            f"the support of {name}, {support.brackets}, reaches beyond its prior {spelled}, which "
            f"gives values of {prior.support.brackets} only.",
            about=name,
            remedy="The MLE looks over the whole support, MAP and posterior only where the prior "
            "has mass: narrow the support, or choose a prior that covers it.",
        )
    if not support.covers(prior.support) and isinstance(declared.prior, Distribution):
        mass = _mass(prior, support)
        if mass < LITTLE:
            yield Finding(
                RULE,
                "warning",
                f"the prior of {name}, {spelled}, has only {mass:.2g} of its mass on the support "
                f"{support.brackets}, to which it is cut.",
                about=name,
                remedy="Choose a prior that is meant for that support.",
                evidence={"mass": mass},
            )


def _mass(prior: Distribution, support: Support) -> float:
    with jax.enable_x64(True):
        built = prior.build(jax_library())
        above = built.cdf(support.upper) if np.isfinite(support.upper) else 1.0
        below = built.cdf(support.lower) if np.isfinite(support.lower) else 0.0
        return float(np.max(np.asarray(above - below)))


def _written(support: Support) -> str:
    """A support as it is declared."""
    if (support.lower, support.upper) == (0, np.inf):
        return "support=positive"
    if (support.lower, support.upper) == (0, 1):
        return "support=unit_interval"
    return f"support=interval({support.lower:g}, {support.upper:g})"
