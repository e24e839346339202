"""Maximum a posteriori: JAX gradients and Hessian, SciPy's optimiser, Newton at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from scipy import optimize

from bayesbench.binding import bind
from bayesbench.density import Pins, supports
from bayesbench.errors import check_name
from bayesbench.fit.experiments import Climb, ran_away
from bayesbench.fit.information import LARGEST
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.jax_training import ascend
from bayesbench.fit.large import end, settle
from bayesbench.fit.maximum import Maximum
from bayesbench.fit.newton import newton_steps
from bayesbench.fit.objective import Objective
from bayesbench.fit.point import point_estimate
from bayesbench.fit.record import Fit
from bayesbench.fit.search import Search, is_large, search
from bayesbench.fit.start import check_limits, start_points
from bayesbench.fit.starts import Optimum, usual_starts
from bayesbench.layout import Bound, Layout
from bayesbench.model import Model, scales_of

CLIMB = 1000  # steps, if no number is asked for
WARM = 6000  # of Adam, before the climb of large networks
LARGEST_SLOPE = 1e100  # that a search is told
NEARBY = 200  # the steps of a climb from close to a mode, which asks whether it can be left


def fit_map(
    model: type[Model],
    data: Any = None,
    *,
    scale: str = "own",
    steps: int | None = None,
    starts: int | None = None,
    start: Model | Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Fit:
    """Find the mode of the posterior density: the maximum a posteriori.

    A density's mode depends on the scale. On the parameters' own scale the log-posterior
    is climbed as it is; on the unconstrained scale the log-Jacobian is added, and the mode
    found there is carried back. On a scale that the model declares (the square root of a
    variance, say) it is that of the density of the function's value: with φ(θ), the
    highest point of log p(θ) - log |dφ/dθ|. The other scales' modes stand in `beside`.
    Latents are integrated out, and given the estimate they are in `effects`.

    The search is by SciPy's trust region with the exact Hessian (Nocedal and Wright 2006,
    section 4.3; L-BFGS-B beyond 3,000 entries) and ends with Newton steps, so that the
    gradient's norm is at rounding level. With several starts they climb side by side
    first, by Newton's method under jax.vmap; `optima` has what they found. Networks with
    more than 200 weights are begun by Adam, and their mode is what L-BFGS-B can't leave
    from any point nearby.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    scale : "own", "unconstrained", or a scale that the model declares
        Which mode is the answer.
    steps : int, optional
        The most steps of one climb, 1,000 if not given.
    starts : int, optional
        From how many points to begin; the model's own number if not given (most have one).
    start : Model or mapping, optional
        Where to begin, on the parameters' own scale; the middle of the support if not given.
    seed : int
        Of the random starts.

    Returns
    -------
    Fit
        With a status as in `fit_mle`. `standard_errors` come from the curvature of the
        log-posterior at the mode, on the parameters' own scale whatever the mode's.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    scales = scales_of(model)
    check_name("scale", scale, scales)
    check_limits(steps, starts, seed)
    bound = bind(model, data)
    fits: dict[str, Fit] = {}
    for each in scales:
        if each == "unconstrained" and not _bounded(bound.layout):
            # On the whole line the two scales are one.
            settings = {**fits["own"].settings, "scale": each}
            fits[each] = replace(fits["own"], scale=each, settings=settings)
            continue
        began = perf_counter()
        options = {"steps": steps, "starts": starts, "start": start, "seed": seed}
        target, done = posterior_search(bound, each, **options)  # type: ignore[arg-type]
        fits[each] = point_estimate(
            "map",
            bound,
            target,
            done,
            scale=each,
            settings={
                **_how(bound.layout),
                "steps": steps or CLIMB,
                "starts": starts or (1 if start is not None else usual_starts(bound.layout)),
                "seed": seed,
                "scale": each,
            },
            seconds=perf_counter() - began,
        )
    return replace(fits[scale], beside={k: v for k, v in fits.items() if k != scale})


def posterior_mode(bound: Bound, scale: str) -> tuple[Objective, Maximum]:
    """The log-posterior on a scale, and the end of the search for its mode."""
    target, done = posterior_search(bound, scale)
    return target, done.found


