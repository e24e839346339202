"""The full posterior, by NumPyro's No-U-Turn sampler."""

from __future__ import annotations

from dataclasses import asdict, replace
from time import perf_counter
from typing import Any

import jax
import numpy as np

from bayesbench.binding import bind
from bayesbench.density import columns_in
from bayesbench.fit.chain_starts import Starts, chain_starts, units
from bayesbench.fit.chains import ESS, R_HAT, convergence, worst
from bayesbench.fit.devices import chain_devices
from bayesbench.fit.improper import no_posterior
from bayesbench.fit.jax_objective import draws_on_own_scale, log_posterior
from bayesbench.fit.judged import judged_by
from bayesbench.fit.nuts import Plan, chunks
from bayesbench.fit.partition_check import partition_checked
from bayesbench.fit.progress import steps_done
from bayesbench.fit.record import Fit, Status
from bayesbench.fit.sampler import sampler_settings
from bayesbench.fit.start import check_seed
from bayesbench.libraries import jax_library
from bayesbench.model import Model

DIVERGENT = 0.01  # of the transitions; fewer are a warning only
CHUNK = 250  # steps between two looks at the progress


def fit_posterior(
    model: type[Model],
    data: Any,
    *,
    seed: int = 0,
    chains: int | None = None,
    draws: int | None = None,
    warmup: int | None = None,
    target_accept: float | None = None,
    max_tree_depth: int | None = None,
    device: str = "auto",
    chain_method: str = "auto",
    start: Starts = None,
    progress: bool | None = None,
) -> Fit:
    """Draw from the posterior by NUTS (Hoffman and Gelman 2014), in NumPyro, in float64.

    Chains begin at points drawn uniformly from [-2, 2] on the unconstrained scale; where the
    model declares several starts, at the highest optima of its search, in turn; with many
    weights of networks, where a short training run from random ones leads. Latents
    are sampled with the parameters, non-centred: as distances from their population's loc in
    its scales, on which their prior does not depend on it (Betancourt and Girolami 2015). Equal
    seeds and settings give equal draws, with or without a progress bar.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data
    seed : int
        Of the starts and of the sampler.
    chains, draws, warmup : int, optional
        How many chains, and steps of each: `draws` are kept after `warmup`. If not given,
        what the model's `sampler` says, else 4, 1,000 and 1,000.
    target_accept : float, optional
        The acceptance probability that the step size is tuned to; if not given 0.8, and 0.95
        where there are latents, whose posterior is narrow in places.
    max_tree_depth : int
        A trajectory has at most 2 to this power leapfrog steps.
    device : {"auto", "cpu", "gpu"}
    chain_method : {"auto", "parallel", "sequential", "vectorized"}
        How chains share the devices; see `chain_devices`. It is in the record, for the
        draws depend on it where the arithmetic rounds otherwise.
    start : Model, mapping, or several of them, optional
        Where the chains begin, in turn, on the parameters' own scale.
    progress : bool, optional
        Whether to show a bar on standard error; if not given, where it is a terminal.

    Returns
    -------
    Fit
        With `draws`, each (chain, draw, ...). It has converged if the rank-normalised
        R-hat of every parameter is below 1.01, every effective sample size, in bulk and
        tail, is at least 400 (Vehtari et al. 2021), and at most 1% of transitions diverged.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    check_seed(seed)
    sampler = sampler_settings(
        model,
        chains=chains,
        draws=draws,
        warmup=warmup,
        target_accept=target_accept,
        max_tree_depth=max_tree_depth,
    )
    began = perf_counter()
    marginal = bind(model, data)
    bound = marginal.joint  # latents are sampled as the parameters are
    devices, method, kind = chain_devices(device, chain_method, sampler.chains)
    settings = {"seed": seed, **asdict(sampler), "device": kind, "chain_method": method}
    target = log_posterior(bound, "unconstrained")
    improper = no_posterior(marginal)
    record = Fit(
        method="posterior",
        bound=bound,
        objective=target.words,
        scale="unconstrained",
        settings=settings,
        status=improper or Status("interrupted", "interrupted: nothing was drawn."),
    )
    if improper:
        return replace(record, seconds={"fit": perf_counter() - began})
    starts = chain_starts(bound, target, start, seed, sampler.chains)
    unit = units(target, starts)
    total = sampler.warmup + sampler.draws
    chunk = min(CHUNK, total)
    plan = Plan(
        bound.layout,
        sampler.warmup,
        chunk,
        sampler.target_accept,
        sampler.max_tree_depth,
        devices,
        vectorized=method == "vectorized",
    )
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
    parts: list[dict[str, np.ndarray]] = []
    compiled = None
    try:
        with steps_done(f"NUTS, {sampler.chains} chains", total, progress) as advance:
            for part in chunks(plan, seed, starts, unit, inputs, outcome):
                compiled = compiled or perf_counter()
                parts.append(part)
                advance(chunk)
                if len(parts) * chunk >= total:
                    break
    except KeyboardInterrupt:
        words = f"interrupted after {len(parts) * chunk} of {total} steps; no draws kept."
        status = Status("interrupted", words)
        return replace(record, status=status, seconds={"fit": perf_counter() - began})
    after = slice(sampler.warmup, total)
    kept = {name: np.concatenate([p[name] for p in parts], axis=1)[:, after] for name in parts[0]}
    values = draws_on_own_scale(bound.layout, kept.pop("z"))
    judged = judged_by(bound, values)
    found = convergence(judged.quantities)
    divergences = int(kept["diverging"].sum())
    r_hat, ess = worst(found)
    ended = perf_counter()
    made = replace(
        record,
        status=_status(r_hat, ess, divergences, sampler.chains * sampler.draws, judged.words),
        draws=bound.model(**values),
        statistics=kept,
        diagnostics={
            "convergence": found,
            "judged_by": judged.words,
            "mirrored": judged.mirrored,
            "r_hat": r_hat,
            "ess": ess,
            "divergences": divergences,
            "saturated": int((kept["num_steps"] >= 2**sampler.max_tree_depth - 1).sum()),
        },
        seconds={
            "fit": ended - began,
            "compile and first chunk": (compiled or ended) - began,
            "sampling after that": ended - (compiled or ended),
        },
    )
    return partition_checked(made)


def _status(r_hat: float, ess: float, divergences: int, total: int, said: str = "") -> Status:
    counts = f"largest R-hat {r_hat:.4f}, smallest ESS {ess:.0f}, {divergences} divergences"
    counts += f", {said}" if said else ""
    if np.isnan(r_hat):
        why = "a parameter did not move, so there is no R-hat; check its scale and its start."
    elif not r_hat < R_HAT:
        why = f"the chains disagree ({counts}; R-hat should be below {R_HAT}); run longer, or "
        why += "reparameterise."
    elif not ess >= ESS:
        why = f"too few effective draws ({counts}; {ESS} are wanted); ask for more draws."
    elif divergences > DIVERGENT * total:
        why = f"more than {DIVERGENT:.0%} of {total} transitions diverged ({counts}); raise "
        why += "target_accept, or reparameterise."
    else:
        return Status("converged", f"converged: {counts}.")
    return Status("not converged", f"not converged: {why}")
