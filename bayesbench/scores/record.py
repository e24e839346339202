"""The scores of several fits on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.errors import BadInput, nearest
from bayesbench.fit.record import Status
from bayesbench.layout import Bound
from bayesbench.scores.coverage import PROBS, covered
from bayesbench.scores.judged import COMPARED, Judged
from bayesbench.scores.loo import Loo
from bayesbench.scores.paired import Difference, paired
from bayesbench.scores.squared_error import rmse

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from bayesbench.diagnose.finding import Finding

FIRST = ("posterior", "laplace", "pathfinder", "map", "mle")  # which the others are held against


@dataclass(frozen=True, repr=False)
class Scores:
    """How well each fit predicts the same rows, none of which it has seen.

    Attributes
    ----------
    bound : Bound
        The rows that are predicted.
    fold : array of int, shape (n,), or None
        The fold of each row; None if the rows were held out.
    seed : int
        Of the folds, and of what is simulated.
    judged : mapping of Judged
        By fit, what its predictions of each row were worth.
    ended : mapping of tuple of Status
        By fit, how it ended: once, or in each fold.
    loo : Loo or None
        Beside them: PSIS-LOO of the posterior of all rows, where folds are scored.
    without_loo : str
        Why there is none.
    seconds : float
        Wall time, with that of the refits.
    """

    bound: Bound
    fold: np.ndarray | None
    seed: int
    judged: Mapping[str, Judged]
    ended: Mapping[str, tuple[Status, ...]]
    loo: Loo | None = None
    without_loo: str = ""
    seconds: float = 0.0

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.bound.n

    @property
    def folds(self) -> int:
        """The number of folds; 0 if the rows were held out."""
        return 0 if self.fold is None else int(self.fold.max()) + 1

    @property
    def how(self) -> str:
        """What is predicted, in words."""
        rows = f"{self.n:,} row{'s' * (self.n != 1)}"
        return f"{rows} in {self.folds} folds" if self.folds else f"{rows} held out"

    @property
    def first(self) -> str | None:
        """The fit that the others are held against: the posterior, where it predicts."""
        ranked = [*FIRST, *self.judged]
        return next((fit for fit in ranked if self.rows_of(fit)), None)

    def rows_of(self, fit: str) -> int:
        """How many rows a fit predicts."""
        return int((self.judged[fit].at != "").sum()) if fit in self.judged else 0

    def failed(self, fit: str) -> int:
        """In how many folds a fit did not reach what it looked for."""
        return sum(not status.converged for status in self.ended[fit])

    def table(self) -> pd.DataFrame:
        """A row a fit: its scores over the rows that it predicts, and what was amiss.

        The mean log score of a row with its standard error, the rows' sum (the ELPD), and what
        the draws leave unknown of the mean; CRPS, with the same (Gneiting and Raftery 2007,
        sections 4.1 and 4.2); RMSE; the share of outcomes in the central 50, 80 and 95%
        intervals; how many rows it predicts, to how many of their outcomes it gave the density
        zero, and an infinite one, how many it predicts from where a search stopped; and in how
        many folds it failed.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                fit: _summary(each) | {"failed": self.failed(fit)}
                for fit, each in self.judged.items()
            }
        ).T.rename_axis("fit")

    def difference(self, one: str, other: str, score: str = "log_score") -> Difference:
        """One fit's mean score of a row less another's, on the rows that both predict.

        Parameters
        ----------
        one, other : str
            Two of the fits, as `posterior` and `mle`.
        score : {"log_score", "crps", "squared_error"}

        Raises
        ------
        BadInput
            If there is no such fit.
        """
        return paired(self.known(one), self.known(other), score)

    def differences(self, against: str | None = None) -> pd.DataFrame:
        """A row a fit: its scores less those of one fit, row by row, each with its standard error.

        Parameters
        ----------
        against : str, optional
            The fit that the others are held against; the posterior if not given.

        Raises
        ------
        BadInput
            If there is no such fit.
        """
        import pandas as pd

        other = against or self.first
        if other is None:
            return pd.DataFrame()
        self.known(other)
        rows = {}
        for fit in self.judged:
            if fit == other:
                continue
            rows[fit] = columns({s: self.difference(fit, other, s) for s in COMPARED})
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(f"less {other}")

    @cached_property
    def findings(self) -> list[Finding]:
        """What the scores tell, each sentence with its numbers."""
        from bayesbench.scores.in_words import findings

        return findings(self)

    @property
    def sentences(self) -> list[str]:
        """The same as text."""
        return [finding.text for finding in self.findings]

    def rowwise(self) -> xr.Dataset:
        """By fit and row, what each prediction was worth: for figures, and to be stored."""
        from bayesbench.scores.stored import rowwise

        return rowwise(self)

    def results(self) -> dict[str, Any]:
        """The numbers as plain data, as results.json has them."""
        from bayesbench.scores.stored import results

        return results(self)

    def plot_calibration(self) -> Axes:
        """Draw whether the predictions are calibrated: by their PIT, or of an outcome of 0 or 1
        by how often it is 1 where it was predicted with some probability.
        """
        from bayesbench.figures.calibration import plot_calibration

        return plot_calibration(self.rowwise())

    def plot_differences(self, against: str | None = None) -> Axes:
        """Draw each row's log score less that of one fit, a panel a fit; the first of them.

        `against` is the fit that the others are held against; the posterior if not given.
        """
        from bayesbench.figures.score_differences import plot_score_differences

        return plot_score_differences(self.rowwise(), against or self.first)

    def __repr__(self) -> str:
        """What was predicted, and the sentences."""
        return "\n".join([f"Scores of {self.how}", *self.sentences])

    def _repr_html_(self) -> str:
        """For notebooks: the table, and the sentences under it."""
        from html import escape

        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        return self.table().to_html(float_format="{:.4g}".format, na_rep="–") + f"<ul>{said}</ul>"

    def known(self, fit: str) -> Judged:
        """What one fit's predictions were worth.

        Raises
        ------
        BadInput
            If there is no such fit.
        """
        if fit not in self.judged:
            raise BadInput(
                "against",
                found=f"'{fit}'",
                expected=f"one of {', '.join(self.judged)}",
                remedy=nearest(fit, list(self.judged)),
            )
        return self.judged[fit]


