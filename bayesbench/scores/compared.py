"""The scores of several models on the same rows, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import numpy as np

from bayesbench.plain import plain
from bayesbench.scores.judged import COMPARED
from bayesbench.scores.paired import Difference, paired
from bayesbench.scores.record import Scores, columns

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from bayesbench.diagnose.finding import Finding

OF_LOO = ("rank", "elpd", "se", "elpd_diff", "dse", "weight")


@dataclass(frozen=True, repr=False)
class Compared:
    """What several models predict of the same rows, none of which their fits have seen.

    Attributes
    ----------
    models : mapping of Scores
        By the name of the model.
    """

    models: Mapping[str, Scores]

    @property
    def how(self) -> str:
        """What is predicted, in words."""
        return next(iter(self.models.values())).how

    @cached_property
    def best(self) -> tuple[str, str] | None:
        """The model that the others are held against, and its fit: the posterior as a rule.

        Of each model that fit is looked at which its scores put first. Over the rows that all
        of them predict, the best gave the fewest outcomes the density zero, and among equals
        has the highest mean log score of the rows where all are finite; where there is no such
        row, it predicts the most rows. None if no model predicts anything.
        """
        first = {name: each.first for name, each in self.models.items() if each.first is not None}
        if not first:
            return None
        logs = np.array([self.models[name].judged[fit].log_score for name, fit in first.items()])
        predicted = ~np.isnan(logs)
        shared = logs[:, predicted.all(axis=0)]
        known = shared[:, np.isfinite(shared).all(axis=0)]
        worth = known.mean(axis=1) if known.size else predicted.sum(axis=1)
        order = np.lexsort([-worth, np.isneginf(shared).sum(axis=1)])
        return list(first.items())[int(order[0])]

    def table(self) -> pd.DataFrame:
        """A row a model and a fit: the columns of `Scores.table`."""
        import pandas as pd

        tables = {name: each.table() for name, each in self.models.items()}
        return pd.concat(tables, names=["model", "fit"])

    def difference(
        self, one: tuple[str, str], other: tuple[str, str], score: str = "log_score"
    ) -> Difference:
        """The mean score of a row by one model's fit less that by another's, paired by row.

        Parameters
        ----------
        one, other : pair of str
            The name of a model, and one of its fits.
        score : {"log_score", "crps", "squared_error"}

        Raises
        ------
        BadInput
            If a model has no such fit.
        """
        first, second = (self.models[model].known(fit) for model, fit in (one, other))
        return paired(first, second, score)

    def differences(self) -> pd.DataFrame:
        """A row a model and a fit: its scores less those of the best, as `Scores.differences`."""
        import pandas as pd

        if self.best is None:
            return pd.DataFrame()
        rows = {}
        for name, each in self.models.items():
            for fit in each.judged:
                if (name, fit) == self.best:
                    continue
                found = {s: self.difference((name, fit), self.best, s) for s in COMPARED}
                rows[name, fit] = columns(found)
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["model", "fit"])

    def loo(self) -> pd.DataFrame:
        """The models' PSIS-LOO (Vehtari, Gelman and Gabry 2017) compared by ArviZ.

        The weights are those of stacking (Yao, Vehtari, Simpson and Gelman 2018).
        A row a model, the best first; empty where fewer than two have one.
        """
        import pandas as pd

        known = {name: each.loo.by_arviz for name, each in self.models.items() if each.loo}
        if len(known) < 2:
            return pd.DataFrame()
        import arviz_stats

        with catch_warnings():
            simplefilter("ignore")  # of large k, and of what pandas will do away with
            found = arviz_stats.compare(known)
        return found[[name for name in OF_LOO if name in found]].rename_axis("model")

    @cached_property
    def findings(self) -> list[Finding]:
        """What the comparison tells, each sentence with its numbers."""
        from bayesbench.scores.compared_in_words import findings

        return findings(self)

    @property
    def sentences(self) -> list[str]:
        """The same as text."""
        return [finding.text for finding in self.findings]

    def results(self) -> dict[str, Any]:
        """The numbers as plain data."""
        apart = [
            {"model": model, "fit": fit, **row}
            for (model, fit), row in self.differences().to_dict("index").items()
        ]
        found = {
            "models": {name: each.results() for name, each in self.models.items()},
            "against": self.best,
            "differences": apart,
            "loo": self.loo().to_dict("index"),
            "sentences": self.sentences,
        }
        return dict(plain(found))

    def rowwise(self) -> xr.Dataset:
        """Row by row the log scores of each model's first fit, as `Scores.rowwise` has them."""
        import xarray as xr

        kept = {name: each for name, each in self.models.items() if each.first is not None}
        rows = [each.judged[str(each.first)].log_score for each in kept.values()]
        return xr.Dataset(
            {"log_score": (("fit", "row"), np.array(rows))},
            coords={"fit": list(kept), "heading": ("fit", list(kept))},
            attrs={"how": self.how, "against": self.best[0] if self.best else ""},
        )

    def plot_differences(self) -> Axes:
        """Draw each row's log score less that of the best model, a panel a model."""
        from bayesbench.figures.score_differences import plot_score_differences

        return plot_score_differences(self.rowwise())

    def __repr__(self) -> str:
        """What was predicted, and the sentences."""
        names = ", ".join(self.models)
        return "\n".join([f"Scores of {names}: {self.how}", *self.sentences])

    def _repr_html_(self) -> str:
        """For notebooks: the table, and the sentences under it."""
        from html import escape

        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        return self.table().to_html(float_format="{:.4g}".format, na_rep="–") + f"<ul>{said}</ul>"
