"""Maximum a posteriori: JAX gradients and Hessian, SciPy's optimiser, Newton at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from scipy import optimize

from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.experiments import Climb, ran_away
from bayesbench.fit.information import LARGEST
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.maximum import Maximum, find_maximum
from bayesbench.fit.newton import newton_steps
from bayesbench.fit.objective import Objective
from bayesbench.fit.point import point_estimate
from bayesbench.fit.record import Fit
from bayesbench.fit.start import start_values
from bayesbench.layout import Bound
from bayesbench.model import Model

SCALES = ("own", "unconstrained")


def fit_map(
    model: type[Model],
    data: Any,
    *,
    scale: str = "own",
    steps: int = 1000,
    start: Model | Mapping[str, Any] | None = None,
) -> Fit:
    """Find the mode of the posterior density: the maximum a posteriori.

    A density's mode depends on the scale. On the parameters' own scale the log-posterior
    is climbed as it is; on the unconstrained scale the log-Jacobian is added, and the mode
    found there is carried back. The other scale's mode stands in `beside`. Latents are
    integrated out, and given the estimate they are in `effects`.

    The search is by SciPy's trust region with the exact Hessian (Nocedal and Wright 2006,
    section 4.3; L-BFGS-B beyond 3,000 entries) and ends with Newton steps, so that the
    gradient's norm is at rounding level.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data
    scale : {"own", "unconstrained"}
        Which mode is the answer.
    steps : int
        The most steps of one climb.
    start : Model or mapping, optional
        Where to begin, on the parameters' own scale; the middle of the support if not given.

    Returns
    -------
    Fit
        With a status as in `fit_mle`. `standard_errors` come from the curvature of the
        log-posterior at the mode.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    if scale not in SCALES:
        raise BadInput(
            "scale",
            found=repr(scale),
            expected="'own' or 'unconstrained'",
            remedy="both are computed: the other one is in .beside",
        )
    if steps < 1:
        raise BadInput("steps", found=str(steps), expected="at least 1", remedy="allow some steps")
    bound = bind(model, data)
    fits: dict[str, Fit] = {}
    for each in SCALES:
        began = perf_counter()
        target, found = posterior_mode(bound, each, steps=steps, start=start)
        fits[each] = point_estimate(
            "map",
            bound,
            target,
            found,
            scale=each,
            settings={"optimizer": _optimizer(bound.layout.size), "steps": steps, "scale": each},
            seconds=perf_counter() - began,
        )
    return replace(fits[scale], beside={k: v for k, v in fits.items() if k != scale})


def posterior_mode(
    bound: Bound,
    scale: str,
    *,
    steps: int = 1000,
    start: Model | Mapping[str, Any] | None = None,
) -> tuple[Objective, Maximum]:
    """The log-posterior on a scale, and the end of the search for its mode."""
    target = log_posterior(bound, jacobian=scale == "unconstrained")
    z = start_values(target, start)
    return target, find_maximum(target, lambda z, pins: _climb(target, z, pins, steps), z)


def _optimizer(size: int) -> str:
    return "trust-exact" if size <= LARGEST else "L-BFGS-B"


def _climb(target: Objective, z: np.ndarray, pins: Pins, limit: int) -> Climb:
    free = np.flatnonzero(~pins.held)
    steps: list[dict[str, float]] = []
    last = z.copy()

    def full(part: np.ndarray) -> np.ndarray:
        whole = z.copy()
        whole[free] = part
        return whole

    def value(part: np.ndarray) -> float:
        found = -target.value(full(part), pins)
        return found if np.isfinite(found) else np.inf

    def slope(part: np.ndarray) -> np.ndarray:
        return -np.nan_to_num(target.gradient(full(part), pins)[free])

    def curvature(part: np.ndarray) -> np.ndarray:
        return -np.nan_to_num(target.hessian(full(part), pins)[np.ix_(free, free)])

    def note(part: np.ndarray) -> None:
        nonlocal last
        if ran_away(target, full(part), pins):
            raise StopIteration
        last = full(part)
        norm = float(np.linalg.norm(slope(part)))
        steps.append({"objective": -value(part), "gradient_norm": norm})

    stop = "not finite"
    method = _optimizer(target.layout.size)
    try:
        note(z[free])
        result = optimize.minimize(  # type: ignore[call-overload]
            value,
            z[free],
            jac=slope,
            hess=curvature if method == "trust-exact" else None,
            method=method,
            callback=note,
            options={"maxiter": limit, "gtol": 1e-8},
        )
        # SciPy's words for a search at its limit, and for one that `note` ended.
        stop = {1: "step limit", 99: "not finite"}.get(result.status, "no progress")
        for point in newton_steps(target, last, pins) if stop == "no progress" else []:
            note(point[free])
    except KeyboardInterrupt:
        return Climb(last, steps, "interrupted")
    except StopIteration:  # it ran away
        return Climb(last, steps, stop)
    small = np.abs(slope(last[free])).max() <= 1e-6 * max(1.0, abs(value(last[free])))
    return Climb(last, steps, "gradient" if small else stop)