def columns(found: Mapping[str, Difference]) -> dict[str, Any]:
    """The differences of each score as cells of a row; `mc_error`, `speaks` are the log score's."""
    cells: dict[str, Any] = {}
    for score, each in found.items():
        before = "" if score == "log_score" else f"{score}_"
        cells |= {score: each.mean, f"{score}_se": each.se, f"{before}mc_error": each.mc_error}
        cells |= {f"{before}speaks": each.speaks}
    return cells | {"rows": found["log_score"].rows}


def _summary(each: Judged) -> dict[str, Any]:
    """The scores over the rows that a fit predicts."""
    kept = each.at != ""
    n = int(kept.sum())
    if n == 0:
        absent = ("log_score", "se", "elpd", "mc_error", "crps", "crps_mc_error", "rmse")
        none = dict.fromkeys([*absent, *(f"coverage_{p * 100:.0f}" for p in PROBS)], np.nan)
        return none | {"rows": 0, "impossible": 0, "infinite": 0, "from_last": 0}
    log = each.log_score[kept]
    with np.errstate(invalid="ignore"):  # of an outcome that was held impossible
        se = log.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        total = log.sum()
    found = {
        "log_score": total / n,
        "se": se,
        "elpd": total,
        "mc_error": each.mc_error["log_score"],
        "crps": each.crps[kept].mean(),
        "crps_mc_error": each.mc_error["crps"],
        "rmse": rmse(each.squared_error[kept]),
    }
    for prob in PROBS:
        inside = covered(each.below[kept], each.upto[kept], prob)
        found[f"coverage_{prob * 100:.0f}"] = inside.mean()
    return found | {
        "rows": n,
        "impossible": int(np.isneginf(log).sum()),
        "infinite": int(np.isposinf(log).sum()),
        "from_last": int((each.at == "last").sum()),
    }
