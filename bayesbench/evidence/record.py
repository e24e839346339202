"""The evidence of a model by one way of computing it, and by all that apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.layout import Bound

if TYPE_CHECKING:
    import pandas as pd

LABELS = {  # the best first
    "closed_form": "closed form",
    "quadrature": "quadrature",
    "bridge_sampling": "bridge sampling",
    "laplace": "Laplace",
}
CLOSED_FORM = 1e-12  # what float64 may leave of one, as a share of it
ROUNDING = 16 * float(np.finfo(float).eps)  # of a sum over rows, as a share of it


@dataclass(frozen=True)
class Evidence:
    """The log of the marginal likelihood, the likelihood averaged over the prior.

    Attributes
    ----------
    method : str
        `closed_form`, `quadrature`, `bridge_sampling` or `laplace`.
    log : float
        The natural logarithm.
    error : float
        Of `log`: what rounding may cost a closed form, the integrator's estimate, the
        standard error of bridge sampling. NaN for Laplace, which knows no error of its own.
    words : str
        How it was computed, where that is not plain from the method.
    """

    method: str
    log: float
    error: float
    words: str = ""

    @property
    def label(self) -> str:
        """The method as people write it."""
        return LABELS[self.method]


@dataclass(frozen=True)
class Evidences:
    """The evidence of a model by every way that applies.

    Attributes
    ----------
    bound : Bound
        The model and the data.
    ways : mapping of Evidence
        By method, the most accurate first.
    missing : tuple of str
        A sentence for each way that should have applied and did not.
    """

    bound: Bound
    ways: Mapping[str, Evidence] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def beside(self, found: Evidence | str | None) -> Evidences:
        """These with one more, or with the sentence that says why it is missing."""
        if found is None:
            return self
        if isinstance(found, str):
            return replace(self, missing=(*self.missing, found))
        ways = {**self.ways, found.method: found}
        return replace(self, ways={name: ways[name] for name in LABELS if name in ways})

    @property
    def best(self) -> Evidence | None:
        """The most accurate of those that have an error; None if there is none."""
        return next((way for way in self.ways.values() if np.isfinite(way.error)), None)

    @property
    def numerical(self) -> Evidence | None:
        """The same without the closed form, which it is held against."""
        known = (way for name, way in self.ways.items() if name != "closed_form")
        return next((way for way in known if np.isfinite(way.error)), None)

    @property
    def numbers(self) -> dict[str, float | None]:
        """By method its value, and as `<method>_error` its error; as results.json has them."""
        found: dict[str, float | None] = {"laplace": None}
        for method, way in self.ways.items():
            found[method] = way.log
            if np.isfinite(way.error):
                found[f"{method}_error"] = way.error
        return found

    def table(self) -> pd.DataFrame:
        """A row a method: the log evidence and its error."""
        import pandas as pd

        rows = [(way.label, way.log, way.error) for way in self.ways.values()]
        return pd.DataFrame(rows, columns=["method", "log_evidence", "error"]).set_index("method")


def closed_form(log: float) -> Evidence:
    """The evidence that a model knows."""
    return Evidence("closed_form", log, CLOSED_FORM * max(1.0, abs(log)))


def rounding(log: float) -> float:
    """How well a sum of log-densities of that size can be known in float64."""
    return ROUNDING * max(1.0, abs(log))


def decimals(error: float | None) -> int:
    """How many decimals of a log evidence mean something: four where the error is not known."""
    if error is None or not error > 0:
        return 4
    return int(np.clip(1 - np.floor(np.log10(error)), 1, 10))
