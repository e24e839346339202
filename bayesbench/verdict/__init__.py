"""Which fit to use: a verdict from results and nothing else, a rule a file.

Each rule gives sentences, and each sentence carries the number that it rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.verdict import existence, misfit, overconfidence, prior, scored, which
from bayesbench.verdict.distance import Distance, distance
from bayesbench.verdict.record import Verdict

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.scores.record import Scores

CANDIDATES = ("mle", "map", "laplace")  # the cheapest first


def distances(contrast: Contrast) -> dict[str, Distance]:
    """How far the cheaper fits are from the posterior; none if it has not converged."""
    posterior = contrast.fits.get("posterior")
    if posterior is None or not posterior.converged:
        return {}
    return {name: distance(contrast, name) for name in CANDIDATES if name in contrast.fits}


def verdict(contrast: Contrast, scores: Scores | None = None) -> Verdict:
    """Hold the cheaper fits against the posterior, by estimates and by predictions.

    Parameters
    ----------
    contrast : Contrast
    scores : Scores, optional
        Of rows that the fits had not seen; else those that the model holds out.
    """
    seen = scores if scores is not None else contrast.held_out
    found = contrast.distances
    use, first = which.say(contrast, found)
    others = [
        *misfit.say(contrast),
        *existence.say(contrast),
        *overconfidence.say(contrast, found),
        *scored.say(seen),
        *prior.say(contrast),
    ]
    return Verdict(use, (*first, *others))
