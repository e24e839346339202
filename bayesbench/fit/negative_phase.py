"""Maximum likelihood of an energy without its partition function: the gradient by draws.

The gradient of the mean log-likelihood is the model's average of dE/dθ less the data's
(Hinton 2002, equation 2). The average over the model, the negative phase, is taken over
Markov chains that live on from step to step (persistent contrastive divergence, Tieleman
2008), so that log Z is never computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import torch

from bayesbench.binding import bind
from bayesbench.density import Pins, columns_in, constrain, energy_of
from bayesbench.energy import EnergyBased, holds
from bayesbench.errors import BadInput
from bayesbench.fit.mle import one_thread
from bayesbench.fit.partition_check import partition_checked
from bayesbench.fit.record import Fit, Status
from bayesbench.fit.start import check_seed, nearby, start_values
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.libraries import torch_library
from bayesbench.model import Model

SIZES = (0.1, 3.0)  # of a proposal, in standard deviations of the data
BATCHES = 20  # of the averaged steps, whose means tell the Monte Carlo error
DRIFT = 4.0  # Monte Carlo errors that the halves of the averaged steps may be apart


def fit_by_sampling(
    model: type[Model],
    data: Any = None,
    *,
    steps: int = 2000,
    chains: int = 500,
    moves: int = 4,
    learning_rate: float = 0.05,
    seed: int = 0,
    start: Model | Mapping[str, Any] | None = None,
) -> Fit:
    """Find the maximum of an energy's likelihood with draws in place of log Z.

    Each step moves every chain by random-walk Metropolis under the present parameters, and
    these by Adam (Kingma and Ba 2015) with a rate that falls as the root of the steps. The
    answer is the average of the second half of the steps (Polyak and Juditsky 1992), on the
    unconstrained scale.

    Parameters
    ----------
    model : Model class
        One whose likelihood is `EnergyBased`.
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    steps, chains, moves : int
        How many steps; how many chains, which begin at data; how many proposals of each
        chain in a step.
    learning_rate : float
        Of the first step.
    seed : int
        Of the start and of the chains.
    start : Model or mapping, optional
        Where to begin, on the parameters' own scale; at random near zero if not given.

    Returns
    -------
    Fit
        With the method `mle`. `diagnostics` has `monte_carlo_error`, by parameter the
        standard error of the average, from the means of 20 batches of steps; and
        `accepted`, the share of proposals. It has converged if the two halves of the
        averaged steps differ by no more than four Monte Carlo errors of that difference,
        each half telling its own. It has no standard errors.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, has another likelihood, or an argument
        is out of range.
    """
    check_seed(seed)
    counts = (("steps", steps, 4 * BATCHES), ("chains", chains, 1), ("moves", moves, 1))
    for name, count, least in counts:
        if count < least:
            expected = f"a whole number of at least {least}"
            raise BadInput(name, found=str(count), expected=expected, remedy="ask for more")
    began = perf_counter()
    bound, library = bind(model, data), torch_library()
    layout, (inputs, outcome) = bound.layout, columns_in(bound, library)

    def made(z: torch.Tensor) -> EnergyBased:
        return energy_of(model, constrain(layout, z, library, priors=False)[0], inputs)

    generator = torch.Generator().manual_seed(seed)
    with one_thread():
        target = log_likelihood(bound)
        z = nearby(layout, seed) if start is None else start_values(target, start)
        at = torch.tensor(z, requires_grad=True)
        optimizer = torch.optim.Adam([at], lr=learning_rate)
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: (1 + 20 * step / steps) ** -0.5
        )
        x = outcome[torch.randint(bound.n, (chains,), generator=generator)]
        spread = outcome.std(0, correction=0)
        path = np.empty((steps, layout.size))
        rows: list[dict[str, float]] = []
        for step in range(steps):
            with torch.no_grad():
                x, accepted = _moved(made(at), x, spread, moves, generator)
            optimizer.zero_grad()
            density = made(at)
            gap = density.energy(outcome).mean() - density.energy(x).mean()
            (gap + 0 * at.sum()).backward()
            optimizer.step()
            falling.step()
            path[step] = at.detach().numpy()
            rows.append({"step": step, "energy_gap": float(gap.detach()), "accepted": accepted})
        z, error, status = _averaged(path[steps // 2 :])
        none = Pins.none(layout.size)
        value, found = target.value(z, none), layout.join(target.constrain(z, none))
        error = error * np.abs(target.slopes(z))
    instance = model(**layout.split(found))
    return partition_checked(
        Fit(
            method="mle",
            bound=bound,
            objective=target.words,
            scale="own",
            settings={
                "optimizer": "Adam",
                "negative_phase": "sampling",
                "steps": steps,
                "chains": chains,
                "moves": moves,
                "learning_rate": learning_rate,
                "seed": seed,
            },
            status=status,
            estimate=instance if status.converged else None,
            last=None if status.converged else instance,
            standard_errors=layout.split(np.full(layout.size, np.nan)),
            trace=pd.DataFrame(rows),
            diagnostics={
                "value": value,
                "monte_carlo_error": layout.split(error),
                "accepted": float(np.mean([row["accepted"] for row in rows])),
                "steps": steps,
            },
            seconds={"fit": perf_counter() - began},
        )
    )


def _moved(
    made: EnergyBased, x: Any, spread: Any, moves: int, generator: torch.Generator
) -> tuple[Any, float]:
    """The chains after some proposals each (Metropolis et al. 1953), and the share accepted.

    Proposals are Normal about where a chain is, of a size drawn anew each time: small ones
    explore a mode, large ones reach the next.
    """
    energy, accepted = made.energy(x), 0.0
    low, high = np.log(SIZES)
    options: dict[str, Any] = {"generator": generator, "dtype": torch.float64}
    for _ in range(moves):
        size = torch.exp(low + (high - low) * torch.rand(len(x), **options))
        step = spread * torch.randn(x.shape, **options)
        proposed = x + step * (size if x.ndim == 1 else size[:, None])
        other = made.energy(proposed)
        better = torch.log(torch.rand(len(x), **options)) < energy - other
        inside = holds(made.support, proposed)
        better = better if inside is None else better & inside
        x = torch.where(better if x.ndim == 1 else better[:, None], proposed, x)
        energy = torch.where(better, other, energy)
        accepted += float(better.double().mean()) / moves
    return x, accepted


def _averaged(path: np.ndarray) -> tuple[np.ndarray, np.ndarray, Status]:
    """The average of the steps, its Monte Carlo error from batch means, and a judgement."""
    batches = np.stack([part.mean(axis=0) for part in np.array_split(path, BATCHES)])
    error = batches.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    halves = np.stack(np.split(batches, 2))
    # Over both halves the spread would hold the very drift that is looked for.
    noise = np.sqrt(halves.var(axis=1, ddof=1).sum(axis=0) / (BATCHES // 2))
    apart = np.abs(np.diff(halves.mean(axis=1), axis=0)) / np.maximum(noise, 1e-300)
    worst = float(apart.max())
    said = f"the halves of the averaged steps are {worst:.2g} Monte Carlo errors apart"
    if not worst <= DRIFT:
        sentence = f"stopped early: {said}; ask for more steps."
        return path[-1], error, Status("stopped early", sentence)
    return path.mean(axis=0), error, Status("converged", f"converged: {said}.")
