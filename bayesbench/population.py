"""The declaration of a population: effects that belong to the model, not to a belief."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bayesbench.distributions import Distribution
from bayesbench.supports import Support, real


@dataclass(frozen=True)
class Latent:
    """What a model declares of a population of effects; see `latent`."""

    distribution: Callable[[Any], Distribution]
    support: Support
    dims: tuple[str, ...] = ()
    name: str = ""
    sizes: tuple[int, ...] = ()  # as of a parameter; what `latent` declares has none
    codes: Callable[[Mapping[str, Any], int, Any], Any] | None = None  # see `of_rows`

    def of_rows(self, inputs: Mapping[str, Any], rows: int, library: Any) -> Any:
        """Which of the effects each row reads, shape (rows,)."""
        if self.codes is not None:
            return self.codes(inputs, rows, library)
        if self.dims:
            return inputs[self.dims[0]]
        return library.xp.zeros(rows, dtype=library.xp.int64)


def latent(
    distribution: Callable[[Any], Distribution],
    *,
    dims: str | tuple[str, ...] = (),
    support: Support = real,
) -> Any:
    """Declare the effects of a population, one for each group.

    Maximum likelihood, MAP and Laplace integrate them out and estimate the population; the
    posterior samples them. `effect = latent(lambda m: Normal(m.mean, m.spread), dims="school")`
    goes with the input `school=levels()` of `likelihood`, which reads `self.effect[school]`.

    Parameters
    ----------
    distribution : function of the instance that returns a Distribution
        The population, given the parameters.
    dims : str or tuple of str
        The names of its dimensions; () for one effect that all rows share.
    support : Support
        The values of an effect; to be given if they are not the whole line.

    Raises
    ------
    TypeError
        If the population is not given as a function.
    """
    if isinstance(distribution, Distribution) or not callable(distribution):
        raise TypeError("latent(): give a function, like lambda m: Normal(m.mean, m.spread).")
    return Latent(distribution, support, (dims,) if isinstance(dims, str) else tuple(dims))
