"""Numbers, intervals, times and paragraphs as a page writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from bayesbench.digits import fixed, places
from bayesbench.evidence.record import LABELS, decimals
from bayesbench.methods import label

PARTS = {
    "quadrature": "integration",
    "runs": "runs of optimisers",
    "profile": "likelihood intervals",
    "bayes_factors": "Bayes factors",
    "findings": "what differs",
    "influence": "the prior’s part",
    "views": "what is special",
}  # of the computing, in words
POWER = re.compile(r"\^(?:\(([^()]*)\)|(-?\w+(?:\.\d+)?))")
OWN = ("evidence", "predictions", "scores", "verdict")  # whose words are their names


def number(value: Any, digits: int = 4, few: int | None = None, beside: float | None = None) -> str:
    """A number for a table, with so few decimals if given; an en dash where there is none.

    What is too small for the digits is written with a power of ten, but not where it is nothing
    to what stands beside it: its uncertainty, say.
    """
    if value is None:
        return "–"
    if few is not None and (value == 0 or abs(value) >= 10.0**-few):
        return f"{value:.{few}f}"
    if value == 0:
        return "0"
    if beside is not None and abs(value) < 10.0**-digits and beside >= 10.0 ** (2 - digits):
        return f"{value:.{digits}f}"
    return fixed(value, digits)


def places_of(fits: Mapping[str, Mapping[str, Any]]) -> int:
    """How many decimals the estimates of an entry have, side by side."""
    centres = [v.get("value", v.get("mean")) for v in fits.values()]
    errors = [v.get("se", v.get("sd")) for v in fits.values()]
    return places([v for v in centres if v is not None], [e for e in errors if e is not None])


def interval(each: dict[str, Any], digits: int = 4) -> str:
    """The interval of a profile: without an end where it never falls, a dash if it has none."""
    infinite = ("−∞", "∞")
    ends = [
        infinite[side] if kind == "never" else number(each[name], digits)
        for side, (name, kind) in enumerate(zip(("low", "high"), each["ends"], strict=True))
    ]
    return "–" if ends == ["–", "–"] else " to ".join(ends)


def share(value: float | None) -> str:
    """A share of rows in percent; a dash where there is none."""
    return "–" if value is None else f"{value:.1%}"


def evidence_rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """A row a way to the evidence: its name, the log as far as it is known, and the error."""
    given = found["log_evidence"]
    rows = []
    for method, name in LABELS.items():
        if given.get(method) is not None:
            error = given.get(f"{method}_error")
            said = "–" if error is None else f"{error:.1g}"
            rows.append((name, f"{given[method]:.{decimals(error)}f}", said))
    return rows


def prose(text: str) -> Markup:
    """A paragraph whose `quoted` words are set as code, and whose powers, as x^2, are raised."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:  # a lone backtick is only a backtick
        return escape(text)
    marked = (
        f"<code>{part}</code>" if k % 2 else POWER.sub(_raised, part)
        for k, part in enumerate(parts)
    )
    return Markup("".join(marked))


def _raised(power: re.Match[str]) -> str:
    return f"<sup>{power[1] or power[2]}</sup>"


def part(name: str) -> str:
    """What of the computing a time belongs to: a method, or what is made of the fits."""
    return PARTS.get(name) or (name if name in OWN else label(name))