def posterior_search(
    bound: Bound,
    scale: str,
    *,
    steps: int | None = None,
    starts: int | None = None,
    start: Model | Mapping[str, Any] | None = None,
    seed: int = 0,
) -> tuple[Objective, Search]:
    """The log-posterior on a scale, and the whole search for its mode."""
    target = log_posterior(bound, scale)
    z = start_points(target, start, starts, seed)
    limit = steps or CLIMB

    def climb(z: np.ndarray, pins: Pins) -> Climb:
        return _climb(target, z, pins, limit)

    def look(z: np.ndarray, pins: Pins) -> Climb:
        return _climb(target, z, pins, NEARBY)

    if not is_large(bound.layout):
        return target, search(target, climb, z)
    ends, heights = ascend(bound, scale, z, WARM)
    best = int(np.argmax(np.nan_to_num(heights, nan=-np.inf)))
    found = end(target, *settle(target, climb, look, ends[best], seed))
    top = Optimum(target.constrain(found.z, found.pins), found.value, 1, 1 / len(z))
    optima = (top,) if found.status.converged else ()
    return target, Search(found, optima, lost=len(z) - len(optima))


def _bounded(layout: Layout) -> bool:
    """Whether any parameter has an edge, so that the unconstrained scale is another."""
    limits = [(s.lower, s.upper) for s in supports(layout, priors=True).values()]
    return bool(np.isfinite(limits).any())


def _how(layout: Layout) -> dict[str, Any]:
    """The optimiser and, for large networks, how long its parts run."""
    if not is_large(layout):
        return {"optimizer": _optimizer(layout)}
    return {"optimizer": "Adam, then L-BFGS-B", "warm_steps": WARM, "look_steps": NEARBY}


def _optimizer(layout: Layout) -> str:
    return "L-BFGS-B" if is_large(layout) or layout.size > LARGEST else "trust-exact"


def _small(derivatives: np.ndarray) -> np.ndarray:
    """Derivatives whose squares are numbers of float64, too; zero in place of what is none."""
    return np.clip(np.nan_to_num(derivatives), -LARGEST_SLOPE, LARGEST_SLOPE)


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
        return -_small(target.gradient(full(part), pins)[free])

    def curvature(part: np.ndarray) -> np.ndarray:
        return -_small(target.hessian(full(part), pins)[np.ix_(free, free)])

    def note(part: np.ndarray) -> None:
        nonlocal last
        if ran_away(target, full(part), pins):
            raise StopIteration
        last = full(part)
        norm = float(np.linalg.norm(slope(part)))
        steps.append({"objective": -value(part), "gradient_norm": norm})

    stop = "not finite"
    method = _optimizer(target.layout)
    options = {"maxiter": limit, "gtol": 1e-8}
    if method == "L-BFGS-B":
        options |= {"maxcor": 30, "ftol": 0.0, "maxfun": 10 * limit}
    try:
        note(z[free])
        with np.errstate(all="ignore"):  # it tries points whose heights are no numbers
            result = optimize.minimize(  # type: ignore[call-overload]
                value,
                z[free],
                jac=slope,
                hess=curvature if method == "trust-exact" else None,
                method=method,
                callback=note,
                options=options,
            )
        # SciPy's words for a search at its limit, and for one that `note` ended.
        stop = {1: "step limit", 99: "not finite"}.get(result.status, "no progress")
        curved = method == "trust-exact" and stop == "no progress"
        for point in newton_steps(target, last, pins) if curved else []:
            note(point[free])
    except KeyboardInterrupt:
        return Climb(last, steps, "interrupted")
    except StopIteration:  # it ran away
        return Climb(last, steps, stop)
    except UnboundLocalError:  # SciPy's, where no damping that it tries makes the Hessian definite
        return Climb(last, steps, "no progress")
    except ValueError as error:  # SciPy's, where the damping that it wants is no number
        if "infs or NaNs" not in str(error):
            raise
        return Climb(last, steps, "no progress")
    small = np.abs(slope(last[free])).max() <= 1e-6 * max(1.0, abs(value(last[free])))
    return Climb(last, steps, "gradient" if small else stop)
