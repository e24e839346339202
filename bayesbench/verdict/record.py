"""The verdict as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bayesbench.diagnose.finding import Finding


@dataclass(frozen=True, repr=False)
class Verdict:
    """Which fit to use, and why.

    Attributes
    ----------
    use : str or None
        The cheapest of `mle`, `map`, `laplace` and `posterior` that will do; None where none
        can be relied on yet, or there is no posterior to hold the others against.
    findings : tuple of Finding
        The sentences, the first of which says that, each with its numbers as evidence.
    """

    use: str | None
    findings: tuple[Finding, ...]

    @property
    def sentences(self) -> list[str]:
        """The findings as text."""
        return [finding.text for finding in self.findings]

    @property
    def in_short(self) -> list[str]:
        """The first of them, what rows that were not seen say, and what is to be careful with."""
        rest = self.findings[1:]
        kept = (each for each in rest if each.severity == "warning" or each.rule == "scored")
        return [finding.text for finding in (*self.findings[:1], *kept)]

    def results(self) -> dict[str, Any]:
        """The same as plain data."""
        said = [
            {"rule": each.rule, "message": each.text, "evidence": dict(each.evidence)}
            for each in self.findings
        ]
        return {"use": self.use, "sentences": said}

    def __repr__(self) -> str:
        """A line a sentence."""
        return "\n".join(["Which one should I use?", *(f"- {each}" for each in self.sentences)])

    def _repr_html_(self) -> str:
        """For notebooks: the sentences."""
        from html import escape

        return "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in self.sentences) + "</ul>"
