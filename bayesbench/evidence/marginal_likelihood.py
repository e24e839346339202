"""The evidence of a model of which there are no fits yet."""

from __future__ import annotations

from typing import Any, Unpack

from bayesbench.binding import bind
from bayesbench.evidence.quadrature import DIMENSIONS
from bayesbench.evidence.record import Evidences
from bayesbench.evidence.sampled import by_bridge
from bayesbench.evidence.ways import every_way, unconstrained_mode, why_none
from bayesbench.fit.chain_starts import highest_optima
from bayesbench.fit.laplace import fit_laplace
from bayesbench.fit.map import fit_map
from bayesbench.fit.posterior import fit_posterior
from bayesbench.fit.progress import working
from bayesbench.fit.record import Fit
from bayesbench.fit.sampler import SamplerOptions, check_sampler
from bayesbench.model import Model


def marginal_likelihood(
    model: type[Model],
    data: Any = None,
    *,
    seed: int = 0,
    starts: int | None = None,
    progress: bool | None = None,
    **sampler: Unpack[SamplerOptions],
) -> Evidences:
    """The evidence of a model: its likelihood averaged over its prior, by every way that applies.

    In closed form where the model knows one, by quadrature with one or two parameters, by
    bridge sampling (Meng and Wong 1996) from a posterior that is sampled for it with more, or
    where the integral is none; and Laplace's value (Tierney and Kadane 1986).

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    seed : int
        Of everything that is drawn.
    starts, progress, **sampler
        As in `contrast`.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    TypeError
        If the sampler has no such option.
    KeyboardInterrupt
        If a fit was interrupted. What a checkpoint holds is not lost.
    """
    bound = bind(model, data)
    check_sampler(model, sampler)
    if why_none(bound):
        return every_way(bound, {}, {})
    with working("MAP and Laplace ...", progress):
        fits = {"map": _whole(fit_map(model, bound.table, starts=starts, seed=seed))}
        mode = unconstrained_mode(fits["map"])
        start = mode.estimate if mode.optima else None
        fits["laplace"] = _whole(fit_laplace(model, bound.table, start=start, seed=seed))
        found = every_way(bound, bound.exact, fits, seed=seed)
    if bound.layout.size <= DIMENSIONS and found.best is not None:
        return found
    options: dict[str, Any] = {"start": highest_optima(mode.optima)} if mode.optima else {}
    options |= {"seed": seed, "progress": progress, **sampler}
    posterior = _whole(fit_posterior(model, bound.table, **options))
    return found.beside(by_bridge(bound, posterior, seed))


def _whole(fit: Fit) -> Fit:
    """The same; an interrupted one ends it all, as Ctrl-C would have."""
    if "interrupted" in [each.status.name for each in (fit, *fit.beside.values())]:
        raise KeyboardInterrupt
    return fit
