"""A study from end to end: what is asked, the chunks wherever they run, and the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bayesbench.fit.progress import steps_done
from bayesbench.model import Model
from bayesbench.studies.checkpoint import Checkpoint, opened
from bayesbench.studies.chunk import chunks
from bayesbench.studies.design import DATASETS, METHODS, SIZES, Design, designed
from bayesbench.studies.executors import Found, check_executor, done
from bayesbench.studies.record import Study


def study(
    model: type[Model],
    n: int | Sequence[int] = SIZES,
    datasets: int = DATASETS,
    *,
    methods: Sequence[str] = METHODS,
    at: Model | Mapping[str, Any] | None = None,
    inputs: Any = None,
    seed: int = 0,
    chains: int | None = None,
    draws: int | None = None,
    warmup: int | None = None,
    ess: float | None = None,
    executor: Executor | None = None,
    checkpoint: str | Path | None = None,
    progress: bool | None = False,
) -> Study:
    """Simulate many data sets, fit each by every method, and count how often each is right.

    Parameters are drawn from the prior, or held, data from the likelihood, and each method is
    judged by what it says of the parameters and of new outcomes. Where the parameters are
    drawn, the ranks of the truths among the draws tell whether these are of the posterior
    (Talts et al. 2018, theorem 1).

    Parameters
    ----------
    model : Model class
        One that can be simulated and fitted in a batch: no latents, networks or energies.
    n : int or several
        Rows of a data set.
    datasets : int
        How many of each size.
    methods : sequence of str
        Of `mle`, `profile`, `map`, `laplace` and `posterior`.
    at : mapping or instance, optional
        The parameters' values, the same for all data sets; drawn from the prior if not given.
    inputs : DataFrame, dict of arrays, or Data, optional
        The table from whose rows the inputs of each data set are drawn, with replacement; the
        model's example if not given.
    seed : int
        Each data set has a key of its own, folded from this seed, its size and its place.
    chains, draws, warmup : int, optional
        Of each posterior: how many chains, what is kept of each, and its transitions before.
        Usually 2 chains of 500 draws after 100.
    ess : float, optional
        What the draws are to be worth in bulk and tails of each parameter; usually 200. Chains
        go on until then, to sixteen times their length at most.
    executor : concurrent.futures.Executor, optional
        Where the chunks run; in threads of this process if not given. The numbers are the
        same.
    checkpoint : path, optional
        A folder in which each chunk is kept when it is done. The same call goes on from
        there, and so does one for more data sets or other sizes.
    progress : bool, optional
        Whether to show a bar on standard error; None where a terminal looks on.

    Returns
    -------
    Study

    Raises
    ------
    BadInput
        If the model can't be simulated or fitted so, an argument is out of range, or the
        checkpoint is another study's.
    """
    check_executor(executor)
    design = designed(
        model,
        n,
        datasets,
        methods=methods,
        at=at,
        inputs=inputs,
        seed=seed,
        chains=chains,
        draws=draws,
        warmup=warmup,
        ess=ess,
    )
    kept = None if checkpoint is None else opened(checkpoint, design)
    return carried_out(design, executor, kept, progress)


def carried_out(
    design: Design,
    executor: Executor | None = None,
    kept: Checkpoint | None = None,
    progress: bool | None = False,
) -> Study:
    """Do what was designed, wherever it runs; what is kept already is not done again."""
    began = perf_counter()
    parts: dict[int, dict[int, dict[str, np.ndarray]]] = defaultdict(dict)
    total = len([*chunks(design)])
    with steps_done(f"Study of {design.model.__name__}", total, progress) as advance:
        for chunk, columns in _found(design, executor, kept):
            parts[chunk.rows][chunk.first] = columns
            advance(1)
    joined = {size: _joined(parts[size]) for size in design.sizes}
    return Study(design, joined, perf_counter() - began)


def _found(design: Design, executor: Executor | None, kept: Checkpoint | None) -> Iterator[Found]:
    """The chunks that are kept, and then the others, each kept when it is done."""
    waiting = []
    for chunk in chunks(design):
        before = kept.of(chunk) if kept is not None else None
        if before is None:
            waiting.append(chunk)
        else:
            yield chunk, before
    for chunk, columns in done(design, waiting, executor):
        if kept is not None:
            kept.keep(chunk, columns)
        yield chunk, columns


def _joined(parts: Mapping[int, Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Chunks in the order of their places, whichever was done first."""
    ordered = [parts[first] for first in sorted(parts)]
    return {name: np.concatenate([part[name] for part in ordered]) for name in ordered[0]}
