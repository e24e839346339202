"""Where the prior drives a posterior, or prior and data pull at it from two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.describe import name_in_formula
from bayesbench.diagnose import prior_pull
from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.power_scaling import Say

NEEDS = ("mle", "map", "posterior")  # the fits that the rule looks at
TOLD = 3  # entries by name


def look(contrast: Contrast) -> list[Finding]:
    """One finding for what the prior drives, one for what both move; none where neither is so.

    How far the MAP is from the MLE tells `prior_pull`: where that is so far that prior and
    data contradict each other, this rule does not say it again.
    """
    driven = [s for s in contrast.power_scaling if s.prior_speaks and not s.data_speak]
    both = [s for s in contrast.power_scaling if s.prior_speaks and s.data_speak]
    said = any(found.severity == "warning" for found in prior_pull.look(contrast))
    found = []
    if driven:
        text = (
            f"The prior drives {_named(driven)}: the posterior changes when the prior is raised to "
            f"a power (sensitivity {_numbers(driven, 'prior')}, of which 0.05 counts), and hardly "
            f"when the likelihood is ({_numbers(driven, 'likelihood')})."
        )
        remedy = "Say where that prior comes from, and see what another one gives."
        found.append(Finding("power_scaling", "info", text, _evidence(driven), remedy))
    if both and not said:
        text = (
            f"Prior and data both move {_named(both)} (power-scaling sensitivities "
            f"{_numbers(both, 'prior')} and {_numbers(both, 'likelihood')}, of which 0.05 counts): "
            "they may contradict each other, or the prior is meant to be informative."
        )
        found.append(Finding("power_scaling", "info", text, _evidence(both)))
    return found


def _named(says: list[Say]) -> str:
    ordered = _first(says)
    rest = len(says) - len(ordered)
    names = ", ".join(name_in_formula(say.entry) for say in ordered)
    return names + (f" and {rest} more" if rest else "")


def _numbers(says: list[Say], part: str) -> str:
    return ", ".join(f"{getattr(say, part):.2f}" for say in _first(says))


def _first(says: list[Say]) -> list[Say]:
    return sorted(says, key=lambda say: -say.prior)[:TOLD]


def _evidence(says: list[Say]) -> dict[str, dict[str, float]]:
    return {say.entry: {"prior": say.prior, "likelihood": say.likelihood} for say in says}
