"""Which MAP: a density's mode depends on the scale on which it is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.compare import estimates
from bayesbench.density import entry_supports
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short

if TYPE_CHECKING:
    from bayesbench.compare import Contrast

NEEDS = ("map",)  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """The modes on the parameters' own scale and on the unconstrained one."""
    own = contrast.points["map"]
    other = contrast.points.get("map_unconstrained")
    if own.estimate is None or other is None or other.estimate is None:
        return []
    entries = list(contrast.bound.layout.entries)
    here, there = estimates(own)["value"][entries], estimates(other)["value"][entries]
    # On the whole line the unconstrained scale is the parameter's own.
    supports = entry_supports(contrast.bound.layout, priors=True)
    edged = [bool(np.isfinite([s.lower, s.upper]).any()) for s in supports]
    here, there = here[edged], there[edged]
    if here.empty:
        return []
    apart = (there - here).abs() / np.maximum(1e-12, here.abs())
    name = apart.idxmax()
    if apart[name] < 1e-6:
        return []
    support = contrast.bound.model.parameters[str(name).partition("[")[0]].domain
    scale = "logit" if np.isfinite(support.lower) and np.isfinite(support.upper) else "log"
    symbol = name_in_formula(str(name))
    joint = "" if contrast.bound.layout.size == 1 else "joint "
    text = (
        f"“The” MAP depends on the scale: the {joint}posterior density is highest at {symbol} = "
        f"{short(here[name])}, that of its {scale} at {short(there[name])}. A density changes "
        "with its scale, and its mode does; means, quantiles and probabilities do not."
    )
    return [
        Finding(
            "scale_of_mode",
            "info",
            text,
            {"parameter": name, "own": here[name], "unconstrained": there[name]},
        )
    ]
