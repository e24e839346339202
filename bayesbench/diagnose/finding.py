"""What a rule found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bayesbench.digits import fixed


@dataclass(frozen=True)
class Finding:
    """One sentence or two, the numbers that they rest on, and what to do about it.

    The severity is `ok` (looked at, and nothing is wrong), `info` (worth knowing) or
    `warning` (do not rely on the number before you have read this).
    """

    rule: str
    severity: str
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""

    def __str__(self) -> str:
        """The same as `text`."""
        return self.text

    @property
    def text(self) -> str:
        """What was found, and what to do."""
        return f"{self.message} {self.remedy}".rstrip()


SEVERITIES = ("warning", "info", "ok")
MOST = 6  # sentences of a verdict


def verdict(findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings to begin with, warnings first and six at most; and the others."""
    ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    first = [finding for finding in ordered if finding.severity != "ok"][:MOST]
    return first, [finding for finding in ordered if finding not in first]


def short(number: float, digits: int = 4) -> str:
    """A number as a sentence wants it."""
    return fixed(number, digits) if abs(number) >= 1e-3 else f"{number:.{digits}g}"
