"""Numbers as the sentences about a run want them."""

from __future__ import annotations


def figure(number: float) -> str:
    """Four digits that count, and commas where there are more: `0.001823`, `153.2`, `67,970`."""
    return f"{number:,.0f}" if 1e3 <= abs(number) < 1e7 else f"{number + 0.0:.4g}"  # no -0


def percent(part: float) -> str:
    """A part of one: `73.5%`."""
    return f"{100 * part:.3g}%"


def times(count: int) -> str:
    """`once`, `twice`, `184 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")
