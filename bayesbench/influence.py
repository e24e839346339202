"""What the prior does, for a page: power-scaling, and the answers as the data grow.

Each part that a model does not have is left out with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bayesbench.fit import growing
from bayesbench.fit.starts import usual_starts
from bayesbench.layout import Bound

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.growth import Growth
    from bayesbench.power_scaling import Say

MOST_SIZES = 6  # of a page
LONG = 20_000  # rows of a table that a page does not fit several times


@dataclass(frozen=True)
class Influence:
    """The parts, and by part why it is not there."""

    says: list[Say]
    growth: Growth | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    def results(self) -> dict[str, Any]:
        """The same as plain data."""
        said = [
            {"entry": s.entry, "prior": s.prior, "likelihood": s.likelihood, "sentence": s.sentence}
            for s in self.says
        ]
        growth = None
        if self.growth is not None:
            growth = self.growth.results() | {"sentences": self.growth.sentences}
        return {"power_scaling": said, "growth": growth, "left_out": self.left_out}


def influence(contrast: Contrast) -> Influence:
    """What a contrast tells of its prior; the growth of its estimates is fitted for it."""
    from bayesbench.power_scaling import why_not
    from bayesbench.prior import is_proper

    bound, left_out = contrast.bound, dict[str, str]()
    posterior = contrast.fits["posterior"]
    why = why_not(posterior)
    if why is not None:
        left_out["power_scaling"] = why
    if not is_proper(bound):
        left_out["prior_predictive"] = "a flat prior has no draws"
    why, sizes = growing.why_not(bound) or _too_long(bound), page_sizes(bound)
    if why is None and not contrast.fits["mle"].converged:
        why = "maximum likelihood has no estimate on all the rows, and takes long to say so of some"
    if why is None and len(sizes) < 2:
        why = "too few rows to leave some out"
    if why is not None:
        left_out["growth"] = why
        return Influence(contrast.power_scaling, None, left_out)
    made = growing.growth(bound.model, bound.table, sizes, seed=contrast.seed)
    return Influence(contrast.power_scaling, made, left_out)


def page_sizes(bound: Bound) -> tuple[int, ...]:
    """The usual sizes from as many rows as there are parameters, thinned to six.

    With fewer rows than parameters an MLE does not exist as a rule, and that takes longest to
    find out; `growth` does so when it is asked.
    """
    usual = [s for s in growing.usual_sizes(bound.n) if s >= min(bound.layout.size, bound.n)]
    if len(usual) > MOST_SIZES:
        tens = [s for s in usual if str(s).strip("0") == "1"]
        usual = list(dict.fromkeys([*tens, bound.n]))
    return tuple(usual)


def _too_long(bound: Bound) -> str | None:
    count = usual_starts(bound.layout)
    if count > 1:
        return f"several optima, for each number of rows sought from {count} starts"
    if bound.n > LONG:
        return f"{bound.n:,} rows, which would be fitted several times"
    return None
