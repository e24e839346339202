"""Sampling in chunks until the draws are good enough, or a limit is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from bayesbench.fit.chains import FEW
from bayesbench.fit.nuts import VALUES, Part
from bayesbench.fit.sampler import Sampler
from bayesbench.fit.stopping import Look, look_at
from bayesbench.layout import Bound


@dataclass(frozen=True)
class Draws:
    """What a run of the sampler gave.

    Attributes
    ----------
    steps : int
        Of each chain, its warm-up included.
    stopped : str
        Why the run ended: `target` (the draws are good enough), `draws` (as many as were asked
        for), `interrupted`, or the limit that was met, in words.
    values, statistics : mapping of arrays
        What was drawn, on the parameters' own scale, and the sampler's numbers, each (chain,
        draw, ...); nothing if the run was interrupted.
    look : Look or None
        At these draws; None if there are none.
    seconds : mapping of float
        Until the first chunk was there, and after that.
    """

    steps: int
    stopped: str
    values: dict[str, np.ndarray] = field(default_factory=dict)
    statistics: dict[str, np.ndarray] = field(default_factory=dict)
    look: Look | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def sampled(
    bound: Bound, sampler: Sampler, parts: Iterator[Part], advance: Callable[[int], None]
) -> Draws:
    """Take chunks from a run of the sampler for as long as its draws are wanted.

    Parameters
    ----------
    bound : Bound
    sampler : Sampler
        Its warm-up, and until when to go on.
    parts : iterator
        The chunks, warm-up first; see `nuts.chunks`.
    advance : function of a number of steps
        Told of each chunk.
    """
    began = perf_counter()
    values: list[Part] = []
    statistics: list[Part] = []
    steps, look, first, stopped = 0, None, None, "interrupted"
    try:
        for part in parts:
            first = first or perf_counter()
            length = part["energy"].shape[1]
            advance(length)
            warm = max(0, sampler.warmup - steps)
            steps += length
            drawn = min(steps - sampler.warmup, sampler.most)
            if drawn > 0:
                own = bound.layout.split(part.pop(VALUES))
                values.append({name: each[:, warm:] for name, each in own.items()})
                statistics.append({name: each[:, warm:] for name, each in part.items()})
            if sampler.draws is None and drawn >= FEW:
                look = look_at(bound, _joined(values, drawn))
            stopped = _why_stop(sampler, drawn, look, (perf_counter() - began) / 60)
            if stopped:
                break
            stopped = "interrupted"
    except KeyboardInterrupt:
        stopped = "interrupted"
    ended = perf_counter()
    seconds = {
        "compile and first chunk": (first or ended) - began,
        "sampling after that": ended - (first or ended),
    }
    if stopped == "interrupted" or drawn < FEW:
        return Draws(steps, stopped, seconds=seconds)
    own = _joined(values, drawn)
    look = look or look_at(bound, own)
    return Draws(steps, stopped, own, _joined(statistics, drawn), look, seconds)


def _joined(parts: list[Part], draws: int) -> Part:
    """Chunks one behind the other, as far as their draws are wanted."""
    return {name: np.concatenate([p[name] for p in parts], axis=1)[:, :draws] for name in parts[0]}


def _why_stop(sampler: Sampler, drawn: int, look: Look | None, minutes: float) -> str:
    """Why no further chunk is needed, or allowed; nothing if one is."""
    if sampler.draws is not None and drawn >= sampler.draws:
        return "draws"
    if look is not None and look.good_enough(sampler.ess):
        return "target"
    if drawn >= sampler.most:
        return f"{sampler.most:,} draws of each chain"
    if sampler.minutes is not None and minutes >= sampler.minutes:
        return f"{sampler.minutes:g} minutes"
    return ""
