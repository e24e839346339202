"""What happens when the normalising constant is left out: naive training of an energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.layout import Bound
from bayesbench.views.view import thinned

if TYPE_CHECKING:
    import xarray as xr

    from bayesbench.contrasting import Contrast

SERIES = {"naive": "naive objective", "log_likelihood": "true log-likelihood"}


@dataclass(frozen=True)
class NaiveTraining:
    """The objective without log Z climbs for ever, while the true log-likelihood falls."""

    def check(self, bound: Bound) -> None:
        """Any model whose likelihood has an energy can be trained so."""

    def compute(self, contrast: Contrast) -> xr.Dataset | None:
        """A series of each against the step, as a `trace`."""
        import xarray as xr

        found = contrast.naive_training
        steps = np.asarray(found.step)
        seen = thinned(len(steps))
        lines = np.array([np.asarray(getattr(found, name))[seen] for name in SERIES])
        naive, true = (f"from {line[0]:.4g} to {line[-1]:.4g}" for line in lines)
        best = int(np.argmax(lines[1]))
        if 0 < best < len(seen) - 1:
            true += f", past its best of {lines[1][best]:.4g} at step {steps[seen][best]}"
        return xr.Dataset(
            {"value": (("series", "at"), lines), "step": ("at", steps[seen])},
            coords={"series": [*SERIES.values()]},
            attrs={
                "kind": "trace",
                "title": "Without the normalising constant",
                "xlabel": "step",
                "ylabel": "mean of a row",
                "caption": "Training that leaves the partition function out: its own objective, "
                f"the mean of −E(x), goes {naive}, and the true log-likelihood at the same "
                f"parameters, with log Z, {true}.",
                "alt": f"Two lines against the step: the naive objective {naive}; the true "
                f"log-likelihood {true}.",
            },
        )
