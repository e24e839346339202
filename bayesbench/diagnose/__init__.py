"""The rules that look at the fits, one a file; each gives findings with their evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose import (
    against_truth,
    alike,
    approximations,
    column_scales,
    dispersion,
    evidence,
    informed,
    joint_mode,
    left_out,
    local_mode,
    naive_energy,
    notes,
    optima,
    optimisation,
    parameterisation,
    partition,
    plug_in,
    power_scaling,
    prior_pull,
    profile_interval,
    recovered_density,
    sampling,
    scale_of_mode,
    shrinkage,
    status,
    underflow,
    width,
)
from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit

RULES = (
    *(
        left_out,
        alike,
        column_scales,
        dispersion,
        status,
        informed,
        optima,
        joint_mode,
        shrinkage,
        local_mode,
        plug_in,
        prior_pull,
    ),
    *(power_scaling, scale_of_mode, width, profile_interval, notes, underflow),
    *(sampling, parameterisation, approximations, against_truth, evidence),
    *(partition, naive_energy, recovered_density),
)


def findings(contrast: Contrast) -> list[Finding]:
    """What the rules have to say of a contrast, in the order of the rules."""
    able = [rule for rule in RULES if contrast.fits.keys() >= {*rule.NEEDS}]
    return [finding for rule in able for finding in rule.look(contrast)]


def findings_of(fit: Fit) -> list[Finding]:
    """What can be said of one fit: of its recorded run, or of its draws."""
    return [*optimisation.findings(fit), *sampling.findings(fit)]
