"""E-BFMI: whether the sampler's kicks are strong enough for the tails of the posterior."""

from __future__ import annotations

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.sampling.sampled import Sampled, chains_in_words

LEAST = 0.3  # Betancourt (2016), section 4: below it exploration is in doubt


def bfmi(energy: np.ndarray) -> np.ndarray:
    """The energy Bayesian fraction of missing information of each chain.

    The mean squared change of the energy from draw to draw over its variance (Betancourt 2016,
    equation 1); energies are (chain, draw).
    """
    with np.errstate(invalid="ignore", divide="ignore"):  # a chain that never moved
        return (np.diff(energy, axis=1) ** 2).mean(axis=1) / energy.var(axis=1, ddof=1)


def look(sampled: Sampled) -> list[Finding]:
    """The chains with too small a fraction, and the parameter that goes with the energy."""
    energies = np.asarray(sampled.fit.statistics["energy"])
    found = bfmi(energies)
    low = [chain for chain, value in enumerate(found) if value < LEAST]
    evidence: dict[str, object] = {"bfmi": found.tolist()}
    if not low:
        return []
    entry, together = _along(sampled, energies)
    goes, form = "", "Look for heavy tails and scales far from one"
    if entry:
        goes = f" It varies with {entry} (rank correlation {together:.2f})."
        form = f"Write {entry} and what depends on it in another form, or give it a tighter prior"
        evidence |= {"parameter": entry, "rank_correlation": together}
    several = f", and below {LEAST} in {len(low)} of {len(found)} chains" if len(low) > 1 else ""
    text = (
        f"The sampler's kicks are weak for this posterior: E-BFMI is {np.nanmin(found):.2f} in "
        f"{chains_in_words([int(np.nanargmin(found))])}{several} (at least {LEAST} is asked for). "
        "From draw to draw the log-density changes by much less than it varies over the "
        f"posterior, so that far ends may not have been seen.{goes}"
    )
    remedy = f"{form}; longer chains help little."
    return [Finding("energy", "warning", text, evidence, remedy)]


def _along(sampled: Sampled, energies: np.ndarray) -> tuple[str, float]:
    """The entry whose ranks go with those of the energy most closely, up or down."""
    from scipy.stats import spearmanr

    moving = {name: values for name, values in sampled.placed.items() if np.ptp(values) > 0}
    found = {n: float(spearmanr(np.ravel(v), np.ravel(energies))[0]) for n, v in moving.items()}
    entry = max(found, key=lambda name: abs(found[name]), default="")
    return entry, found.get(entry, 0.0)
