"""The posterior's log score on rows that it has seen, as if each had been left out: PSIS-LOO.

Each row's density is averaged over the draws with weights that take the row's own likelihood
out again, the largest of them smoothed (Vehtari, Gelman and Gabry 2017; Vehtari et al. 2024).
Nothing is fitted anew. Pareto's k says of each row whether its weights can be relied on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import numpy as np

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

RELIABLE = 0.7  # Pareto's k up to which a row's weights can be relied on


@dataclass(frozen=True)
class Loo:
    """The log score of each row when it is left out, by ArviZ.

    Attributes
    ----------
    log_score : array, shape (n,)
    pareto_k : array, shape (n,)
    elpd, se : float
        The sum over the rows, and its standard error.
    p : float
        The effective number of parameters.
    by_arviz : ELPDData
        The same as ArviZ has it.
    """

    log_score: np.ndarray
    pareto_k: np.ndarray
    elpd: float
    se: float
    p: float
    by_arviz: Any = field(repr=False, default=None)

    @property
    def unreliable(self) -> int:
        """Of how many rows the weights can't be relied on."""
        return int(np.sum(~(self.pareto_k <= RELIABLE)))


def loo_of(contrast: Contrast) -> Loo | str:
    """The posterior's PSIS-LOO, or why there is none."""
    posterior = contrast.fits.get("posterior")
    if posterior is None or posterior.draws is None:
        return "there are no draws of the posterior"
    if contrast.bound.n < 2:
        return "there is one row only"
    import arviz_stats
    import xarray as xr

    from bayesbench.arviz_groups import sampled

    groups = sampled(contrast.bound, posterior)
    if "log_likelihood" not in groups:
        return "the log-likelihood of each row at each draw would take too much memory"
    names = ("posterior", "log_likelihood")
    tree = xr.DataTree.from_dict({f"/{name}": groups[name] for name in names})
    with catch_warnings():
        simplefilter("ignore", UserWarning)  # of a large k, which the scores say themselves
        found = arviz_stats.loo(tree, pointwise=True)
    rows = np.asarray(found.elpd_i), np.asarray(found.pareto_k)
    return Loo(*rows, float(found.elpd), float(found.se), float(found.p), found)
