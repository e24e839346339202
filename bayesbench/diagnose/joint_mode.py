"""Why effects are integrated out: their joint density with the spread has no highest point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.density import entry_supports
from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.model import Model

NEEDS = ("map",)  # the fits that the rule looks at

SPREADS = (1.0, 1e-2, 1e-4, 1e-6)


def look(contrast: Contrast) -> list[Finding]:
    """The joint density of effects and parameters, as a population narrows to a point.

    The effects are at their mode given the parameters, and the other parameters at the
    MAP. Of n effects that all stand at their mean the population's density is
    (√(2π)·spread)^-n, which no datum holds back (Gelman et al. 2013, section 5.4).
    """
    from bayesbench.fit.at_draws import likelihood_and_prior
    from bayesbench.fit.effects_given import effects_at

    bound, mode = contrast.bound, contrast.fits["map"]
    at = mode.estimate or mode.last
    if not bound.model.latents or at is None:
        return []
    (name,) = bound.model.latents
    entry = _spread(contrast, at)
    if entry is None:
        return []
    flat = np.tile(bound.layout.join(at.values), (len(SPREADS), 1))
    flat[:, entry] = SPREADS
    values = bound.layout.split(flat)
    heights = effects_at(bound, values).at_mode + likelihood_and_prior(bound, values)[1]
    if not (np.diff(heights) > 0).all():
        return []
    symbol = name_in_formula(bound.layout.entries[entry])
    said = ", ".join(f"{h:.1f} at {s:g}" for s, h in zip(SPREADS, heights, strict=True))
    text = (
        f"No joint mode: maximised over the {name}s too, the log-density grows without limit as "
        f"{symbol} goes to zero ({said}; the {name}s at their best each time). So MLE and MAP here "
        f"integrate the {name}s out; an optimiser set on all of them at once would never end."
    )
    evidence = {"parameter": bound.layout.entries[entry], "at": SPREADS, "log_density": heights}
    return [Finding("joint_mode", "warning", text, evidence)]


def _spread(contrast: Contrast, at: Model) -> int | None:
    """The entry that the population's scale is proportional to, close to zero."""
    layout = contrast.bound.layout
    (latent,) = layout.model.latents.values()
    flat = layout.join(at.values)
    for entry, support in enumerate(entry_supports(layout, priors=True)):
        if support.lower != 0:
            continue
        scales = []
        for spread in (1e-4, 1e-6):
            values = layout.split(np.where(np.arange(len(flat)) == entry, spread, flat))
            population = latent.distribution(layout.model(**values))
            scales.append(float(np.max(population.arguments["scale"])))
        if np.isclose(scales[0], 100 * scales[1]):
            return entry
    return None
