"""The evidence of a model by one way of computing it, and by all that apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        Of `log`: what rounding leaves of a closed form, the integrator's estimate, the
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

    @property
    def best(self) -> Evidence | None:
        """The most accurate of those that have an error; None if there is none."""
        return next((way for way in self.ways.values() if np.isfinite(way.error)), None)

    @property
    def numerical(self) -> Evidence | None:
        """The same without the closed form, which it is held against."""
        known = (way for name, way in self.ways.items() if name != "closed_form")
        return next((way for way in known if np.isfinite(way.error)), None)

    def table(self) -> pd.DataFrame:
        """A row a method: the log evidence and its error."""
        import pandas as pd

        rows = [(way.label, way.log, way.error) for way in self.ways.values()]
        return pd.DataFrame(rows, columns=["method", "log_evidence", "error"]).set_index("method")


def rounding(log: float) -> float:
    """How well a sum of log-densities of that size can be known in float64."""
    return ROUNDING * max(1.0, abs(log))
