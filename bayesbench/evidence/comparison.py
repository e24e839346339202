"""A model under one prior against itself under another, as far as the two can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bayesbench.evidence.bayes_factor import BayesFactor, ratio
from bayesbench.evidence.record import Evidences


@dataclass(frozen=True)
class Comparison:
    """A model under its own prior against the same model under another.

    Attributes
    ----------
    other : str
        The name of the other prior.
    factor : BayesFactor or None
        By numbers alone where both have an evidence that is no closed form.
    exact : BayesFactor or None
        By the closed forms of both.
    why : str
        Why there is no factor.
    """

    other: str
    factor: BayesFactor | None = None
    exact: BayesFactor | None = None
    why: str = ""

    @property
    def numbers(self) -> dict[str, Any]:
        """The same as results.json has it."""
        if self.factor is None:
            return {"why": self.why}
        return {
            "log": self.factor.log,
            "error": self.factor.error,
            "methods": list(self.factor.methods),
            "exact": self.exact and self.exact.log,
            "sentence": self.factor.sentence,
        }


def comparison(first: str, own: Evidences, name: str, other: Evidences) -> Comparison:
    """Two evidences of the same data compared, as far as they can be."""
    known = (own.ways.get("closed_form"), other.ways.get("closed_form"))
    exact = ratio(first, name, known[0], known[1]) if known[0] and known[1] else None
    one, two = own.numerical or own.best, other.numerical or other.best
    if one is not None and two is not None:
        return Comparison(name, ratio(first, name, one, two), exact)
    why = " ".join((own if one is None else other).missing)
    return Comparison(name, why=why or f"The evidence under {name} takes a sampler of its own.")
