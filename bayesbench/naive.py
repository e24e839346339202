"""What becomes of an energy that is trained without its partition function.

Lowering the energy of the data is not maximum likelihood: nothing holds the energy up
anywhere else, so it sinks everywhere and log Z, which was left out, grows as fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.density import columns_in, constrain, energy_of
from bayesbench.errors import BadInput
from bayesbench.fit.start import check_seed, nearby, start_values
from bayesbench.model import Model

LEARNING_RATE = 0.05


@dataclass(frozen=True)
class NaiveTraining:
    """A training on -E alone: a number for each step, at the parameters before it.

    Attributes
    ----------
    step : array
        From 0.
    naive : array
        What was climbed: the mean over the rows of -E.
    log_likelihood : array
        The mean log-likelihood of a row at the same parameters: -E less log Z.
    log_partition : array
        log Z, which was left out.
    """

    step: np.ndarray
    naive: np.ndarray
    log_likelihood: np.ndarray
    log_partition: np.ndarray

    @property
    def diverges(self) -> bool:
        """Whether the objective still rises at the end, with the log-likelihood past its best."""
        tenth = len(self.step) // 10
        rises = self.naive[-1] > self.naive[-1 - tenth]
        return bool(rises and self.log_likelihood[-1] < self.log_likelihood.max())


def naive_training(
    model: type[Model],
    data: Any = None,
    *,
    steps: int = 500,
    learning_rate: float = LEARNING_RATE,
    seed: int = 0,
    start: Model | Mapping[str, Any] | None = None,
) -> NaiveTraining:
    """Train an energy by Adam on the mean of -E over the data, leaving out log Z.

    Parameters
    ----------
    model : Model class
        One whose likelihood is `EnergyBased`.
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    steps : int
    learning_rate : float
        Of Adam (Kingma and Ba 2015), on the unconstrained scale.
    seed : int
        Of the start, which is drawn near zero on that scale.
    start : Model or mapping, optional
        Where to begin, on the parameters' own scale.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, has another likelihood, or an argument
        is out of range.
    """
    import torch

    from bayesbench.fit.mle import one_thread
    from bayesbench.fit.torch_objective import log_likelihood
    from bayesbench.libraries import torch_library

    check_seed(seed)
    if steps < 1:
        raise BadInput("steps", found=str(steps), expected="at least 1", remedy="allow some steps")
    bound, library = bind(model, data), torch_library()
    inputs, outcome = columns_in(bound, library)
    target = log_likelihood(bound)

    def parts(z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        values, _ = constrain(bound.layout, z, library, priors=False)
        made = energy_of(model, values, inputs)
        return made.energy(outcome).mean(), made.over(library.array, outcome).log_partition

    with one_thread():
        z = nearby(bound.layout, seed) if start is None else start_values(target, start)
        at = torch.tensor(z, requires_grad=True)
        optimizer = torch.optim.Adam([at], lr=learning_rate)
        seen = []
        for _ in range(steps):
            optimizer.zero_grad()
            energy, log_partition = parts(at)
            seen.append((-float(energy.detach()), float(log_partition.detach())))
            (energy + 0 * at.sum()).backward()  # an energy may read no parameter
            optimizer.step()
    naive, log_partition = np.array(seen).T
    return NaiveTraining(np.arange(steps), naive, naive - log_partition, log_partition)
