"""The full posterior, by NumPyro's No-U-Turn sampler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.fit.chain_starts import Starts
from bayesbench.fit.checkpoint import Checkpoint, opened
from bayesbench.fit.identity import identity
from bayesbench.fit.improper import no_posterior
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.nuts import Part, begin, chunks, states_from
from bayesbench.fit.parameterisation import Parameterisation
from bayesbench.fit.partition_check import partition_checked
from bayesbench.fit.preparation import Prepared, coordinates, prepared
from bayesbench.fit.progress import steps_done
from bayesbench.fit.record import Fit, Status
from bayesbench.fit.room_for_programs import make_room
from bayesbench.fit.sampler import Sampler, sampler_settings
from bayesbench.fit.sampling import Draws, sampled
from bayesbench.fit.start import check_seed
from bayesbench.fit.stopping import sampler_status
from bayesbench.layout import Bound
from bayesbench.model import Model

# What the draws do not depend on: a run that goes on may have others.
UNTIL = {"draws", "ess", "max_draws", "minutes"}


def fit_posterior(
    model: type[Model],
    data: Any = None,
    *,
    seed: int = 0,
    chains: int | None = None,
    draws: int | None = None,
    warmup: int | None = None,
    ess: float | None = None,
    max_draws: int | None = None,
    minutes: float | None = None,
    target_accept: float | None = None,
    max_tree_depth: int | None = None,
    device: str = "auto",
    chain_method: str | None = None,
    start: Starts = None,
    centred: Mapping[str, float] | None = None,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> Fit:
    """Draw from the posterior by NUTS (Hoffman and Gelman 2014), in NumPyro, in float64.

    The chains run in chunks until their draws are good enough, or for a fixed number of
    draws. They begin at points drawn uniformly from [-2, 2] on the unconstrained scale; where
    the model declares several starts, at the highest optima of its search, in turn; with many
    weights of networks, where a short training run from random ones leads. Where 10,000 rows or
    more are summed up in few and climbs from all of those points end at one mode, they begin
    around it, at draws of Laplace's Normal made twice as wide, and its standard deviations are
    the units of the warm-up, so that this does not grow with the rows. Latents are sampled
    with the parameters. Where a prior has a loc and a scale that depend on others, the
    coordinate is the value, or its distance from the loc in scales: a short trial decides
    (see `choose_parameterisation`).

    Equal seeds and settings give equal draws, with or without a progress bar, a checkpoint or
    an interruption.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    seed : int
        Of the starts and of the sampler.
    chains, warmup : int, optional
        How many chains, and the steps of each before its draws are kept. If not given, what
        the model's `sampler` says, else 4 and 1,000.
    draws : int, optional
        A fixed number of draws of each chain, instead of a target.
    ess : float, optional
        The target: until every effective sample size, in bulk and tail, is at least this and
        every R-hat below 1.01. 400 if not given.
    max_draws : int, optional
        The most draws of each chain, if the target is not met before; 5,000 if not given.
    minutes : float, optional
        After so long no further chunk is begun; there is no limit if not given.
    target_accept : float, optional
        The acceptance probability that the step size is tuned to; if not given 0.8, and 0.98
        where there are latents or a prior reads others: that is narrow in places.
    max_tree_depth : int
        A trajectory has at most 2 to this power leapfrog steps.
    device : {"auto", "cpu", "gpu"}
        With `auto` the CPU; where JAX has a GPU, the faster of the two in a short trial.
    chain_method : {"auto", "parallel", "sequential", "vectorized"}, optional
        How chains share the devices: if not given the usual way on such a device, with `auto`
        the fastest in a short trial. The choice and its ground are in the record: the draws
        depend on it where the arithmetic rounds otherwise.
    start : Model, mapping, several of them, or "pathfinder", optional
        Where the chains begin, in turn, on the parameters' own scale. "pathfinder": each at a
        draw from the Normal of a path of its own, made twice as wide, see `fit_pathfinder`;
        the Normals' widths are then the units of the warm-up. Not the default: warm-up took
        0.7 times as many leapfrog steps where the scales differ (`engel`), as many where they
        do not (`coin`, `gaussian`, `linear_gaussian`, `energy`), 1.2 times with the funnel of
        `eight_schools`; and the program has to be compiled.
    centred : mapping of float, optional
        By name, how centred the coordinate of a parameter or latent shall be whose prior has
        a loc and a scale that depend on others: 0 for its distance from the loc in scales, 1
        for its value, or between (as NumPyro's LocScaleReparam). The trial decides on those
        that are not named. What was chosen is in `settings` and can be given back.
    checkpoint : path, optional
        A folder in which each chunk of 250 steps is kept before the next begins. The same
        call goes on from there, with draws that equal those of an uninterrupted run; it may
        ask for more draws or another target than before.
    progress : bool, optional
        Whether to show a bar on standard error; if not given, where it is a terminal.

    Returns
    -------
    Fit
        With `draws`, each (chain, draw, ...). It has converged if the rank-normalised
        R-hat of every quantity that the chains are judged by is below 1.01, every effective
        sample size, in bulk and tail, is at least the target (Vehtari et al. 2021), and at
        most 1% of transitions diverged. They are judged by the parameters; with networks, by
        what these predict. `diagnostics` tells by what, and `stopped` why the run ended.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, an argument is out of range, the chains find
        no start, or the checkpoint is another run's or can't be written.
    """
    check_seed(seed)
    make_room()
    sampler = sampler_settings(
        model,
        chains=chains,
        draws=draws,
        warmup=warmup,
        ess=ess,
        max_draws=max_draws,
        minutes=minutes,
        target_accept=target_accept,
        max_tree_depth=max_tree_depth,
    )
    began = perf_counter()
    marginal = bind(model, data)
    bound = marginal.joint  # latents are sampled as the parameters are
    target = log_posterior(bound, "unconstrained")
    record = Fit(
        method="posterior",
        bound=bound,
        objective=target.words,
        scale="unconstrained",
        settings={"seed": seed, **asdict(sampler), **_word(start)},
        status=Status("interrupted", "interrupted: nothing was drawn."),
    )
    improper = no_posterior(marginal)
    if improper:
        return replace(record, status=improper, seconds={"fit": perf_counter() - began})
    saved = _opened(checkpoint, bound, sampler, seed, start)
    form = coordinates(bound, centred, seed=seed, start=start, before=saved)
    ready = prepared(
        form.bound,
        log_posterior(form.bound, "unconstrained"),
        sampler,
        seed=seed,
        start=start,
        device=device,
        chain_method=chain_method,
        before=saved,
    )
    if saved is not None:
        resolved = ready.resolved | {"parameterisation": form.resolved}
        saved = replace(saved, resolved=resolved)
    record = replace(
        record,
        settings={
            **record.settings,
            "device": ready.place.kind,
            "chain_method": ready.place.method,
            "centred": dict(form.centred),
        },
    )
    total = sampler.warmup + sampler.most
    with steps_done(f"NUTS, {sampler.chains} chains", total, progress) as advance:
        got = sampled(form.bound, sampler, _parts(ready, saved), advance)
    record = replace(record, seconds=got.seconds | {"fit": perf_counter() - began})
    if got.stopped == "interrupted" or got.look is None:
        return replace(record, status=_without_draws(got, saved))
    return partition_checked(_judged(record, ready, form, sampler, got))


def _word(start: Starts) -> dict[str, str]:
    return {"start": start} if isinstance(start, str) else {}


def _opened(
    folder: str | Path | None, bound: Bound, sampler: Sampler, seed: int, start: Starts
) -> Checkpoint | None:
    """The checkpoint of what is asked for, if there is to be one: all that draws depend on."""
    if folder is None:
        return None
    settings = {name: v for name, v in asdict(sampler).items() if name not in UNTIL}
    began = start if isinstance(start, str) else "as given" if start else "its own"
    asked = {"seed": seed, **settings, "start": began}
    return opened(folder, identity(bound) | {name: str(value) for name, value in asked.items()})


def _parts(ready: Prepared, saved: Checkpoint | None) -> Iterator[Part]:
    """The chunks of the run: those on disk first, if there are any."""

    def fresh(states: np.ndarray | None) -> Iterator[tuple[Part, Any]]:
        plan, chains = ready.plan, ready.chains
        at = begin(plan, chains) if states is None else states_from(plan, states)
        return chunks(plan, chains, at)

    return saved.chunks(fresh) if saved is not None else (part for part, _ in fresh(None))


def _without_draws(got: Draws, saved: Checkpoint | None) -> Status:
    if got.stopped == "interrupted":
        kept = saved.words if saved is not None else ""
        words = f"interrupted after {got.steps} steps; {kept or 'no draws kept'}."
        return Status("interrupted", words)
    words = f"not converged: stopped at the limit of {got.stopped} during warm-up, with no draws."
    return Status("not converged", words)


def _judged(
    record: Fit, ready: Prepared, form: Parameterisation, sampler: Sampler, got: Draws
) -> Fit:
    """The record with its draws, and how they are judged."""
    look = got.look
    assert look is not None
    divergences = int(got.statistics["diverging"].sum())
    total = int(got.statistics["diverging"].size)
    limited = got.stopped if got.stopped not in ("target", "draws") else ""
    remedy = "ask for more draws" if sampler.draws is not None else "allow more, or reparameterise"
    deepest = 2**sampler.max_tree_depth - 1
    return replace(
        record,
        status=sampler_status(look, divergences, total, sampler.ess, limited, remedy),
        draws=record.bound.model(**got.values),
        statistics=got.statistics,
        diagnostics={
            "convergence": look.convergence,
            **look.judged.diagnostics,
            "r_hat": look.r_hat,
            "ess": look.ess,
            "divergences": divergences,
            "saturated": int((got.statistics["num_steps"] >= deepest).sum()),
            "draws": total // sampler.chains,
            "stopped": got.stopped,
            "parameterisation": form.words,
            "told": dict(form.told),
            "chains_began": ready.began,
            "chains_ran": f"{ready.place.words}: {ready.ground}",
        },
    )
