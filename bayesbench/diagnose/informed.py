"""What the data do inform, where the maximum-likelihood estimate is not identified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.density import entry_supports
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding
from bayesbench.fit.information import in_names

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit

NEEDS = ("mle",)  # the fits that the rule looks at

SHOWN = 4  # combinations; the others are counted
FAR = 0.5  # of an entry, or absolutely: as far is looked along a direction
LEVEL = 1e-8  # of the log-likelihood, or absolutely


def look(contrast: Contrast) -> list[Finding]:
    """The combinations of parameters that the null directions of the likelihood leave alone.

    With d of these in p parameters they are p - d. Weights of networks are left out: which
    of their combinations are informed tells nobody anything.
    """
    mle = contrast.fits["mle"]
    if not mle.null_directions or mle.last is None:
        return []
    layout = contrast.bound.layout
    moved = np.flatnonzero((mle.null != 0).any(axis=0))
    names = tuple(name_in_formula(layout.entries[k]) for k in moved)
    open_ways, known = _combinations(mle.null[:, moved], names)
    evidence = {"informed": known, "not_informed": open_ways}
    if not known:
        text = f"The data do not inform {_joined(names)}"
    elif _straight(mle):
        text = f"Of {_joined(names)} the data inform only {_joined(known)}"
    else:
        text = (
            f"Close to where the search for the MLE stopped, and to first order, of "
            f"{_joined(names)} the data inform only {_joined(known)}"
        )
    declared = {layout.entries[k].partition("[")[0] for k in moved}
    if not any(layout.model.parameters[name].is_flat for name in declared):
        text += f": what a posterior says of {_joined(open_ways)} comes from the prior"
    return [Finding("informed", "info", f"{text}.", evidence)]


def _combinations(
    null: np.ndarray, names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The null directions in the given names, and what they leave as it is."""
    from scipy.linalg import null_space

    extent = np.abs(null).max(axis=0)
    scaled = null / extent
    # A combination g·θ is left alone if g is at right angles to every direction.
    return in_names(scaled, extent, names), in_names(null_space(scaled).T, 1 / extent, names)


def _straight(mle: Fit) -> bool:
    """Whether the log-likelihood is level along the directions, and not only to first order."""
    from bayesbench.fit.at_draws import likelihood_and_prior
    from bayesbench.passes import rows_at_hand

    layout = mle.bound.layout
    at = layout.join(mle.last.values)  # type: ignore[union-attr]
    unit = np.maximum(1.0, np.abs(at))
    steps = FAR * mle.null / np.max(np.abs(mle.null) / unit, axis=1, keepdims=True)
    points = np.concatenate([at[None], at + steps, at - steps])
    inside = [s.lower < points[:, k] for k, s in enumerate(entry_supports(layout, priors=False))]
    inside += [points[:, k] < s.upper for k, s in enumerate(entry_supports(layout, priors=False))]
    points = points[np.all(inside, axis=0)]
    # Of a file those rows tell that are in memory: what is level for all is level for them.
    bound = rows_at_hand(mle.bound) if mle.bound.by_passes else mle.bound
    heights, _ = likelihood_and_prior(bound, layout.split(points))
    return bool(np.ptp(heights) <= LEVEL * max(1.0, abs(heights[0])))


def _joined(names: tuple[str, ...]) -> str:
    *others, last = names
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} others"
    return f"{', '.join(others)} and {last}" if others else last
