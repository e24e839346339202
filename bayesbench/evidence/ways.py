"""Every way to the evidence that applies to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayesbench.evidence.quadrature import DIMENSIONS, by_quadrature
from bayesbench.evidence.record import Evidence, Evidences, closed_form, rounding
from bayesbench.evidence.sampled import by_bridge, by_laplace
from bayesbench.fit.record import Fit
from bayesbench.integration import Quadrature
from bayesbench.layout import Bound


def every_way(
    bound: Bound,
    exact: Mapping[str, Any],
    fits: Mapping[str, Fit],
    integral: Quadrature | None = None,
    seed: int = 0,
) -> Evidences:
    """The evidence in closed form, by quadrature, by bridge sampling and by Laplace.

    Parameters
    ----------
    bound : Bound
    exact : mapping
        What the model knows in closed form.
    fits : mapping of Fit
        Those of `map`, `laplace` and `posterior` that there are: quadrature needs none of
        them, bridge sampling the posterior.
    integral : Quadrature, optional
        The posterior of a single parameter, if it was integrated already.
    seed : int
        Of what bridge sampling draws.
    """
    refused = why_none(bound)
    if refused:
        return Evidences(bound, missing=(refused,))
    found = Evidences(bound)
    if "log_evidence" in exact:
        found = found.beside(closed_form(float(exact["log_evidence"])))
    if integral is not None:
        error = integral.error + rounding(integral.log_evidence)
        found = found.beside(Evidence("quadrature", integral.log_evidence, error))
    elif bound.layout.size <= DIMENSIONS:
        found = found.beside(by_quadrature(bound, _modes(fits)))
    if "posterior" in fits:
        found = found.beside(by_bridge(bound, fits["posterior"], seed))
    if "laplace" in fits:
        found = found.beside(by_laplace(bound, fits["laplace"]))
    return found


def why_none(bound: Bound) -> str:
    """Why a model has no evidence at all, or none that could be computed; else nothing."""
    model = bound.model
    flat = [name for name, declared in model.parameters.items() if declared.is_flat]
    if flat:
        return (
            f"There is no evidence under the flat prior of {' and '.join(flat)}: it has no "
            "constant of its own, so that any number could be made of it. Give it a prior "
            "that integrates to one."
        )
    if model.groups:
        return (
            f"No evidence of a model with networks ({', '.join(model.groups)}): their hidden units "
            "can be swapped, and a posterior with so many mirror images is neither integrated nor "
            "visited as a whole. Compare what the fits predict instead."
        )
    return ""


def _modes(fits: Mapping[str, Fit]) -> list[Mapping[str, Any]]:
    """The modes on the unconstrained scale that the searches have met, the highest first."""
    if "map" not in fits:
        return []
    mode = unconstrained_mode(fits["map"])
    if mode.optima:
        return [each.values for each in mode.optima]
    return [mode.estimate.values] if mode.estimate is not None and mode.converged else []


def unconstrained_mode(found: Fit) -> Fit:
    """That of the records of `fit_map` which is of the unconstrained scale."""
    return {found.scale: found, **found.beside}["unconstrained"]
