"""The record of one model on the first rows of a table: how the estimates run together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.fit.record import Status
from bayesbench.layout import Bound
from bayesbench.plain import plain

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

IMPORTANCE, NUTS = "importance sampling", "NUTS"  # how a posterior's numbers were made
TAILS = (0.025, 0.975)  # of its interval


@dataclass(frozen=True)
class Point:
    """A point estimate, entry by entry, and how its search ended; without one, `values` is None."""

    status: Status
    values: np.ndarray | None = None


@dataclass(frozen=True)
class Marginals:
    """The posterior of each entry: its mean and its central 95% interval, each (size,) or None.

    `made_by` is how, and `numbers` what vouches for it: `pareto_k` and `ess` of importance
    weights, or `r_hat` and `ess` of chains.
    """

    status: Status
    made_by: str
    numbers: dict[str, float] = field(default_factory=dict)
    mean: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None


@dataclass(frozen=True)
class AtSize:
    """What the first `rows` rows give."""

    rows: int
    mle: Point
    map: Point
    posterior: Marginals


@dataclass(frozen=True, repr=False)
class Growth:
    """MLE, MAP and posterior of one model on the first 1, 2, 5, 10, ... rows of a table.

    Attributes
    ----------
    bound : Bound
        The model and all the data, in the order in which they were taken.
    seed : int
        Of importance sampling and NUTS.
    shuffle : int or None
        The seed by which the rows were put in another order; None for the table's own.
    at : tuple of AtSize
        By the number of rows.
    seconds : float
        Wall time.
    """

    bound: Bound
    seed: int
    shuffle: int | None
    at: tuple[AtSize, ...]
    seconds: float

    @property
    def order(self) -> str:
        """In which order the rows were taken, in words."""
        if self.shuffle is None:
            return "the table's order"
        return f"an order shuffled with the seed {self.shuffle}"

    def table(self) -> pd.DataFrame:
        """A row a number of rows and an entry: the three answers, and how each ended.

        `low` and `high` are the ends of the central 95% interval of the posterior. What was
        not found is NaN; `mle_status`, `map_status` and `posterior_status` say why.
        """
        import pandas as pd

        rows = list(self._rows())
        return pd.DataFrame(rows).set_index(["rows", "parameter"])

    def _rows(self) -> Iterator[dict[str, Any]]:
        for each in self.at:
            for k, entry in enumerate(self.bound.layout.entries):
                row: dict[str, Any] = {"rows": each.rows, "parameter": entry}
                row |= {"mle": _entry(each.mle.values, k), "map": _entry(each.map.values, k)}
                made = each.posterior
                row |= {name: _entry(getattr(made, name), k) for name in ("mean", "low", "high")}
                for name in ("mle", "map", "posterior"):
                    row[f"{name}_status"] = getattr(each, name).status.name
                yield row | {"made_by": made.made_by}

    def results(self) -> dict[str, Any]:
        """The same as plain data; what was not found is None."""

        def listed(values: np.ndarray | None) -> list[float] | None:
            return None if values is None else [float(v) for v in values]

        def ended(status: Status) -> dict[str, str]:
            return {"name": status.name, "sentence": status.sentence}

        found = [
            {
                "rows": each.rows,
                "mle": {"values": listed(each.mle.values), "status": ended(each.mle.status)},
                "map": {"values": listed(each.map.values), "status": ended(each.map.status)},
                "posterior": {
                    **{n: listed(getattr(each.posterior, n)) for n in ("mean", "low", "high")},
                    "made_by": each.posterior.made_by,
                    "numbers": each.posterior.numbers,
                    "status": ended(each.posterior.status),
                },
            }
            for each in self.at
        ]
        made = {
            "model": self.bound.model.__name__,
            "n": self.bound.n,
            "entries": list(self.bound.layout.entries),
            "order": self.order,
            "seed": self.seed,
            "at": found,
            "seconds": self.seconds,
        }
        return dict(plain(made))

    @property
    def sentences(self) -> list[str]:
        """What was found, in words."""
        from bayesbench.fit.growth_in_words import sentences

        return sentences(self.results())

    def plot(self) -> Axes:
        """Draw each estimate against the number of rows: a panel an entry, four at most.

        The first panel is returned; its `.figure` has all.
        """
        from bayesbench.figures.growth import plot_growth

        return plot_growth(self.results())

    def __repr__(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.sentences)


def _entry(values: np.ndarray | None, k: int) -> float:
    return np.nan if values is None else float(values[k])
