"""Which MAP: a density's mode depends on the scale on which it is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding, short
from bayesbench.estimates import estimates

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

NEEDS = ("map",)  # the fits that the rule looks at


def look(contrast: Contrast) -> list[Finding]:
    """The modes on the parameters' own scale and on the others, where they differ most."""
    own = contrast.fits["map"]
    others = {scale: fit for scale, fit in own.beside.items() if fit.estimate is not None}
    if own.estimate is None or not others:
        return []
    entries = list(contrast.bound.layout.entries)
    here = estimates(own)["value"][entries]
    there = {scale: estimates(fit)["value"] for scale, fit in others.items()}
    moves: dict[str, float] = {}
    for name in map(str, here.index):
        values = [there[scale][name] for scale in _names(contrast, name) if scale in there]
        apart = [abs(value - here[name]) / max(1e-12, abs(here[name])) for value in values]
        moves |= {name: max(apart)} if apart else {}
    if not moves or max(moves.values()) < 1e-6:
        return []
    name = max(moves, key=lambda entry: moves[entry])
    words = {scale: word for scale, word in _names(contrast, name).items() if scale in there}
    joint = "" if contrast.bound.layout.size == 1 else "joint "
    listed = [f"that of its {words[scale]} at {short(there[scale][name])}" for scale in words]
    text = (
        f"“The” MAP depends on the scale: the {joint}posterior density is highest at "
        f"{name_in_formula(name)} = {short(here[name])}, {' and '.join(listed)}. A density changes "
        "with its scale, and its mode does; means, quantiles and probabilities do not."
    )
    evidence = {"parameter": name, "own": here[name]}
    evidence |= {scale: there[scale][name] for scale in words}
    return [Finding("scale_of_mode", "info", text, evidence)]


def _names(contrast: Contrast, entry: str) -> dict[str, str]:
    """The scales that an entry has beside its own, each with the word for it."""
    declared = contrast.bound.model.parameters[entry.partition("[")[0]]
    names = {scale: scale.replace("_", " ") for scale in declared.scales}
    edges = np.isfinite([declared.domain.lower, declared.domain.upper])
    # On the whole line the unconstrained scale is the parameter's own.
    return names | ({"unconstrained": "logit" if edges.all() else "log"} if edges.any() else {})
