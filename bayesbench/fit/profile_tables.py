"""Profile likelihoods as a table, and as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.fit.profile import Profile, Profiles


def table(found: Profiles) -> pd.DataFrame:
    """A row an entry; an end where the profile never falls is infinite."""
    import pandas as pd

    rows = {
        each.entry: {
            "estimate": each.estimate,
            "low": each.low,
            "high": each.high,
            "wald_low": each.wald[0],
            "wald_high": each.wald[1],
            "words": each.words,
        }
        for each in found
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def results(found: Profiles) -> dict[str, Any]:
    """Everything as plain data, without the bound model; None for what is not finite."""
    return {
        "prob": found.prob,
        "log_likelihood": found.height,
        "higher": None if found.higher is None else asdict(found.higher),
        "entries": {each.entry: _entry(each) for each in found},
    }


def _entry(each: Profile) -> dict[str, Any]:
    return {
        "estimate": _finite(each.estimate),
        "se": _finite(each.se),
        "level": each.level,
        "low": _finite(each.low),
        "high": _finite(each.high),
        "ends": [each.lower.kind, each.upper.kind],
        "wald": [_finite(end) for end in each.wald],
        "agrees": each.agrees,
        "elsewhere": [list(hill) for hill in each.elsewhere],
        "words": each.words,
        "values": each.values.tolist(),
        "ratios": each.ratios.tolist(),
    }


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
