"""The record of a study: what many data sets said of each method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.plain import plain
from bayesbench.studies import summary
from bayesbench.studies.calibration import Calibration
from bayesbench.studies.design import Design, check_ranks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

CHAINS = ("chains", "draws", "warmup", "ess")


@dataclass(frozen=True, repr=False)
class Study:
    """How often each method was right, over many data sets of each size.

    Attributes
    ----------
    design : Design
        What was simulated and fitted.
    columns : mapping of int to mapping of arrays
        By the number of rows, what each data set gave: see `bayesbench.studies.summary`.
    seconds : float
        Wall time.
    """

    design: Design
    columns: Mapping[int, Mapping[str, np.ndarray]]
    seconds: float = 0.0

    def table(self) -> pd.DataFrame:
        """A row a size, an entry and a method: bias and RMSE, and over how many data sets."""
        return self._table(summary.estimates, ["n", "parameter", "method"])

    def coverage(self) -> pd.DataFrame:
        """A row a size, an entry, a method's interval and a level: coverage and mean width."""
        return self._table(summary.coverage, ["n", "parameter", "method", "level"])

    def predictions(self) -> pd.DataFrame:
        """A row a size and a method: predictive coverage and log score of new outcomes."""
        return self._table(summary.predictions, ["n", "method"])

    @cached_property
    def statuses(self) -> dict[int, dict[str, dict[str, int]]]:
        """By size and method, how many fits ended how."""
        return {n: summary.statuses(self.design, each) for n, each in self.columns.items()}

    @cached_property
    def calibration(self) -> dict[tuple[int, str, str], Calibration]:
        """By size, method and entry, how the truth ranks among the draws.

        Nothing where the parameters were held: the ranks are then not uniform by right.
        """
        return {
            (n, *key): found
            for n, columns in self.columns.items()
            for key, found in summary.calibrations(self.design, columns).items()
        }

    @cached_property
    def sentences(self) -> list[str]:
        """What was found, in words, each with its numbers."""
        from bayesbench.studies.in_words import sentences

        return sentences(self)

    def results(self) -> dict[str, Any]:
        """All of it as plain data; what there is not is None."""
        from bayesbench.zoo import name_of

        design = self.design
        made = {
            "model": name_of(design.model),
            "variant": design.model.variant_name,
            "parameters": design.origin,
            "n": list(design.sizes),
            "datasets": design.datasets,
            "methods": list(design.methods),
            "seed": design.seed,
            "chains": {name: getattr(design.sampling, name) for name in CHAINS},
            "estimates": list(self._rows(summary.estimates)),
            "coverage": list(self._rows(summary.coverage)),
            "predictions": list(self._rows(summary.predictions)),
            "statuses": self.statuses,
            "calibration": [
                {
                    **dict(zip(("n", "method", "parameter"), key, strict=True)),
                    **{"p": found.p, "draws": found.draws, "datasets": len(found.ranks)},
                    "counts": np.bincount(found.ranks, minlength=found.draws + 1),
                    "inside": found.inside,
                }
                for key, found in self.calibration.items()
            ],
            "sentences": self.sentences,
            "seconds": self.seconds,
        }
        return dict(plain(made))

    def plot(self) -> Axes:
        """Draw the coverage of each method's 95% interval against the number of rows.

        The first panel is returned; its `.figure` has all.
        """
        from bayesbench.figures.coverage import plot_coverage

        return plot_coverage(self.coverage(), self.predictions())

    def plot_ranks(self) -> Axes:
        """Draw the histograms of the ranks; the first panel is returned.

        Raises
        ------
        BadInput
            If there are no ranks.
        """
        from bayesbench.figures.rank_histograms import plot_rank_histograms

        check_ranks(self.design)
        return plot_rank_histograms(self.calibration)

    def plot_ecdf(self) -> Axes:
        """Draw the ranks' distribution functions less the uniform one, with their bands.

        Raises
        ------
        BadInput
            If there are no ranks.
        """
        from bayesbench.figures.ecdf_difference import plot_ecdf_difference

        check_ranks(self.design)
        return plot_ecdf_difference(self.calibration)

    def _rows(self, of: Callable[..., Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        for n, columns in self.columns.items():
            yield from ({"n": n, **row} for row in of(self.design, columns))

    def _table(self, of: Callable[..., Iterator[dict[str, Any]]], index: list[str]) -> pd.DataFrame:
        import pandas as pd

        rows = list(self._rows(of))
        return pd.DataFrame(rows, columns=None if rows else index).set_index(index)

    def __repr__(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.sentences)
