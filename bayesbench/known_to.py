"""How far the numbers of a posterior are known: the Monte Carlo errors of its draws."""

from __future__ import annotations

import numpy as np

from bayesbench.fit.record import Fit


def known_to(fit: Fit) -> str:
    """The largest errors of a mean and of a standard deviation, in shares of the latter.

    Monte Carlo standard errors by Vehtari et al. (2021). Weights of networks, and parameters
    whose sign nothing informs, are left out: their means tell nothing. Nothing is said of a fit
    whose chains did not converge, or where nothing is left.
    """
    found, layout = fit.diagnostics.get("convergence", {}), fit.bound.layout.joint
    if fit.draws is None or fit.method != "posterior" or not fit.converged:
        return ""
    told = {*layout.named} - {*fit.diagnostics.get("mirrored", ())}
    shown = np.array([entry in told for entry in layout.entries])
    sds = layout.join({name: v.std(axis=(0, 1), ddof=1) for name, v in fit.draws.values.items()})
    shares = []
    for error in ("mcse_mean", "mcse_sd"):
        known = {name: found[name][error] for name in layout.model.parameters if name in found}
        absent = {name: np.full(layout.shape(name), np.nan) for name in layout.model.parameters}
        share = (layout.join(absent | known) / np.where(sds > 0, sds, np.nan))[shown]
        if not np.isfinite(share).any():
            return ""
        shares.append(f"{100 * np.nanmax(share):.2g}%")
    return f"means known to ±{shares[0]} of their sd or better, sds to ±{shares[1]}"
