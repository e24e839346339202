"""The record of the local optima along one entry: their basins, and where starts ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.fit.scan import Scan
from bayesbench.fit.starts import Optimum
from bayesbench.layout import Bound

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Basin:
    """A maximum of the slice, between the minima that are next to it.

    Attributes
    ----------
    at, height : float
        The entry there, and the total log-likelihood.
    lower, upper : float
        The minima, or the end of the range where there is none.
    starts : int
        How many of the starts ended between these.
    """

    at: float
    height: float
    lower: float
    upper: float
    starts: int = 0

    @property
    def width(self) -> float:
        """From one edge to the other."""
        return self.upper - self.lower

    def covers(self, at: float) -> bool:
        """Whether a value of the entry lies in it."""
        return self.lower <= at <= self.upper


@dataclass(frozen=True, repr=False)
class Basins:
    """The local optima along one entry, and where gradient ascent along it ends.

    Attributes
    ----------
    bound : Bound
        The model and the data.
    entry : str
    over : pair of float
        The range that was looked at.
    held : mapping of float
        The other entries, as the slice holds them and as the starts begin.
    basins : tuple of Basin
        Of the slice, along the entry.
    best : array, shape (size,)
        The highest known optimum in the range, on the parameters' own scale; of the whole
        space if the range has none.
    reach : pair of float, or None
        Between which values of the entry starts end at `best`, all parameters being free;
        None if those from its own value do not. An end of the range is no edge.
    sharp : float
        How well these edges are known.
    starts : array, shape (starts,)
        The entry where each start began, evenly over the range.
    ends : array, shape (starts, size)
        Where each ended, on the parameters' own scale.
    arrived : array of bool, shape (starts,)
        Whether that is an optimum.
    optima : tuple of Optimum
        The different ends, the highest first.
    rate : float
        Of the gradient steps, for the mean log-likelihood of a row.
    scan : Scan
        The slice itself.
    """

    bound: Bound
    entry: str
    over: tuple[float, float]
    held: Mapping[str, float]
    basins: tuple[Basin, ...]
    best: np.ndarray
    reach: tuple[float, float] | None
    sharp: float
    starts: np.ndarray
    ends: np.ndarray
    arrived: np.ndarray
    optima: tuple[Optimum, ...]
    rate: float
    scan: Scan

    @cached_property
    def place(self) -> int:
        """Which number of the entries is the one that is looked along."""
        return self.bound.layout.entries.index(self.entry)

    @property
    def highest(self) -> Basin | None:
        """The basin of the slice in which `best` lies."""
        at = float(self.best[self.place])
        return next((each for each in self.basins if each.covers(at)), None)

    def table(self) -> pd.DataFrame:
        """A row a maximum of the slice: where, how high, its basin, and the starts that end in it.

        `share` is of the range.
        """
        import pandas as pd

        whole = self.over[1] - self.over[0]
        rows = [
            {
                self.entry: each.at,
                "log_likelihood": each.height,
                "from": each.lower,
                "to": each.upper,
                "width": each.width,
                "share": each.width / whole,
                "starts": each.starts,
            }
            for each in self.basins
        ]
        columns = [self.entry, "log_likelihood", "from", "to", "width", "share", "starts"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def sentences(self) -> list[str]:
        """What was found, in words."""
        from bayesbench.fit.basins_in_words import sentences

        return sentences(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the slice, its basins, and where each start began and ended; on `ax` if given."""
        from bayesbench.figures.basins import plot_basins

        return plot_basins(self, ax)

    def __repr__(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.sentences)
