"""Where the prior drives the answer, or has a say in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding
from bayesbench.power_scaling import THRESHOLD, Say

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast

TOLD = 3  # entries by name


def say(contrast: Contrast) -> list[Finding]:
    """By power-scaling (Kallioinen et al. 2024): the entries where the prior says most."""
    # A prior that is level, as a Uniform is, has no power that would tell.
    told = [each for each in contrast.power_scaling if each.prior > 0]
    says = sorted(told, key=lambda say: -say.prior)
    if not says:
        return []
    driven = [each for each in says if each.prior_speaks and not each.data_speak]
    heard = [each for each in says if each.prior_speaks and each.data_speak]
    counts = f"from {THRESHOLD} on it counts"
    if driven:
        text = (
            f"The prior drives {_named(driven)}: raised to a power it moves the posterior "
            f"(sensitivity {driven[0].prior:.2f}; {counts}) and the likelihood hardly does "
            f"({driven[0].likelihood:.2f}). Say where it comes from."
        )
        return [Finding("prior", "warning", text, _evidence(driven))]
    if heard:
        text = (
            f"The prior has a say in {_named(heard)}: sensitivity {heard[0].prior:.2f} beside "
            f"{heard[0].likelihood:.2f} of the data ({counts})."
        )
        return [Finding("prior", "info", text, _evidence(heard))]
    text = (
        f"The prior does not drive the answer: its largest sensitivity is {says[0].prior:.2f} "
        f"({name_in_formula(says[0].entry)}; {counts})."
    )
    return [Finding("prior", "info", text, _evidence(says[:1]))]


def _named(says: list[Say]) -> str:
    names = ", ".join(name_in_formula(each.entry) for each in says[:TOLD])
    left = len(says) - TOLD
    return names + (f" and {left} more" if left > 0 else "")


def _evidence(says: list[Say]) -> dict[str, dict[str, float]]:
    return {each.entry: {"prior": each.prior, "likelihood": each.likelihood} for each in says}
