"""The evidence of a contrast, and its Bayes factors against the model's other priors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.binding import bind
from bayesbench.evidence.comparison import Comparison, comparison
from bayesbench.evidence.priors import prior_name, priors_of
from bayesbench.evidence.record import Evidences
from bayesbench.evidence.ways import every_way
from bayesbench.model import Model

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast


def evidence_of(contrast: Contrast) -> Evidences:
    """Every way that applies to a contrast's model, from the fits that it has."""
    return every_way(
        contrast.bound, contrast.exact, contrast.fits, contrast.integral, contrast.seed
    )


def against_other_priors(contrast: Contrast) -> tuple[Comparison, ...]:
    """The Bayes factors of a contrast's model against itself under its other priors.

    Those are integrated or known in closed form; nothing is sampled for them.
    """
    model, own = contrast.bound.model, contrast.evidence
    if own.best is None:
        return ()
    first = prior_name(model)
    others = {name: each for name, each in priors_of(model).items() if name != first}
    return tuple(_comparison(contrast, first, own, name, each) for name, each in others.items())


def _comparison(
    contrast: Contrast, first: str, own: Evidences, name: str, model: type[Model]
) -> Comparison:
    bound = bind(model, contrast.bound.table)
    return comparison(first, own, name, every_way(bound, bound.exact, {}))
