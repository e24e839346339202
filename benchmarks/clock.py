"""Where a program's seconds go, as it tells itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

APART = 0.02  # seconds: between events that are closer JAX is at work on the same program


class Clock:
    """Seconds by the name of the phase; phases follow each other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, phase: str, seconds: float) -> None:
        """Give a phase so many seconds more, or fewer."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """What is done in here belongs to the phase."""
        began = perf_counter()
        yield
        self.add(phase, perf_counter() - began)

    @contextmanager
    def less_compiling(self, phase: str) -> Iterator[list[tuple[float, float]]]:
        """The same, and what JAX spends on tracing and compiling is `compile` instead.

        JAX tells the length of each such event as it ends. One may hold another: the time
        that any was going on is counted once, and so is what lies between two that all but
        touch. The events are given, from when until when.
        """
        import jax

        spans: list[tuple[float, float]] = []

        def note(event: str, duration_secs: float, **_: str | int) -> None:
            if "/compile/" in event or "cache_retrieval" in event:
                spans.append((perf_counter() - duration_secs, perf_counter()))

        jax.monitoring.register_event_duration_secs_listener(note)
        with self(phase):
            yield spans
        self.add("compile", covered(spans))
        self.add(phase, -covered(spans))

    def only(
        self, phase: str, compiling: list[tuple[float, float]], since: float, until: float
    ) -> None:
        """Of a phase count the time between two moments, less compiling; the rest is in none."""
        self.seconds[phase] = until - since - covered(compiling, since, until)


def covered(
    spans: list[tuple[float, float]], since: float = float("-inf"), until: float = float("inf")
) -> float:
    """The length of the union of intervals and of short gaps between them, or of a part of it."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        joined = reached if begin - reached < APART else begin
        total += max(0.0, min(end, until) - max(joined, since))
        reached, since = max(reached, end), max(since, end)
    return total
