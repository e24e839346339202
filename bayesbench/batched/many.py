"""Many data sets, fitted in several ways at once: what a study and K folds are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.batched.laplace import laplace_draws
from bayesbench.batched.modes import LIKELIHOOD, STATUSES, Modes, find_modes
from bayesbench.batched.posterior import Sampling, sample_many
from bayesbench.errors import check_name
from bayesbench.fit.start import check_seed
from bayesbench.layout import Layout

METHODS = ("mle", "map", "map_unconstrained", "laplace", "posterior")
USUAL = ("mle", "map", "laplace", "posterior")
NUMBERS = ("r_hat", "ess", "divergent", "thinned", "leapfrogs")
SCALES = {"mle": LIKELIHOOD, "map": "own", "map_unconstrained": "unconstrained"}


@dataclass(frozen=True)
class Answers:
    """What one way of fitting says of each data set, on the parameters' own scale.

    Attributes
    ----------
    estimate, se : array, shape (datasets, size)
        Entry by entry, as `layout.entries` names them: the estimate and its standard error, or
        of draws their mean and standard deviation; NaN where there is none.
    status : array of int, shape (datasets,)
        Places in `STATUSES`.
    draws : array, shape (datasets, draws, size), or None
        Of Laplace and posterior; the chains of a posterior one behind the other.
    chains : int
        How many those are; 1 where draws are independent, 0 where there are none.
    numbers : mapping of arrays, each (datasets,)
        By which the fits are judged: `distance` of a mode, in standard errors; `r_hat`, `ess`,
        `divergent`, `thinned` and `leapfrogs` of chains.
    sentences : mapping of int to str
        How the search ended, by data set, of those that a single fit's experiments judged.
    seconds : float
        Of all data sets together; what Laplace and posterior share is counted with the first.
    """

    estimate: np.ndarray
    se: np.ndarray
    status: np.ndarray
    draws: np.ndarray | None = None
    chains: int = 0
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    sentences: Mapping[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def converged(self) -> np.ndarray:
        """Which data sets have an answer."""
        return np.isin(self.status, (STATUSES.index("converged"), STATUSES.index("boundary")))

    @property
    def counts(self) -> dict[str, int]:
        """How many data sets ended in each way, by the name of the status."""
        number = np.bincount(self.status, minlength=len(STATUSES))
        return {name: int(k) for name, k in zip(STATUSES, number, strict=True) if k}


@dataclass(frozen=True)
class Many:
    """The answers of several ways of fitting, by method.

    Attributes
    ----------
    layout : Layout
        Of every data set.
    index : array of int, shape (datasets,)
        Each data set's place in the study.
    by_method : mapping of Answers
        `mle`, `map`, `map_unconstrained`, `laplace`, `posterior`.
    modes : mapping of Modes
        What was climbed for them, by its scale; of a single batch.
    """

    layout: Layout
    index: np.ndarray
    by_method: Mapping[str, Answers]
    modes: Mapping[str, Modes] = field(default_factory=dict)

    def __getitem__(self, method: str) -> Answers:
        """The answers of one way of fitting."""
        return self.by_method[method]


def fit_many(
    batch: Batch,
    methods: Sequence[str] = USUAL,
    *,
    seed: int = 0,
    index: Sequence[int] | np.ndarray | None = None,
    draws: int = 1000,
    sampling: Sampling | None = None,
) -> Many:
    """Fit every data set of a batch in every way that is asked for.

    Equal seeds give equal numbers, however the data sets of a study are cut into batches.

    Parameters
    ----------
    batch : Batch
    methods : sequence of str
        Of `mle`, `map`, `map_unconstrained`, `laplace` and `posterior`.
    seed : int
        Of the draws.
    index : sequence of int, optional
        Each data set's place in the study; 0, 1, 2, ... if not given.
    draws : int
        Of each Laplace approximation.
    sampling : Sampling, optional
        How NUTS is run.

    Raises
    ------
    BadInput
        If there is no such method.
    """
    check_seed(seed)
    for method in methods:
        check_name("methods", method, METHODS, "some of")
    places = np.arange(batch.datasets) if index is None else np.asarray(index)
    found: dict[str, Answers] = {}
    modes: dict[str, Modes] = {}

    def mode(scale: str) -> Modes:
        if scale not in modes:
            modes[scale] = find_modes(batch, scale)
        return modes[scale]

    for method in methods:
        began = perf_counter()
        if method in SCALES:
            made = _of_modes(mode(SCALES[method]))
        elif method == "laplace":
            made = _of_laplace(batch, mode("unconstrained"), seed, places, draws)
        else:
            how = sampling or Sampling()
            made = _of_chains(batch, mode("unconstrained"), seed, places, how)
        found[method] = Answers(**{**vars(made), "seconds": perf_counter() - began})
    return Many(batch.layout, places, found, modes)


def _of_modes(found: Modes) -> Answers:
    return Answers(
        found.values,
        found.standard_errors,
        found.status,
        numbers={"distance": found.distance},
        sentences=found.sentences,
    )


def _of_laplace(batch: Batch, modes: Modes, seed: int, index: np.ndarray, draws: int) -> Answers:
    made = laplace_draws(batch, modes, seed, index, draws)
    mean, sd = made.draws.mean(axis=1), made.draws.std(axis=1, ddof=1)
    return Answers(mean, sd, made.status, made.draws, 1, sentences=modes.sentences)


def _of_chains(
    batch: Batch, modes: Modes, seed: int, index: np.ndarray, sampling: Sampling
) -> Answers:
    made = sample_many(batch, modes, seed, index, sampling)
    draws = made.draws.reshape(len(made.draws), -1, batch.layout.size)
    names = ("converged", "not converged")
    status = np.where(made.converged, *(STATUSES.index(name) for name in names))
    numbers = {name: getattr(made, name) for name in NUMBERS}
    mean, sd = draws.mean(axis=1), draws.std(axis=1, ddof=1)
    return Answers(mean, sd, status, draws, sampling.chains, numbers)


def joined(parts: Sequence[Many]) -> Many:
    """The answers for several batches of one study, one behind the other."""
    first = parts[0]
    index = np.concatenate([part.index for part in parts])
    return Many(first.layout, index, {m: _joined(parts, m) for m in first.by_method})


def _joined(parts: Sequence[Many], method: str) -> Answers:
    each = [part[method] for part in parts]
    starts = np.cumsum([0, *(len(answers.status) for answers in each)])
    sentences = {
        int(start) + k: words
        for start, answers in zip(starts[:-1], each, strict=True)
        for k, words in answers.sentences.items()
    }

    def together(name: str) -> np.ndarray:
        return np.concatenate([getattr(answers, name) for answers in each])

    numbers = {
        name: np.concatenate([answers.numbers[name] for answers in each])
        for name in each[0].numbers
    }
    return Answers(
        together("estimate"),
        together("se"),
        together("status"),
        None if each[0].draws is None else together("draws"),
        each[0].chains,
        numbers,
        sentences,
        sum(answers.seconds for answers in each),
    )
