"""Which of several ways of running the chains is the fastest: by trying each for a moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from time import perf_counter

from bayesbench.fit.devices import Place
from bayesbench.fit.nuts import Chains, Plan, begin, chunks

TRIAL = 25  # steps of every chain, timed after as many that compile


def seconds_of(plan: Plan, chains: Chains) -> float:
    """How long some steps of all chains take, once they are compiled."""
    short = replace(plan, chunk=TRIAL)
    steps = chunks(short, chains, begin(short, chains))
    next(steps)
    began = perf_counter()
    next(islice(steps, 1))
    return perf_counter() - began


def fastest(tried: tuple[Place, ...], seconds: Callable[[Place], float]) -> tuple[Place, str]:
    """The place that took the least time, and what each took, in words."""
    found = {place: seconds(place) for place in tried}
    best = min(found, key=lambda place: found[place])
    times = ", ".join(f"{place.words} {1000 * took:.3g} ms" for place, took in found.items())
    return best, f"the fastest in a trial of {TRIAL} steps: {times}"
