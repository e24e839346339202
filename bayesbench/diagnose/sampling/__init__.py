"""Whether the draws of a sampler can be used: one rule a file, each in plain language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.sampling import (
    divergences,
    effective_sample_size,
    energy,
    r_hat,
    relabelling,
    stuck_chain,
    tree_depth,
)
from bayesbench.diagnose.sampling.sampled import Sampled

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit

NEEDS = ("posterior",)  # the fits that the rules look at
RULES: tuple[Any, ...] = (
    *(r_hat, relabelling, stuck_chain, effective_sample_size),
    *(divergences, energy, tree_depth),
)


def findings(fit: Fit) -> list[Finding]:
    """What the rules have to say of a posterior's draws; none of another fit."""
    if fit.method != "posterior" or fit.draws is None:
        return []
    sampled = Sampled(fit)
    return [finding for rule in RULES for finding in rule.look(sampled)]


def look(contrast: Contrast) -> list[Finding]:
    """The same of the posterior among several fits."""
    return contrast.fits["posterior"].findings
