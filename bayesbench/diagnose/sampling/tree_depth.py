"""Saturated trees: trajectories that were cut off before they turned back."""

from __future__ import annotations

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.sampling.sampled import Sampled

MANY = 0.01  # of the trajectories; fewer are told, not warned of


def look(sampled: Sampled) -> list[Finding]:
    """How many trajectories reached the largest depth (Hoffman and Gelman 2014)."""
    depth = int(sampled.fit.settings["max_tree_depth"])
    steps = np.asarray(sampled.fit.statistics["num_steps"])
    cut = int((steps >= 2**depth - 1).sum())
    if not cut:
        return []
    share = cut / steps.size
    text = (
        f"{cut:,} of {steps.size:,} trajectories ({share:.1%}) were cut off at {2**depth - 1:,} "
        f"steps (a tree depth of {depth}) before they turned back: sampling is slow, not wrong, "
        "and draws are more alike than they need be."
    )
    remedy = (
        "Give the parameters scales of the order of one (centre and rescale the data), so that "
        f"paths are shorter; or allow longer ones: max_tree_depth={depth + 2}."
    )
    evidence = {"saturated": cut, "trajectories": steps.size, "max_tree_depth": depth}
    severity = "warning" if share >= MANY else "info"
    return [Finding("tree_depth", severity, text, evidence, remedy)]
