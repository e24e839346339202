"""Whether the sampler's draws can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.diagnose.finding import Finding
from bayesbench.fit.chains import ESS, R_HAT

if TYPE_CHECKING:
    from bayesbench.compare import Contrast

NEEDS = ("posterior",)  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """R-hat, effective sample sizes, divergences and the depth of the trees."""
    posterior = contrast.fits["posterior"]
    if posterior.draws is None:
        return []
    seen = posterior.diagnostics
    evidence = {name: seen[name] for name in ("r_hat", "ess", "divergences", "saturated")}
    said = []
    if posterior.converged:
        text = (
            f"The chains agree: the largest R-hat is {seen['r_hat']:.4f} (below {R_HAT}) and the "
            f"smallest effective sample size {seen['ess']:.0f} (at least {ESS})."
        )
        said.append(Finding("sampling", "ok", text, evidence))
    if seen["divergences"]:
        text = (
            f"{seen['divergences']} transitions diverged: the sampler may have missed a narrow "
            "part of the posterior. Raise target_accept (0.95), or reparameterise."
        )
        said.append(Finding("divergences", "warning", text, evidence))
    if seen["saturated"]:
        text = (
            f"{seen['saturated']} trajectories reached the depth limit: sampling is slow, not "
            "wrong. Rescale the parameters or raise max_tree_depth."
        )
        said.append(Finding("tree_depth", "warning", text, evidence))
    return said
